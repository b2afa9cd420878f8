# handler.py - a handler, as a process of a user's own would be one: over handlers.sock, by its wire
# SPDX-License-Identifier: MIT
import asyncio
import itertools
import os
import secrets

import zmq
import zmq.asyncio
from zmq.utils.monitor import parse_monitor_message

from . import wire
from .client import matches
from .where import patient

REPLACED = "replaced by another process of this name"
_contexts = {}


def _context():
    """One for each event loop: a test's."""
    loop = asyncio.get_running_loop()
    return _contexts.setdefault(loop, zmq.asyncio.Context())


class Event(dict):
    """What came; `name` is its type."""

    def __init__(self, name, values):
        super().__init__(values)
        self.name = name


class Dropped(Exception):
    def __init__(self, why):
        super().__init__(f"dropped: {why}")
        self.why = why


class Handler:
    """
    Reads all the time; next() goes through what came, in order. What has a number is taken as handled
    with handled(), or at once (`eager`). A new Handler of the same name is that handler's next process.

        handler = await Handler.open(server.runtime, "bot")
        await handler.serve("chat-*")
        said = await handler.next("said", room=room)
        await handler.call("act_publish", room=room, type="message", body='"content":"hi"')
    """

    live = []

    def __init__(self, runtime, name, eager=False):
        self.path, self.name, self.eager = os.path.join(runtime, "handlers.sock"), name, eager
        self.epoch = secrets.randbits(64) | 1
        self.generation, self.hub_epoch, self.seen = 0, 0, 0
        self.calls = itertools.count(1)
        self.events, self.at = [], 0
        self.answers, self.drops = {}, []
        self.up = asyncio.Event()
        self.changed = asyncio.Condition()
        self.socket = self.task = self.error = None
        Handler.live.append(self)

    # ---- the link

    @classmethod
    async def open(cls, runtime, name, **options):
        """One that was welcomed; Dropped, if it was not."""
        handler = cls(runtime, name, **options)
        handler.connect()
        try:
            await handler.welcomed()
        except BaseException:
            await handler.close()
            raise
        return handler

    def connect(self):
        self.socket = _context().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.reconnect_ivl = 20
        self.socket.setsockopt(zmq.HEARTBEAT_IVL, 1000)
        self.monitor = self.socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        self.socket.connect(f"ipc://{self.path}")
        self.task = asyncio.gather(self._read(), self._watch())
        self.task.add_done_callback(self._ended)

    def _ended(self, task):
        """Of its own only by an error, which those who wait are to see."""
        if not task.cancelled():
            self.error = task.exception()

    async def close(self):
        """As if the process had been killed."""
        if self in Handler.live:
            Handler.live.remove(self)
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        if self.socket:
            self.socket.disable_monitor()
            self.monitor.close(0)
            self.socket.close(0)
        self.socket = self.task = None

    async def gone(self, server):
        """The same, and the hub has noticed."""
        since = len(server["hub"].lines)
        await self.close()
        await asyncio.to_thread(server["hub"].wait_line,
                                f"link_down link=handlers.sock peer={self.name}", since=since)

    async def _watch(self):
        while True:
            event = parse_monitor_message(await self.monitor.recv_multipart())
            if event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._hello()
            else:
                self.up.clear()

    def _hello(self):
        self.generation += 1
        self._put(wire.encode("hello", version=wire.VERSION, process=wire.HANDLER,
                              epoch=self.epoch, pid=os.getpid(), name=self.name,
                              peer_epoch=self.hub_epoch, seen=self.seen))

    def _put(self, messages):
        head = wire.HEADER.pack(wire.VERSION, self.generation, self.epoch)
        asyncio.ensure_future(self.socket.send(head + messages))

    async def _read(self):
        while True:
            data = await self.socket.recv()
            version, generation, epoch = wire.HEADER.unpack_from(data)
            assert version == wire.VERSION
            if generation == self.generation:
                for name, values in wire.decode(data[wire.HEADER.size:]):
                    self._take(name, values, epoch)
            async with self.changed:
                self.changed.notify_all()

    def _take(self, name, values, epoch):
        if name == "welcome":
            if epoch != self.hub_epoch:
                self.hub_epoch, self.seen = epoch, 0
            self.up.set()
        elif name == "drop":
            self.up.clear()
            self.drops.append(values["why"])
        elif not self.up.is_set():
            pass
        elif "call" in values:
            self.answers[values["call"]] = Event(name, values)
        else:
            self.events.append(Event(name, values))
            if values.get("seq"):
                self.seen = max(self.seen, values["seq"]) if self.eager else self.seen
                if self.eager:
                    self.handled(values["seq"])

    async def _until(self, condition, seconds):
        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(lambda: self.error or condition()),
                                   patient(seconds))
        if self.error:
            raise self.error

    async def welcomed(self, seconds=8):
        """Until it is let in; Dropped, if it was told why not."""
        known = len(self.drops)
        try:
            await self._until(lambda: self.up.is_set() or len(self.drops) > known, seconds)
        except asyncio.TimeoutError:
            raise TimeoutError(f"{self.name} was not welcomed") from None
        if not self.up.is_set():
            raise Dropped(self.drops[-1])

    async def dropped(self, seconds=8):
        """Why."""
        await self._until(lambda: self.drops, seconds)
        return self.drops.pop(0)

    # ---- what it says

    def say(self, name, /, **values):
        self._put(wire.encode(name, **values))

    def handled(self, seq):
        self.seen = max(self.seen, seq)
        self.say("handled", seen=seq)

    async def call(self, name, /, *, seconds=8, **values):
        """An action or a question; its answer. One that the link lost is not asked again."""
        number = next(self.calls)
        self.say(name, call=number, **values)
        try:
            await self._until(lambda: number in self.answers, seconds)
        except asyncio.TimeoutError:
            raise TimeoutError(f"no answer to {name}; drops: {self.drops}") from None
        return self.answers.pop(number)

    async def serve(self, *patterns, what=wire.PEOPLE | wire.MESSAGES, commands=()):
        """Patterns of rooms, each with `what`, or pairs of both."""
        rows = [p if isinstance(p, tuple) else (p, what) for p in patterns]
        return await self.call("serve", patterns=[{"rooms": r, "what": w} for r, w in rows],
                               commands=[{"name": name} for name in commands])

    # ---- what came

    async def next(self, name=None, *, seconds=8, **members):
        """The next of these; those before it are skipped. A function as value: to its liking."""
        def find():
            for at in range(self.at, len(self.events)):
                event = self.events[at]
                if (name is None or event.name == name) and matches(event, members):
                    self.at = at + 1
                    return event
            return None
        found = find()
        if found is not None:
            return found
        async with self.changed:
            try:
                return await asyncio.wait_for(self._found(find), patient(seconds))
            except asyncio.TimeoutError:
                came = [(e.name, dict(e)) for e in self.events[-10:]]
                raise TimeoutError(f"no {name} {members}; came: {came}") from None

    async def _found(self, find):
        while True:
            found = find()
            if found is not None:
                return found
            await self.changed.wait()

    def came(self, name=None, **members):
        """All of these that have come so far."""
        return [e for e in self.events if (name is None or e.name == name) and matches(e, members)]


async def close_all():
    """At the end of a test."""
    for handler in list(Handler.live):
        await handler.close()
    context = _contexts.pop(asyncio.get_running_loop(), None)
    if context:
        context.term()
