# test_pings.py - the server asks who is still there
# SPDX-License-Identifier: MIT
import asyncio
import json
import time

from atrium import raw as ws
from atrium import server_fixture
from atrium.where import patient

server = server_fixture(gateway={"ping_interval": "300ms", "pong_timeout": "400ms",
                                 "handshake_timeout": "1s"},
                        hub={"grace": "200ms"}, auth={"leeway": "1s"})


async def test_the_server_pings_with_a_payload(server, room):
    raw = await server.raw(f"/api/ws?room={room}")
    for _ in range(2):
        payload = await raw.until(ws.PING)
        assert payload
        raw.send(ws.PONG, payload)


async def test_who_answers_stays(server, room):
    """Three rounds of pings, which the library answers by itself."""
    john = await server.connect(room=room)
    other = await server.raw(f"/api/ws?room={room}-other")
    for _ in range(3):
        other.send(ws.PONG, await other.until(ws.PING))
    john.send("message", content="here")
    await john.recv_until(type="message")


async def test_welcome_says_the_interval(server, room):
    raw = await server.raw(f"/api/ws?room={room}")
    assert (await raw.message(type="welcome"))["ping"] == 300


async def says_nothing_to_pings(server, room):
    """Closed with 4513, and has left; it does not answer the close frame either, so TCP is ended."""
    watcher = await server.connect(room=room)
    raw = await server.raw(f"/api/ws?room={room}&nickname=Deaf")
    begin = time.monotonic()
    while (got := await raw.frame()) is not None and got[0] != ws.CLOSE:
        pass
    assert got[1][:2] == (4513).to_bytes(2, "big") and json.loads(got[1][2:])["retry_ms"] >= 0
    assert 0.3 < time.monotonic() - begin < patient(4)
    await watcher.recv_until(type="system", content="Deaf left the room")
    assert await raw.frame(15) is None


async def says_too_little(server, start):
    """No whole handshake in time."""
    begin = time.monotonic()
    raw = await ws.RawSocket.dial(server.port)
    raw.write(start)
    assert b"101" not in await raw.reader.read()
    assert 0.5 < time.monotonic() - begin < patient(8)


async def lets_its_token_expire(server, room):
    client = await server.connect(room=room, token=server.token("late", name="Late", ttl=1))
    code, reason = await client.closed()
    assert code == 4501 and json.loads(reason)["retry_ms"] >= 0


async def brings_a_new_token(server, room):
    """Still here when the first token has long expired, which is when the other one is closed."""
    client = await server.connect(room=room, token=server.token("wise", name="Wise", ttl=1))
    await client.ask("auth", token=server.token("wise", name="Wise"))
    await lets_its_token_expire(server, room)
    client.send("message", content="here")
    await client.recv_until(type="message", content="here")


async def test_who_goes_silent_is_ended(server, room):
    """All at once, since each takes its time."""
    await asyncio.gather(says_nothing_to_pings(server, room), says_too_little(server, b""),
                         says_too_little(server, b"GET /api/ws HTTP/1.1\r\nHost: x\r\n"),
                         brings_a_new_token(server, room + "-tokens"))
