# test_rue_examples.py - Rue's examples: echo, broadcast in a room, text and binary, JSON as it is
# SPDX-License-Identifier: MIT
import asyncio
import json

from atrium import dial, patient, server_fixture

server = server_fixture()


async def heard(ws):
    return await asyncio.wait_for(ws.recv(), patient(8))


async def pair(server, room):
    """Two in a room: each has heard the other, so both are there."""
    one, two = await dial(server.port, f"/ws/{room}"), await dial(server.port, f"/ws/{room}")
    await one.send("one")
    await two.send("two")
    for ws in (one, two):
        while await heard(ws) != "two":
            pass
    return one, two


async def test_echo(server):
    """conn.Send(msgType, data) in OnMessage: alone in a room, one hears oneself."""
    ws = await dial(server.port, "/ws/rue-echo")
    for data in ("Hello", b"\x00\x01\xfe\xff", "", b"", "ünï ☃"):
        await ws.send(data)
        got = await heard(ws)
        assert got == data and type(got) is type(data)


async def test_broadcast(server):
    """hub.Broadcast(msgType, data): all of a room, the sender included."""
    one, two = await pair(server, "rue-all")
    for data in ("to all", b"\x80binary"):
        await one.send(data)
        for ws in (one, two):
            assert await heard(ws) == data


async def test_rooms(server):
    """GET /ws/:room, c.Param("room"): what is said in one is not heard in another."""
    one, two = await pair(server, "rue-1")
    other, more = await pair(server, "rue%202")
    await one.send("in the first")
    await other.send("in the second")
    assert await heard(two) == "in the first"
    assert await heard(more) == "in the second"


async def test_json_messages(server):
    """{type, content, from} is text like any other: it is neither read nor answered."""
    one, two = await pair(server, "rue-json")
    for message in ({"type": "chat", "content": "Hello!", "from": "user1"}, {"type": "ping"},
                    {"type": "join", "room": "x"}):
        text = json.dumps(message)
        await one.send(text)
        assert await heard(two) == text
        assert await heard(one) == text


async def test_client_example(server):
    """new WebSocket('.../ws'), where the path names no room, is Base's: a chat comes back as one."""
    ws = await dial(server.port, "/ws")
    await ws.send(json.dumps({"type": "chat", "content": "Hello!", "from": "user1"}))
    while (message := json.loads(await heard(ws)))["type"] != "chat":
        pass
    assert message["content"] == "Hello!" and message["from"] == "user1"


async def test_fragments(server):
    one, two = await pair(server, "rue-fragments")
    await one.send(piece for piece in ("a", "", "b" * 1000, "c"))
    assert await heard(two) == "a" + "b" * 1000 + "c"
    await one.send(piece for piece in (b"\x00", b"\xff" * 200))
    assert await heard(one) == "a" + "b" * 1000 + "c"
    assert await heard(one) == b"\x00" + b"\xff" * 200


async def test_close(server):
    """conn.Close() of one does not disturb the other."""
    one, two = await pair(server, "rue-close")
    await one.close()
    assert one.close_code == 1000
    await two.send("still here")
    assert await heard(two) == "still here"


async def test_pings_of_the_server(new_server):
    """The documented ping and pong wait, enforced: who does not answer is closed."""
    server = new_server(gateway={"ping_interval": "250ms", "pong_timeout": "250ms"})
    raw = await server.raw("/ws/rue-ping")
    assert await raw.closing() == 4513


async def test_cap_of_a_message(server):
    ws = await dial(server.port, "/ws/rue-cap")
    await ws.send("x" * (64 * 1024 + 1))
    await asyncio.wait_for(ws.wait_closed(), patient(8))
    assert ws.close_code == 1009
