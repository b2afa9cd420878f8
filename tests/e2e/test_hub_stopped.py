# test_hub_stopped.py - a hub that stands still under load: clients wait, memory is bounded, nothing is lost
# SPDX-License-Identifier: MIT
import os
import signal

import pytest

from atrium import Checker
from atrium.raw import PING, PONG
from atrium.where import BUILD

LONG = int(os.environ.get("ATRIUM_LONG", "1"))
SLACK = 256 << 10  # bytes that were read before reading stopped
# Sanitizers put room around what is allocated, and keep what was freed.
ROOMY = 1 if BUILD.name == "release" else 4


def resident(process):
    """Bytes of memory in use."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) << 10


async def stand_still(server, room, check, mark, pings):
    """The hub is stopped until no client is read any more, and then for so many pings to one."""
    await check.progress(100)
    # It answers pings only from when the mark is reached.
    witness = await server.raw(f"/api/ws?room={room}-witness&nickname=Witness")
    before = {name: resident(server[name]) for name in server.gateways}
    seen = {}

    def at_mark(samples):
        seen.update({n: samples.get("atrium_gateway_unacked_bytes", instance=f"gateway-{n}")
                     for n in (1, 2)})
        paused = all(samples.get("atrium_gateway_paused_total", instance=f"gateway-{n}")
                     for n in (1, 2))
        # Where reading had stopped already it goes on at half the mark, not before.
        return paused and all(mark // 2 < held for held in seen.values())

    server.kill("hub", signal.SIGSTOP)
    try:
        await server.until_metrics(at_mark, 20)
        for _ in range(pings):
            witness.send(PONG, await witness.until(PING, 15))
        grown = {name: resident(server[name]) - before[name] for name in before}
        print(f"unacknowledged: {seen}\nmemory has grown by: {grown}")
    finally:
        server.kill("hub", signal.SIGCONT)
    assert all(held <= mark + SLACK for held in seen.values()), seen
    assert all(size <= ROOMY * (3 * mark + 4 * SLACK) for size in grown.values()), grown
    await check.progress(1000)


@pytest.mark.deadline(60)
async def test_until_the_mark_is_reached(new_server, room):
    mark = 64 << 10
    server = new_server(gateways=2, metrics={"interval": "200ms"}, gateway={
        "max_unacked": mark, "ping_interval": "1s", "pong_timeout": "2s"})
    async with Checker(lambda: {name: server.ports[name] for name in server.gateways}, room,
                       talkers=4, window=200, filler=1000) as check:
        await stand_still(server, room, check, mark, 4)


@pytest.mark.skipif(LONG < 2, reason="half a minute; ATRIUM_LONG=2 runs it")
@pytest.mark.deadline(180)
async def test_for_half_a_minute(new_server, room):
    mark = 16 << 20
    server = new_server(gateways=2, metrics={"interval": "200ms"}, gateway={
        "max_queue": "64M", "ping_interval": "5s", "pong_timeout": "4s"})
    async with Checker(lambda: {name: server.ports[name] for name in server.gateways}, room,
                       talkers=4, window=600, filler=8000) as check:
        await stand_still(server, room, check, mark, 6)
