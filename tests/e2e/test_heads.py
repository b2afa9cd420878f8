# test_heads.py - the head of a request: how long it may be, and how long it may take
# SPDX-License-Identifier: MIT
import asyncio
import json

import pytest

from atrium import raw as ws
from atrium import server_fixture
from atrium.http import read_head
from atrium.raw import RawSocket
from atrium.where import patient

server = server_fixture(gateway={"handshake_timeout": "1s", "max_head": "2K"},
                        metrics={"interval": "200ms"})

OK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HANDSHAKE = (b"GET /api/ws?room=%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
             b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


async def answer(raw):
    status, headers = await asyncio.wait_for(read_head(raw.reader), patient(8))
    size = int(headers.get("content-length", 0))
    return status, await asyncio.wait_for(raw.reader.readexactly(size), patient(8))


async def rest(raw):
    return await asyncio.wait_for(raw.reader.read(), patient(15))


async def counted(server, name, more, before):
    await server.until_metrics(lambda m: m.get(f"atrium_gateway_{name}_total") == before + more)


async def trickle(raw, text):
    """A byte whenever the loop has a moment, until the other side has had enough."""
    for byte in text:
        if raw.reader.at_eof() or raw.writer.is_closing():
            return
        raw.write(bytes([byte]))
        done, _ = await asyncio.wait({asyncio.ensure_future(raw.reader.read(0))}, timeout=0.05)
        assert done


@pytest.mark.parametrize("after", [b"", OK], ids=["first", "second"])
async def test_a_head_that_does_not_end_in_time(server, after):
    before = server.metrics().get("atrium_gateway_refused_late_total")
    raw = await RawSocket.dial(server.port)
    if after:
        raw.write(after)
        assert (await answer(raw))[0] == 200
    raw.write(b"GET / HTTP/1.1\r\nHo")
    status, body = await answer(raw)
    assert status == 408 and json.loads(body)["error"]["code"] == "late"
    assert await rest(raw) == b""
    await counted(server, "refused_late", 1, before)


async def test_a_byte_now_and_then_is_no_excuse(server):
    before = server.metrics().get("atrium_gateway_refused_late_total")
    raw = await RawSocket.dial(server.port)
    writing = asyncio.create_task(trickle(raw, b"GET / HTTP/1.1\r\nX: " + b"x" * 1900))
    status, _ = await answer(raw)
    assert status == 408
    writing.cancel()
    await counted(server, "refused_late", 1, before)


async def test_who_says_nothing_at_all(server):
    before = server.metrics().get("atrium_gateway_refused_late_total")
    raw = await RawSocket.dial(server.port)
    assert (await rest(raw)).startswith(b"HTTP/1.1 408 ")
    await counted(server, "refused_late", 1, before)


async def test_a_kept_connection_is_ended_without_a_word(server):
    before = server.metrics().get("atrium_gateway_refused_late_total")
    raw = await RawSocket.dial(server.port)
    raw.write(OK)
    assert (await answer(raw))[1] == b"ok"
    assert await rest(raw) == b""
    await counted(server, "refused_late", 0, before)


@pytest.mark.parametrize("after", [b"", OK], ids=["first", "second"])
async def test_a_head_that_is_too_large(server, after):
    before = server.metrics().get("atrium_gateway_refused_head_total")
    raw = await RawSocket.dial(server.port)
    if after:
        raw.write(after)
        assert (await answer(raw))[0] == 200
    raw.write(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 2048)
    status, body = await answer(raw)
    assert status == 431 and json.loads(body)["error"]["code"] == "head_too_large"
    await counted(server, "refused_head", 1, before)


@pytest.mark.parametrize("size", [1000, 15000, 31000])
async def test_a_large_head_where_it_may_be(new_server, size):
    server = new_server(gateway={"max_head": "32K"})
    for _ in range(2):
        got = await server.get("/healthz", headers={"X-Large": "x" * size})
        assert got.status == 200 and got.body == b"ok"
    raw = await server.raw(headers={"X-Large": "x" * size})
    assert raw.status == 101
    assert (await raw.message(type="welcome"))["id"]


@pytest.mark.parametrize("before", [0, 1, 3])
async def test_frames_right_behind_a_handshake_are_heard(server, room, before):
    """Also where the connection has served other requests, and all came at once."""
    listener = await server.connect(room=room)
    raw = await RawSocket.dial(server.port)
    raw.write(OK * before + HANDSHAKE % room.encode() +
              ws.frame(ws.TEXT, json.dumps({"type": "message", "content": "early"})))
    for _ in range(before):
        assert (await answer(raw))[1] == b"ok"
    status, _ = await asyncio.wait_for(read_head(raw.reader), patient(8))
    assert status == 101
    await listener.recv_until(type="message", content="early")


async def test_a_handshake_on_a_kept_connection(server, room):
    listener = await server.connect(room=room)
    raw = await RawSocket.dial(server.port)
    raw.write(OK)
    assert (await answer(raw))[1] == b"ok"
    raw.write(HANDSHAKE % room.encode() +
              ws.frame(ws.TEXT, json.dumps({"type": "message", "content": "early"})))
    status, _ = await asyncio.wait_for(read_head(raw.reader), patient(8))
    assert status == 101
    await listener.recv_until(type="message", content="early")
