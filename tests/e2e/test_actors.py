# test_actors.py - clients that do everything at once while the hub dies at every step of a turn
# SPDX-License-Identifier: MIT
import asyncio
import random

import pytest

from atrium import Client, until_async

STEPS = ["received", "applied", "committed", "acked", "half"]
GATEWAYS = ("gateway", "gateway-2")
DEATHS, ACTORS = 25, 6


class Actor:
    """Publishes, joins, leaves, asks, and comes back after it was cut off, here or elsewhere."""

    def __init__(self, server, room, name, dice):
        self.server, self.room, self.name, self.dice = server, room, name, dice
        self.client = self.id = self.resume = self.epoch = None
        self.place = self.said = 0
        self.acked = {}
        self.offsets = []

    async def come(self):
        query = {"room": self.room, "nickname": self.name}
        if self.id:
            query.update(id=self.id, resume=self.resume, since=self.place, epoch=self.epoch)
        port = self.server.ports[self.dice.choice(GATEWAYS)]
        self.client = await Client.open(port, **query)
        welcome = await self.client.recv_until(20, type="welcome")
        joined = await self.client.recv_until(20, type="joined", room=self.room)
        assert welcome["resumed"] is joined["recovered"] is bool(self.id)
        if not self.id:
            self.place, self.epoch = joined["offset"], joined["epoch"]
        self.id, self.resume = welcome["id"], welcome["resume"]

    def note(self):
        """What came so far is of the past."""
        self.offsets += [m["offset"] for m in self.client.received(type="message", room=self.room)]
        self.place = self.offsets[-1] if self.offsets else self.place
        self.client.messages.clear()
        self.client.at = 0

    async def ask(self, wanted, type, **members):
        self.client.send(type, ref="ask", **members)
        answer = await self.client.recv_until(20, ref="ask")
        assert answer["type"] == wanted, answer
        return answer

    def publish(self, n, ref):
        return self.client.send("message", n=n, who=self.name, mid=f"{self.name}-{n}", ref=ref)

    async def burst(self):
        first = self.said + 1
        self.said += self.dice.randrange(1, 20)
        for n in range(first, self.said + 1):
            self.publish(n, n)
        for n in range(first, self.said + 1):
            self.acked[n] = (await self.client.recv_until(20, type="ack", ref=n))["offset"]

    async def visit(self):
        other = f"{self.room}-{self.dice.randrange(3)}"
        await self.ask("joined", "join", room=other)
        await self.ask("left", "leave", room=other)

    async def look(self):
        kinds = {"users": "users_update", "rooms": "rooms", "history": "history"}
        asked = self.dice.choice(list(kinds))
        await self.ask(kinds[asked], asked)

    async def cut_off(self):
        """Just after it said something, which it says again when it is back."""
        self.said += 1
        self.publish(self.said, "cut").add_done_callback(lambda task: task.exception())
        if self.dice.random() < 0.5:
            await self.ask("pong", "ping")
        self.client.drop()
        await self.client.closed()
        self.note()
        await self.come()
        self.publish(self.said, "again")
        self.acked[self.said] = (await self.client.recv_until(20, ref="again"))["offset"]

    async def run(self, ended):
        while not ended.is_set():
            await self.dice.choice([self.burst, self.burst, self.visit, self.look, self.cut_off])()


async def die_again_and_again(server, step, dice):
    await asyncio.to_thread(server.kill, "hub")
    for _ in range(DEATHS):
        server.env["ATRIUM_HUB_FAULT"] = step or dice.choice(STEPS)
        server.env["ATRIUM_HUB_FAULT_AFTER"] = str(dice.randrange(1, 60))
        hub = await asyncio.to_thread(server.spawn, "hub")
        hub.killed = True
        await asyncio.to_thread(hub.wait_exit, 30)
    server.env.clear()
    await server.start_async("hub")


@pytest.mark.deadline(120)
@pytest.mark.parametrize("step", STEPS + [None])
async def test_nothing_is_lost_doubled_or_disordered(new_server, room, step):
    dice = random.Random(str(step))
    server = new_server(gateways=2, hub={"history": "10000", "grace": "30s"})
    watchers = [await server.connect(room=room, gateway=gateway) for gateway in GATEWAYS]
    actors = [Actor(server, room, f"A{n}", random.Random(dice.random())) for n in range(ACTORS)]
    for actor in actors:
        await actor.come()
    ended = asyncio.Event()
    acting = [asyncio.create_task(actor.run(ended)) for actor in actors]
    dying = asyncio.create_task(die_again_and_again(server, step, dice))
    await asyncio.wait([dying, *acting], return_when=asyncio.FIRST_COMPLETED)
    ended.set()
    await asyncio.gather(dying, *acting)
    last = (await watchers[0].ask("message"))["offset"]
    for client in watchers + [actor.client for actor in actors]:
        await until_async(lambda c=client: c.received(type="message", offset=last), 15)
    for actor in actors:
        actor.note()
        assert actor.offsets == list(range(actor.offsets[0], last + 1)), actor.name
    for watcher in watchers:
        check(watcher, actors, room, last)


def check(watcher, actors, room, last):
    assert [m["offset"] for m in watcher.received(type="message")] == list(range(1, last + 1))
    for actor in actors:
        heard = {m["n"]: m["offset"] for m in watcher.received(type="message", who=actor.name)}
        assert list(heard) == list(range(1, actor.said + 1)), actor.name
        assert actor.acked.items() <= heard.items()
        assert len(watcher.received(room=room, content=f"{actor.name} joined the room")) <= 1
        assert not watcher.received(room=room, content=f"{actor.name} left the room")
