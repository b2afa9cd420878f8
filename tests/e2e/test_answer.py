# test_answer.py - the answer to a handshake goes with what the client is told first, or soon
# SPDX-License-Identifier: MIT
import asyncio
import signal

from atrium import raw as ws
from atrium import server_fixture
from atrium.where import patient

server = server_fixture(gateway={"answer_hold": "1s", "verdict_timeout": "60s"}, metrics={"interval": "200ms"})

ALONE = "atrium_gateway_answered_alone_total"
HANDSHAKE = (b"GET /api/ws?token=%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
             b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


async def everything(server, behind=b"", token=b""):
    """What is answered to a handshake, up to the end."""
    raw = await ws.RawSocket.dial(server.port)
    raw.write(HANDSHAKE % token + behind)
    return await asyncio.wait_for(raw.reader.read(), patient(8))


async def test_who_is_not_let_in_at_once_is_answered_all_the_same(server):
    before = server.metrics().get(ALONE)
    server.kill("auth", signal.SIGSTOP)
    try:
        raw = await server.raw(f"/api/ws?token={server.token()}")  # has read the answer
        await server.until_metrics(lambda m: m.get(ALONE) == before + 1)
    finally:
        server.kill("auth", signal.SIGCONT)
    assert (await raw.message(type="welcome"))["id"]
    raw.abort()


async def test_the_welcome_does_not_wait(server, room):
    before = server.metrics().get(ALONE)
    ann = await server.connect(room=room)
    ann.send("message", content="hello")
    await ann.recv_until(type="message", content="hello")
    assert server.metrics().get(ALONE) == before


async def test_who_is_sent_away_is_answered_first(server):
    said = await everything(server, ws.frame(ws.CLOSE, ws.close_payload(1000)))
    head, _, frames = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ") and frames.startswith(b"\x88\x02\x03\xe8")
    raw = await ws.RawSocket.open(server.port, "/api/ws?token=nonsense")
    code = await raw.closing()
    assert code == 4401
    raw.abort()
