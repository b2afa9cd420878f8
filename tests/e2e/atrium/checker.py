# checker.py - nothing is lost: numbered messages through real sockets, and who heard which of them
# SPDX-License-Identifier: MIT
import asyncio
import random
import re
import secrets
import time
from dataclasses import dataclass, field

from .resuming import Resuming
from .where import patient

ANNOUNCED = re.compile(r"(.*) (joined|left) the room")
REFUSED_PAUSE = 0.02  # seconds until who was refused says more
NUDGE = 0.5


@dataclass
class Stream:
    """The numbered messages of one client to one room, or to one other client."""
    key: str
    number: int
    sender: object
    members: dict
    said: int = 0
    acked: set = field(default_factory=set)
    refused: set = field(default_factory=set)
    offsets: dict = field(default_factory=dict)  # number: the offset it has for all
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self):
        return self.said - len(self.acked) - len(self.refused)


class Hearing:
    """What one client heard of one stream."""

    def __init__(self):
        self.next, self.missing, self.doubled, self.disordered = 0, set(), 0, 0

    def take(self, n):
        if n == self.next:
            self.next += 1
        elif n > self.next:
            self.missing.update(range(self.next, n))
            self.next = n + 1
        elif n in self.missing:
            self.missing.discard(n)
            self.disordered += 1
        else:
            self.doubled += 1

    def has(self, n):
        return n < self.next and n not in self.missing


