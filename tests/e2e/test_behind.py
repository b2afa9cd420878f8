# test_behind.py - a hub that stands still for long: senders wait, no one is closed, memory is bounded
# SPDX-License-Identifier: MIT
import asyncio
import re
import signal

import pytest

from atrium import server_fixture, until_async
from atrium.raw import PING, PONG, TEXT
from atrium.where import BUILD

server = server_fixture(gateway={"max_unacked": "256K", "ping_interval": "250ms",
                                 "pong_timeout": "1s", "max_queue": "32M"})

SENDERS, MESSAGES, SIZE = 20, 100, 8000


def memory(process):
    """Resident bytes."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) * 1024


class Idle:
    """Only answers pings, and counts them, as long as it is connected."""

    def __init__(self, raw):
        self.raw, self.pings, self.texts = raw, 0, []
        self.reading = asyncio.create_task(self._read())

    async def _read(self):
        while (got := await self.raw.frame(60)) is not None:
            if got[0] == TEXT:
                self.texts.append(got[1])
            elif got[0] == PING:
                self.raw.send(PONG, got[1])
                self.pings += 1

    async def until_pinged(self, count):
        wanted = self.pings + count
        await until_async(lambda: self.reading.done() or self.pings >= wanted, 20)
        assert not self.reading.done(), "it was closed"


@pytest.mark.deadline(60)
async def test_a_hub_that_stands_still_under_load(server, room):
    idle = Idle(await server.raw(f"/api/ws?room={room}-idle"))
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
        # a sender that is paused cannot be heard for longer than it would have to answer a ping
        await idle.until_pinged(12)
        await server.until_metrics(
            lambda m: m.get("atrium_gateway_unacked_bytes") >= 256 * 1024)
        numbers = server.metrics()
        assert numbers.get("atrium_gateway_unacked_bytes") < 256 * 1024 + SENDERS * 2 * SIZE
        assert numbers.get("atrium_gateway_received_total") < SENDERS * MESSAGES / 10
        if BUILD.name == "release":  # sanitizers keep what is freed
            assert memory(server["gateway"]) - before < 4 * 1024 * 1024
        idle.raw.say(type="ping")  # answered by the gateway itself, though the hub is behind
        await until_async(lambda: any(b'"pong"' in text for text in idle.texts))
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
    await idle.until_pinged(6)
    assert listener.ws.open and all(sender.ws.open for sender in senders)
    idle.reading.cancel()
