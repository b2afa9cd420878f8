# replica.py - clients that each keep a room's state, change it at random, and compare in the end
# SPDX-License-Identifier: MIT
import asyncio
import random
import secrets
import time

from .resuming import Place, Resuming
from .where import patient

KEYS = [f"k{n}" for n in range(12)] + ["schl\u00fcssel \u20ac"]
WINDOW = 4  # changes of a client that are not answered at a time


class StatePlace(Place):
    """What a client has of the room's state, and asks for when it comes back."""

    def __init__(self, name):
        super().__init__(name)
        self.rev, self.state_epoch = None, None
        self.forgets = False  # what it has is not said, so it is given all

    def since(self):
        if self.rev is None or self.forgets:
            return {"state": "1"}
        return {"state": "1", "rev": self.rev, "epoch": self.state_epoch}


class Replica(Resuming):
    """
    Each `state` and each ack must follow what it has, without a gap. `replicas` hears of every
    change.
    """

    def __init__(self, replicas, name, home):
        super().__init__(name, [replicas.room], replicas.ports, replicas.rng, home=home,
                         on_message=self.take, on_event=lambda client, what: replicas.count(what))
        self.replicas, self.number = replicas, 0
        self.places = {replicas.room: StatePlace(replicas.room)}
        self.place = self.places[replicas.room]
        self.values = {}  # key: (value, rev)
        self.parts, self.open_changes = [], {}  # ref: (ops, checks, echo)
        self.wrong = []
        self.changed = asyncio.Event()

    @property
    def rev(self):
        return self.place.rev

    # ---- what comes

    def take(self, _, message):
        kind = message["type"]
        if kind == "state_snapshot":
            self.take_part(message)
        elif kind == "state":
            self.apply(message["rev"], message["ops"], "state")
        elif message.get("ref") in self.open_changes:
            self.answered(message)
        elif kind == "error":
            self.wrong.append(f"error {message.raw}")
        self.changed.set()

    def take_part(self, part):
        if self.parts and self.parts[0]["rev"] != part["rev"]:
            self.wrong.append("parts of two snapshots are mixed")
        self.parts.append(part)
        if part.get("more"):
            return
        self.replicas.count("full" if part["full"] else "delta")
        if part["full"]:
            self.values = {}
        elif part["epoch"] != self.place.state_epoch:
            self.wrong.append("what changed is of another epoch")
        for each in self.parts:
            for key in each.get("deleted", []):
                self.values.pop(key, None)
            for entry in each["entries"]:
                self.values[entry["key"]] = (entry["value"], entry["rev"])
        self.place.rev, self.place.state_epoch, self.parts = part["rev"], part["epoch"], []

    def apply(self, rev, ops, what):
        if self.parts:
            self.wrong.append(f"{what} {rev} within a snapshot")
        if rev != (self.rev or 0) + 1:
            self.wrong.append(f"{what} {rev} after {self.rev}")
        self.place.rev = rev
        for op in ops:
            if op.get("delete"):
                self.values.pop(op["key"], None)
            else:
                self.values[op["key"]] = (op["value"], rev)
        self.replicas.applied(rev, ops, self)

    def answered(self, message):
        ops, checks, echo = self.open_changes.pop(message["ref"])
        if message["type"] == "ack":
            rev = message["rev"]
            if not echo and rev == (self.rev or 0) + 1:
                self.apply(rev, ops, "ack")
            elif rev > (self.rev or 0):
                self.wrong.append(f"ack of {rev} after {self.rev}")
            self.replicas.acked(rev, ops, checks, self)
        elif message["code"] == "conflict":
            self.replicas.count("conflicts")
            for entry in message["current"]:
                if checks.get(entry["key"]) == entry["rev"]:
                    self.wrong.append(f"no conflict: {message.raw}")
        else:
            self.wrong.append(f"refused: {message.raw}")

    # ---- what it does

    def change(self):
        rng, self.number = self.replicas.rng, self.number + 1
        ops = [{"key": key, "delete": True} if rng.random() < 0.3 else
               {"key": key, "value": [self.nickname, self.number, "x" * rng.randrange(40)]}
               for key in rng.sample(KEYS, rng.choice((1, 1, 1, 2, 5)))]
        checks = {key: self.values.get(key, (None, 0))[1]
                  for key in rng.sample(KEYS, rng.choice((0, 0, 1, 2)))}
        echo, ref = rng.random() < 0.6, f"{self.nickname}-{self.number}"
        self.open_changes[ref] = (ops, checks, echo)
        self.say(ref, type="state", ops=ops, mid=ref, echo=echo, **({"if": checks} if checks else {}))

    async def talk(self):
        while not self.replicas.done:
            while len(self.open_changes) < WINDOW:
                self.change()
            self.changed.clear()
            await self.changed.wait()

    async def settled(self):
        """Until all it said is answered."""
        while self.open_changes:
            self.changed.clear()
            await self.changed.wait()