class Checker:
    """
    `async with Checker(ports, ...) as check`: all are in; at its end everything that was
    acknowledged has to have been heard by all whom it was for, once and in order.

    `ports()`: {gateway: port}. `members`: how many clients, each in all `rooms`, at the gateways in
    turn; `talkers`: so many of them have a stream to each room, and with `private` one to the next
    client. `window`: so many messages of a stream are unacknowledged at a time. `strict` False: only
    presence and connections are promised.
    """

    def __init__(self, ports, room, *, members=4, talkers=2, rooms=2, window=3, private=False,
                 filler=0, strict=True, deadline=60, seed=None, tls=None):
        self.seed = secrets.randbelow(1 << 32) if seed is None else seed
        self.rng = random.Random(self.seed)
        self.ports, self.window, self.strict, self.tls = ports, window, strict, tls
        self.deadline = deadline
        self.names = [room] + [f"{room}-{n}" for n in range(2, rooms + 1)]
        self.count, self.talkers, self.private = members, talkers, private
        self.filler = "x" * filler
        self.clients, self.streams, self.hearings = [], {}, {}
        self.counts = dict.fromkeys(("heard", "spurious", "stranger", "unrecovered", "gap", "again",
                                     "misplaced", "unwanted", "resumed", "recovered"), 0)
        self.remarks = []
        self.incarnations = {}
        self._heard_lines = set()
        self._announcing = True
        self._counted = set()
        self._handlers = {"ack": self._on_ack, "error": self._on_error, "message": self._on_heard,
                          "private": self._on_heard, "system": self._on_system,
                          "users_update": self._on_users}
        self._moved = asyncio.Event()
        self._ended = asyncio.Event()
        self._tasks = []
        self.began = self.acked_total = 0

    # ---- begin and end

    async def __aenter__(self):
        print(f"checker: seed {self.seed}", flush=True)
        try:
            await self._gather()
        except BaseException:
            await self._disperse()
            raise
        self._announcing = False
        self.began = time.monotonic()
        self._tasks = [asyncio.create_task(self._talk(s)) for s in self.streams.values()]
        if not self.strict:
            self._tasks.append(asyncio.create_task(self._nudge()))
        return self

    async def __aexit__(self, kind, error, trace):
        try:
            if not error:
                await self.settle()
        finally:
            await self._disperse()
            print(self.report(), flush=True)
        if not error:
            wrong = self.wrong()
            assert not wrong, f"seed {self.seed}: {wrong}\n{self.report()}"

    async def _gather(self):
        homes = sorted(self.ports())
        for number in range(self.count):
            client = Resuming(f"C{number}", self.names, self.ports, self.rng,
                              home=homes[number % len(homes)], tls=self.tls,
                              on_message=self._came, on_event=self._on_event)
            client.incarnations = self.incarnations
            self.clients.append(client)
            await client.ready()
            await self._until(lambda: all(
                (known.nickname, client.nickname, name) in self._heard_lines
                for known in self.clients for name in self.names), 20, "announced")
        for number, client in enumerate(self.clients[:self.talkers]):
            for name in self.names:
                self._stream(client, f"{client.nickname}>{name}", self.clients,
                             type="message", room=name)
            if self.private:
                other = self.clients[(number + 1) % len(self.clients)]
                self._stream(client, f"{client.nickname}>{other.nickname}", [other],
                             type="private", target=other.id)

    def _stream(self, sender, key, listeners, **members):
        self.streams[key] = Stream(key, len(self.streams), sender, members)
        for client in listeners:
            self.hearings[client.nickname, key] = Hearing()

    async def _disperse(self):
        self._ended.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(client.end() for client in self.clients))

    # ---- what tests use

    async def progress(self, count, seconds=30):
        """Until so many more were acknowledged."""
        wanted = self.acked_total + count
        await self._until(lambda: self.acked_total >= wanted, seconds, f"{count} acknowledgements")

    async def until(self, condition, seconds, what):
        """Until something is true that acknowledgements, deliveries or returns may change."""
        await self._until(condition, seconds, what)

    def killing(self, gateway):
        """From now on connections to it end, and it is not the server's fault."""
        self.incarnations[gateway] = self.incarnations.get(gateway, 0) + 1

    async def settle(self):
        """No more is said; all that was is acknowledged and heard."""
        seconds = self.deadline
        for task in self._tasks[:len(self.streams)]:
            task.cancel()
        try:
            await self._until(lambda: not any(client.unacked for client in self.clients),
                              seconds, "all is acknowledged")
            last = {key: max(s.acked, default=-1) for key, s in self.streams.items()}
            if self.strict:
                await self._until(lambda: self._all_heard(last), seconds, "all is heard")
            await self._count()
        except AssertionError as error:
            raise AssertionError(f"{self.wrong()}: {error}") from None

    async def _count(self):
        """At the end each room has the members that it had."""
        for client in self.clients:
            for name in self.names:
                client.send(type="users", room=name, ref="count")
        await self._until(lambda: len(self._counted) == len(self.clients) * len(self.names), 20,
                          "members are counted")

    def dropped(self):
        """Ends of connections that no one but the server can have caused."""
        return [end for client in self.clients for end in client.ends
                if end.welcomed and self.incarnations.get(end.gateway, 0) == end.incarnation]

    def lost(self):
        """(listener, stream, number) of what was acknowledged and not heard."""
        return [(nickname, key, n) for (nickname, key), hearing in sorted(self.hearings.items())
                for n in sorted(self.streams[key].acked) if not hearing.has(n)]

    def total(self, name):
        return sum(getattr(hearing, name) for hearing in self.hearings.values())

    def figures(self):
        streams = self.streams.values()
        return {
            "seconds": round(time.monotonic() - self.began, 1) if self.began else 0,
            "said": sum(s.said for s in streams), "acked": sum(len(s.acked) for s in streams),
            "refused": sum(len(s.refused) for s in streams), **self.counts,
            "lost": len(self.lost()), "doubled": self.total("doubled"),
            "disordered": self.total("disordered"), "dropped": len(self.dropped()),
            "unanswered": sum(len(client.unacked) for client in self.clients),
        }

    def wrong(self):
        """What is not as promised: {name: number}."""
        names = ["spurious", "stranger", "dropped"]
        if self.strict:
            names += ["lost", "doubled", "disordered", "unrecovered", "gap", "again", "misplaced",
                      "unwanted", "unanswered"]
        figures = self.figures()
        return {name: figures[name] for name in names if figures[name]}

    def report(self):
        lines = ["checker: " + " ".join(f"{k}={v}" for k, v in self.figures().items())]
        lines += [f"  lost: {who} did not hear {key} {n}" for who, key, n in self.lost()[:20]]
        lines += [f"  dropped: {end}" for end in self.dropped()[:20]]
        lines += [f"  {remark}" for remark in self.remarks[:40]]
        return "\n".join(lines)

    # ---- talking

    async def _talk(self, stream):
        """As fast as the window lets it; who was refused waits a moment."""
        while not self._ended.is_set():
            refused = len(stream.refused)
            while stream.open() >= self.window:
                stream.answered.clear()
                await stream.answered.wait()
            if len(stream.refused) > refused:
                await self._pause(REFUSED_PAUSE)
            n, stream.said = stream.said, stream.said + 1
            stream.sender.say(f"{stream.key}/{n}", **stream.members, stream=stream.key, n=n,
                              mid=f"{stream.number}.{n}", filler=self.filler)
            await asyncio.sleep(0)

    async def _nudge(self):
        """Where acknowledgements may get lost, what has none is said again after a while."""
        while not self._ended.is_set():
            before = self.acked_total
            await self._pause(NUDGE)
            if self.acked_total == before:
                for client in self.clients:
                    client.say_again()

    async def _pause(self, seconds):
        try:
            await asyncio.wait_for(self._ended.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    async def _until(self, condition, seconds, what):
        """Looks again after each message that came."""
        deadline = time.monotonic() + patient(seconds)
        while not condition():
            for task in self._tasks + [client.task for client in self.clients]:
                if task.done() and not task.cancelled() and task.exception():
                    raise task.exception()
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not within {patient(seconds):g} s: {what}\n{self.report()}")
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), left)
            except asyncio.TimeoutError:
                pass

    # ---- hearing

    def _all_heard(self, last):
        return all(hearing.next > last[key] and not hearing.missing - self.streams[key].refused
                   for (_, key), hearing in self.hearings.items())

    def _remark(self, kind, text):
        self.counts[kind] += 1
        self.remarks.append(f"{kind}: {text}")

    def _on_event(self, client, what):
        if what in ("resumed", "recovered"):
            self.counts[what] += 1
        else:
            self._remark(what, f"{client.nickname} at {client.gateway}")
        self._moved.set()

    def _came(self, client, message):
        handler = self._handlers.get(message["type"])
        if handler and not self._ended.is_set():
            handler(client, message)
        self._moved.set()

    def _on_ack(self, _, message):
        key, _, n = message["ref"].rpartition("/")
        if key in self.streams:
            stream = self.streams[key]
            if int(n) in stream.refused:
                self._remark("unwanted", f"{stream.key} {n} was refused and then acknowledged")
            stream.acked.add(int(n))
            stream.answered.set()
            self.acked_total += 1
            self._place(stream, int(n), message)

    def _on_error(self, client, message):
        key, _, n = message.get("ref", "").rpartition("/")
        if key in self.streams and message["code"] == "unavailable":
            self.streams[key].refused.add(int(n))
            self.streams[key].answered.set()
        else:
            self._remark("unwanted", f"{client.nickname} was told {message.raw[:200]}")

    def _place(self, stream, n, message):
        """A message has one offset, for all who hear it and in its acknowledgement."""
        if "room" not in stream.members or not self.strict:
            return
        offset = message.get("offset")
        if stream.offsets.setdefault(n, offset) != offset or offset is None:
            self._remark("misplaced", f"{stream.key} {n}: {message.raw[:200]}")

    def _on_heard(self, client, message):
        stream = self.streams.get(message.get("stream"))
        if not stream:
            return
        n = message["n"]
        self.counts["heard"] += 1
        self.hearings[client.nickname, stream.key].take(n)
        self._place(stream, n, message)
        if n in stream.refused:
            self._remark("unwanted", f"{client.nickname} heard {stream.key} {n}, which was refused")

    def _on_system(self, client, message):
        found = ANNOUNCED.fullmatch(message["content"])
        if not found:
            return
        if self._announcing:
            self._heard_lines.add((client.nickname, found[1], message["room"]))
        else:
            self._remark("spurious", f"{client.nickname} heard: {message['content']}")

    def _on_users(self, client, message):
        if message["room"] not in self.names or self._announcing:
            return
        if message["count"] != self.count:
            self._remark("spurious", f"{client.nickname} heard: {message.raw[:200]}")
        if message.get("ref") == "count":
            self._counted.add((client.nickname, message["room"]))
