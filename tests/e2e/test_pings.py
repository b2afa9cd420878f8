# test_pings.py - the server asks who is still there
# SPDX-License-Identifier: MIT
import json
import time

from atrium import raw as ws
from atrium import server_fixture
from atrium.where import patient

server = server_fixture(gateway={"ping_interval": "300ms", "pong_timeout": "400ms"},
                        hub={"grace": "200ms"})


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


async def test_who_does_not_answer_is_closed_with_4513(server, room):
    watcher = await server.connect(room=room)
    raw = await server.raw(f"/api/ws?room={room}&nickname=Deaf")
    begin = time.monotonic()
    code, reason = await raw.closed()
    assert code == 4513 and json.loads(reason)["retry_ms"] >= 0
    assert 0.3 < time.monotonic() - begin < patient(4)
    await watcher.recv_until(type="system", content="Deaf left the room")


async def test_who_does_not_read_the_close_is_gone_too(server, room):
    """No pong and no answer to the close frame: the server ends TCP itself."""
    raw = await server.raw(f"/api/ws?room={room}")
    while await raw.frame(15) is not None:
        pass


async def test_a_half_open_handshake_is_ended(new_server):
    server = new_server(gateway={"handshake_timeout": "1s"})
    begin = time.monotonic()
    half, silent = [await ws.RawSocket.dial(server.port) for _ in range(2)]
    half.write(b"GET /api/ws HTTP/1.1\r\nHost: x\r\n")
    for raw in (half, silent):
        assert b"101" not in await raw.reader.read()
    assert 0.5 < time.monotonic() - begin < patient(8)


async def test_welcome_says_the_interval(server, room):
    raw = await server.raw(f"/api/ws?room={room}")
    assert (await raw.message(type="welcome"))["ping"] == 300