class Replicas:
    """
    `async with Replicas(server, room) as replicas`: clients change the room's state all the time;
    at the end each has what the hub has, and what was acknowledged happened once, in one order, and
    under its conditions.
    """

    def __init__(self, server, room, count=6, seed=None):
        self.seed = secrets.randbelow(1 << 32) if seed is None else seed
        self.rng = random.Random(self.seed)
        self.server, self.room, self.size = server, room, count
        self.counts, self.log, self.acks = {}, {}, {}  # rev: ops; rev: checks
        self.wrong, self.done, self.clients = [], False, []
        self._moved = asyncio.Event()

    def ports(self):
        return {name: self.server.ports[name] for name in self.server.gateways}

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def applied(self, rev, ops, who):
        if self.log.setdefault(rev, ops) != ops:
            self.wrong.append(f"{who.nickname} was told another change {rev}")
        self._moved.set()

    def acked(self, rev, ops, checks, who):
        if rev in self.acks:
            self.wrong.append(f"two changes are acknowledged as {rev}")
        self.acks[rev] = checks
        self.applied(rev, ops, who)

    async def progress(self, changes, seconds=30):
        """So many changes more are applied."""
        until = len(self.log) + changes
        end = time.monotonic() + patient(seconds)
        while len(self.log) < until:
            self._moved.clear()
            await asyncio.wait_for(self._moved.wait(), max(0.01, end - time.monotonic()))

    async def __aenter__(self):
        names = self.server.gateways
        print(f"replicas: seed {self.seed}")
        self.clients = [Replica(self, f"c{n}", names[n % len(names)]) for n in range(self.size)]
        await asyncio.gather(*(client.ready() for client in self.clients))
        self.talks = [asyncio.create_task(client.talk()) for client in self.clients]
        return self

    async def __aexit__(self, kind, *_):
        self.done = True
        try:
            if kind is None:
                await asyncio.wait_for(self.finish(), patient(30))
        finally:
            for talk in self.talks:
                talk.cancel()
            await asyncio.gather(*(client.end() for client in self.clients))
        if kind is None:
            self.complain()

    async def finish(self):
        await asyncio.gather(*(client.settled() for client in self.clients))
        await asyncio.gather(*(client.ready() for client in self.clients))
        last = max(self.log)
        for client in self.clients:
            while client.rev < last:
                client.changed.clear()
                await client.changed.wait()
        late = await self.server.open(room=self.room, state="1")
        self.final = await late.recv_until(type="state_snapshot")

    def replay(self):
        """What the changes make of an empty state, each under its conditions."""
        values = {}
        for rev in range(1, max(self.log) + 1):
            for key, wanted in self.acks.get(rev, {}).items():
                if values.get(key, (None, 0))[1] != wanted:
                    self.wrong.append(f"change {rev} was applied against its condition")
            for op in self.log[rev]:
                values.pop(op["key"], None)
                if "value" in op:
                    values[op["key"]] = (op["value"], rev)
        return values

    def complain(self):
        final = {entry["key"]: (entry["value"], entry["rev"]) for entry in self.final["entries"]}
        wrong = self.wrong + [f"{client.nickname}: {each}" for client in self.clients
                              for each in client.wrong]
        if len(self.log) != max(self.log):
            wrong.append(f"of {max(self.log)} changes only {len(self.log)} were told")
        elif self.replay() != final:
            wrong.append("the hub has not what the changes make")
        for client in self.clients:
            if client.values != final or client.rev != self.final["rev"]:
                wrong.append(f"{client.nickname} has another state than the hub")
        assert not wrong, f"seed {self.seed}: {wrong[:10]} {self.counts}"
