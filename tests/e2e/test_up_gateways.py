# test_up_gateways.py - atrium up --gateways: several share one port, and one of them dies
# SPDX-License-Identifier: MIT
import asyncio
import contextlib
import os
import random
import signal

import pytest

from atrium import until_async
from atrium.resuming import Resuming
from test_up import up  # a fixture

__all__ = ["up"]

CLIENTS, SAID = 24, 40


class Room:
    """Clients that stay, in one room; what each has heard, and what happened to it."""

    def __init__(self, port, room):
        self.heard, self.events = {}, {}
        rng = random.Random(room)
        self.clients = [Resuming(f"c{n}", [room], lambda: {"any": port}, rng,
                                 on_message=self._heard, on_event=self._event)
                        for n in range(CLIENTS)]

    def _heard(self, client, message):
        if message["type"] == "message":
            self.heard.setdefault(client, []).append(message["n"])

    def _event(self, client, what):
        self.events.setdefault(client, set()).add(what)

    def all_have(self, numbers):
        return all(sorted(self.heard.get(client, [])) == numbers for client in self.clients)

    async def end(self):
        await asyncio.gather(*(client.end() for client in self.clients))


@contextlib.asynccontextmanager
async def chat(one, room):
    """A room with clients of both gateways: which are whose, the kernel has decided."""
    room = Room(one.port, room)
    try:
        await asyncio.gather(*(client.ready() for client in room.clients))
        yield room
    finally:
        await room.end()


async def kill_one(one):
    """The second gateway; waits for the next in its place."""
    old = one.pid("gateway-2")
    os.kill(old, signal.SIGKILL)
    await until_async(lambda: one.pid("gateway-2") not in (None, old), what="another gateway")


async def talk(one, room, numbers):
    """The first client says these, and half-way a gateway dies. Until all have heard them all."""
    for n in numbers:
        room.clients[0].say(n, type="message", n=n, mid=f"m{n}")
        if n == SAID // 2:
            await kill_one(one)
    await until_async(lambda: room.all_have(numbers), seconds=30, what="all at all clients")
    assert not room.clients[0].unacked


@pytest.mark.deadline(90)
async def test_one_is_killed_under_load(up, room):
    one = up("--gateways", "2", ATRIUM_HUB_HISTORY="1000").wait_ready()
    async with chat(one, room) as all_here:
        await talk(one, all_here, list(range(SAID)))
        # Some were with it and came back without a gap; the others did not notice.
        back = [client for client in all_here.clients if client.connects > 1]
        assert 0 < len(back) < CLIENTS
        for client in all_here.clients:
            wanted = {"resumed", "recovered"} if client in back else set()
            assert all_here.events.get(client, set()) == wanted


def test_each_has_a_process_of_its_own(up):
    one = up("--gateways", "3").wait_ready()
    assert len({one.pid(name) for name in ("gateway", "gateway-2", "gateway-3")}) == 3
    assert one.end() == 0
    assert not any(one.pid(name) for name in ("gateway", "gateway-2", "gateway-3", "hub"))


@pytest.mark.parametrize("number", ["0", "65", "two", "-1", ""])
def test_a_number_that_cannot_be(up, number):
    one = up("--gateways", number)
    assert one.process.wait_exit() == 2
