# test_behind.py - a hub that stands still for long: senders wait, no one is closed, memory is bounded
# SPDX-License-Identifier: MIT
import asyncio
import re
import signal

import pytest

from atrium import server_fixture, until_async
from atrium.raw import PING, PONG

server = server_fixture(gateway={"max_unacked": "256K", "ping_interval": "250ms",
                                 "pong_timeout": "250ms", "max_queue": "32M"})

SENDERS, MESSAGES, SIZE = 20, 100, 8000


def memory(process):
    """Resident bytes."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) * 1024


async def pings(raw, count):
    """Answers that many."""
    while count:
        opcode, payload = await raw.frame(15)
        if opcode == PING:
            raw.send(PONG, payload)
            count -= 1


@pytest.mark.deadline(60)
async def test_a_hub_that_stands_still_under_load(server, room):
    idle = await server.raw(f"/api/ws?room={room}")
    await idle.message(type="system")
    listener = await server.connect(room=room, announced=False)
    senders = [await server.connect(room=f"{room}-{i}", announced=False) for i in range(SENDERS)]
    for sender in senders:  # in a room of its own, so that Python need not read each message 20 times
        await listener.ask("join", room=sender.room)
    before = memory(server["gateway"])
    server.kill("hub", signal.SIGSTOP)
    try:
        sending = [sender.send("message", n=n, sender=i, content="x" * SIZE, ref=n, echo=False)
                   for n in range(MESSAGES) for i, sender in enumerate(senders)]
        await asyncio.to_thread(server["gateway"].wait_line, "hub_behind", 10)
        # each of these pings would have been too late for a sender that is paused
        await pings(idle, 12)
        await server.until_metrics(
            lambda m: m.get("atrium_gateway_unacked_bytes") >= 256 * 1024)
        numbers = server.metrics()
        assert numbers.get("atrium_gateway_unacked_bytes") < 256 * 1024 + SENDERS * 2 * SIZE
        assert numbers.get("atrium_gateway_received_total") < SENDERS * MESSAGES / 10
        assert memory(server["gateway"]) - before < 4 * 1024 * 1024
        idle.say(type="ping", ref=1)  # answered by the gateway itself, though the hub is behind
        await idle.message(type="pong")
    finally:
        server.kill("hub", signal.SIGCONT)
    for sender in senders:
        await sender.recv_until(type="ack", ref=MESSAGES - 1, seconds=20)
        assert [m["ref"] for m in sender.received(type="ack")] == list(range(MESSAGES))
        assert sender.ws.open
    for i in range(SENDERS):
        await until_async(lambda i=i: listener.received(sender=i, n=MESSAGES - 1), 15)
        assert [m["n"] for m in listener.received(sender=i)] == list(range(MESSAGES))
    await asyncio.gather(*sending)
    # whoever was paused is pinged again, and answers in time
    await pings(idle, 4)
    assert listener.ws.open and all(sender.ws.open for sender in senders)
