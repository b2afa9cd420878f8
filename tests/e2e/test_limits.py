# test_limits.py - who reads too slowly, and who is one too many
# SPDX-License-Identifier: MIT
import json

import pytest

from atrium import raw as ws
from atrium import server_fixture

server = server_fixture(gateway={"max_queue": "256K", "max_message": "16K"},
                        hub={"grace": "200ms"}, metrics={"interval": "200ms"})


@pytest.mark.deadline(40)
async def test_a_slow_reader_is_closed_with_4508_and_others_are_not_held_up(server, room):
    slow = await server.raw(f"/api/ws?room={room}&nickname=Slow", receive_buffer=4096)
    await slow.message(type="system")
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    sent = 0
    while not jane.received(content="Slow left the room"):
        assert sent < 3000, "the slow one was never closed"
        for _ in range(20):
            john.send("message", content="x" * 10000, n=sent)
            sent += 1
        await jane.recv_until(type="message", n=sent - 1)
        await john.recv_until(type="message", n=sent - 1)
        if sent > 1500:
            await jane.recv_until(content="Slow left the room")
    for client in (john, jane):
        assert [m["n"] for m in client.received(type="message")] == list(range(sent))
    code, reason = await slow.closed(20)
    assert code in (4508, None)
    if code:
        assert json.loads(reason)["retry_ms"] >= 0
    await server.until_metrics(lambda m: m.get("atrium_gateway_closed_too_slow_total") == 1)
    await server.until_metrics(lambda m: m.get("atrium_gateway_queue_bytes") == 0)


async def test_who_reads_at_last_is_told_4508(server, room):
    slow = await server.raw(f"/api/ws?room={room}&nickname=Slow", receive_buffer=4096)
    await slow.message(type="system")
    john = await server.connect(room=room)
    for n in range(900):
        john.send("message", content="x" * 10000, n=n, echo=False, ref=n)
        if n % 20 == 19:
            await john.recv_until(type="ack", ref=n)
    code, reason = await slow.closed(20)
    assert code == 4508 and json.loads(reason)["retry_ms"] >= 0


async def test_a_smaller_max_message(server, room):
    john = await server.connect(room=room)
    john.send("message", content="x" * 16384)
    assert (await john.closed())[0] == 1009


async def test_one_connection_too_many(new_server, room):
    server = new_server(gateway={"max_connections": 3}, metrics={"interval": "200ms"})
    clients = [await server.connect(room=room) for _ in range(3)]
    raw = await server.raw()
    assert raw.status == 503
    await clients[0].close()
    again = await server.connect(room=room)
    assert (await server.raw()).status == 503
    again.send("message", content="x")
    await clients[1].recv_until(type="message")
    await server.until_metrics(lambda m: m.get("atrium_gateway_refused_limit_total") == 2)
    assert server.metrics().get("atrium_gateway_connections") == 3


@pytest.mark.parametrize("cut", ["client", "frame"])
async def test_one_that_comes_and_goes_leaves_nothing(server, room, cut):
    watcher = await server.connect(room=room)
    for n in range(20):
        raw = await server.raw(f"/api/ws?room={room}&nickname=G{n}")
        if cut == "frame":
            raw.send(ws.TEXT, b'{"type":"mes', fin=False)
        raw.abort()
    await watcher.ask("users", room=room)
    watcher.at = 0
    while (await watcher.ask("users", room=room))["count"] > 1:
        await watcher.recv_until(type="users_update")


async def test_the_hub_behind_pauses_reading_and_loses_nothing(new_server, room):
    """More than max_unacked while the hub does not answer: TCP pushes back, all arrives after."""
    server = new_server(gateway={"max_unacked": "256K", "max_queue": "16M"},
                        metrics={"interval": "200ms"})
    jane = await server.connect(room=room)
    john = await server.connect(room=room)
    server.kill("hub", 19)
    try:
        for n in range(200):
            john.send("message", content="x" * 10000, n=n)
        await server.until_metrics(lambda m: m.get("atrium_gateway_paused_total") >= 1)
        assert server.metrics().get("atrium_gateway_unacked_bytes") < 512 * 1024
        assert not jane.received(type="message")
        # the full socket keeps ZeroMQ's heartbeats from going out: that nothing is acknowledged tells
        await server.until_status("/readyz", 503)
    finally:
        server.kill("hub", 18)
    await jane.recv_until(type="message", n=199, seconds=15)
    await server.until_status("/readyz", 200)
    assert [m["n"] for m in jane.received(type="message")] == list(range(200))
