# test_memory.py - what is held for clients in all is bounded, and counted
# SPDX-License-Identifier: MIT
import asyncio
import json
import signal

import pytest

from atrium import raw as ws
from atrium import server_fixture, until_async

server = server_fixture(gateway={"max_memory": "2M", "max_queue": "64M", "max_message": "64K"},
                        metrics={"interval": "200ms"}, hub={"grace": "200ms"})

BIG = "x" * 60000


async def fill(sender, room, until, most=400):
    """Publishes until `until()` is true, each when the one before is on its way."""
    for _ in range(most):
        await sender.ask("message", room=room, content=BIG, echo=False)
        if await until():
            return
    raise AssertionError("it never came true")


@pytest.mark.deadline(60)
async def test_who_has_most_waiting_is_closed_and_others_stay(server, room):
    sender = await server.connect(room=f"{room}-a")
    await sender.ask("join", room=f"{room}-b")
    slow = await server.raw(f"/api/ws?room={room}-a", receive_buffer=4096)
    slow.say(type="join", room=f"{room}-b", ref=1)
    slower = await server.raw(f"/api/ws?room={room}-b&nickname=Slower", receive_buffer=4096)
    slower.say(type="join", room=f"{room}-c", ref=1)
    for raw in (slow, slower):
        await raw.message(ref=1)
    await sender.ask("join", room=f"{room}-c")

    async def is_short():
        raw = await server.raw()
        raw.abort()
        return raw.status == 503
    await fill(sender, f"{room}-c", is_short)  # for one alone
    refused = await server.raw()
    assert refused.status == 503 and int(refused.headers["retry-after"]) > 0
    assert json.loads(await refused.reader.read())["error"]["code"] == "memory"

    async def one_was_closed():
        return any("memory limit=" in line for line in server["gateway"].lines)
    await fill(sender, f"{room}-b", one_was_closed)  # for both
    code, reason = await slower.closed(20)
    assert code == 4508 and json.loads(reason)["retry_ms"] >= 0
    await server.until_metrics(lambda m: m.get("atrium_gateway_closed_memory_total") == 1)
    assert server.metrics().get("atrium_gateway_refused_memory_total") >= 2
    server["gateway"].wait_line("memory limit=2097152 closed=1")
    slow.say(type="ping", ref=2)  # it is still there, and hears all that was for it
    await slow.message(ref=2)
    slow.abort()
    await server.until_metrics(lambda m: m.get("atrium_gateway_memory_bytes") < 10000)
    assert (await server.raw()).status == 101


async def test_what_was_read_and_not_taken_is_counted_and_given_back(server, room):
    """A message in pieces, and what is held until the hub answers."""
    base = server.metrics().get("atrium_gateway_memory_bytes")
    pieces = [await server.raw(f"/api/ws?room={room}-p") for _ in range(4)]
    for raw in pieces:
        await raw.message(type="system")
        raw.send(ws.TEXT, b'"' + b"x" * 50000, fin=False)
    await server.until_metrics(lambda m: m.get("atrium_gateway_memory_bytes") - base >= 4 * 50000)
    server.kill("hub", signal.SIGSTOP)
    try:
        held = [await server.raw(f"/api/ws?room={room}-h") for _ in range(4)]
        for raw in held:
            raw.say(type="message", content="x" * 50000)
        await server.until_metrics(
            lambda m: m.get("atrium_gateway_memory_bytes") - base >= 8 * 50000)
        for raw in pieces + held:
            raw.abort()
    finally:
        server.kill("hub", signal.SIGCONT)
    await server.until_metrics(lambda m: m.get("atrium_gateway_memory_bytes") <= base + 1000)


async def test_what_one_says_before_it_is_let_in_is_bounded_and_not_lost(server, room):
    listener = await server.connect(room=room)
    base = server.metrics().get("atrium_gateway_memory_bytes")
    full = server.metrics().get("atrium_gateway_held_full_total")
    server.kill("hub", signal.SIGSTOP)
    try:
        early = await server.raw(f"/api/ws?room={room}")
        for n in range(400):
            early.say(type="message", n=n, content="x" * 10000)
        await server.until_metrics(
            lambda m: m.get("atrium_gateway_held_full_total") == full + 1)
        held = server.metrics().get("atrium_gateway_memory_bytes") - base
        # what is held, what was read behind it, and what buffers have to spare
        assert 64 * 1024 <= held < 400 * 1024
    finally:
        server.kill("hub", signal.SIGCONT)
    reading = asyncio.create_task(early.until(ws.CLOSE, 20))
    await listener.recv_until(type="message", n=399, seconds=15)
    assert [m["n"] for m in listener.received(type="message")] == list(range(400))
    reading.cancel()


@pytest.mark.deadline(60)
async def test_pieces_of_many_are_too_much_as_well(new_server, room):
    """No queue at all: the limit is on what all of them together began to say."""
    server = new_server(gateway={"max_memory": "1M"}, metrics={"interval": "200ms"})
    watcher = await server.connect(room=room)
    raws = [await server.raw(f"/api/ws?room={room}-p") for _ in range(30)]
    for raw in raws:
        raw.send(ws.TEXT, b'"' + b"x" * 60000, fin=False)
    await server.until_metrics(lambda m: m.get("atrium_gateway_closed_memory_total") >= 10)
    await server.until_metrics(lambda m: 0 < m.get("atrium_gateway_memory_bytes") <= 1 << 20)
    await watcher.ask("message", content="still here")
    await until_async(lambda: server.metrics().get("atrium_gateway_connections") <= 25)


async def test_a_lower_limit_by_sighup(new_server, room):
    server = new_server(metrics={"interval": "200ms"})
    watcher = await server.connect(room=room)
    raws = [await server.raw(f"/api/ws?room={room}-p") for _ in range(30)]
    for raw in raws:
        await raw.message(type="welcome")
        raw.send(ws.TEXT, b'"' + b"x" * 60000, fin=False)
    await server.until_metrics(lambda m: m.get("atrium_gateway_memory_bytes") > 30 * 60000)
    server.settings["gateway"]["max_memory"] = "1M"
    server.write_conf()
    server.kill("gateway", signal.SIGHUP)
    await server.until_metrics(lambda m: m.get("atrium_gateway_closed_memory_total") >= 10)
    await watcher.ask("message", content="still here")
