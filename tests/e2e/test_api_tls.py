# test_api_tls.py - the server API over https
# SPDX-License-Identifier: MIT
import asyncio
import json

from atrium.api import Api
from atrium.http import read_head
from atrium.raw import RawSocket
from atrium.where import patient


async def test_over_https(new_server, authority, room):
    """Large both ways, several on one connection, and a client that goes in the middle."""
    server = new_server(gateway={**authority.issue("api", 1), "api_rate": 0})
    api, tls = Api(server), authority.trusted()
    john = await server.connect(room=room)
    raw = await RawSocket.dial(server.tls_ports["gateway"], tls=tls)

    def text(method, members):
        body = json.dumps(members).encode()
        return (f"POST /api/{method} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n"
                "Content-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode() + body

    async def answer():
        status, headers = await asyncio.wait_for(read_head(raw.reader), patient(8))
        size = int(headers["content-length"])
        body = await asyncio.wait_for(raw.reader.readexactly(size), patient(8))
        assert status == 200, body
        return json.loads(body)["result"]

    for n in range(3):
        raw.write(text("publish", {"room": room, "type": "t", "n": n, "x": "y" * 200000}))
        assert (await answer())["offset"] == n + 1
    raw.write(text("history", {"room": room}) + text("connections", {"room": room}))
    assert len((await answer())["messages"]) == 3
    assert (await answer())["connections"][0]["address"] == "127.0.0.1"
    await john.recv_until(type="t", n=2)
    raw.write(text("publish", {"room": room, "type": "t", "x": "y" * 5000})[:-3000])
    await raw.writer.drain()
    raw.writer.transport.abort()
    await api.status()
    await server.until_metrics(lambda m: m.get("atrium_gateway_api_waiting") == 0)
