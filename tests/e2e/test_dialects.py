# test_dialects.py - three dialects in one room: every pairing, byte for byte, every path
# SPDX-License-Identifier: MIT
import base64
import json
import re
from urllib.parse import quote

import pytest
import websockets

from atrium import CommandClient, RawClient, server_fixture

server = server_fixture()

BODY = r'"n":1.0,"big":123456789012345678901234567890,"e":1e+02,"s":"\u0041\/\u00e9\ud83d\ude00","l":[ 1 , 2 ],"o":{ "x":{} }'


async def until_in(witness, id):
    """Until the room of this client has one with the id; asks again and again."""
    while True:
        answer = await witness.ask("users")
        if id in [m["id"] for m in answer.get("param", answer)["members"]]:
            return


async def meet(server, room, echo=None):
    """One of each dialect in one room; each has been told of all."""
    ann = await server.connect(id=f"ann-{room}", nickname="Ann", room=room)
    bob = await server.connect(kind=CommandClient, id=f"bob-{room}", nickname="Bob", ch=room)
    eve = await server.connect(kind=RawClient, path=f"/ws/{quote(room, safe='')}", id=f"eve-{room}",
                               nickname="Eve", echo=echo)
    await until_in(ann, f"eve-{room}")
    return ann, bob, eve


async def test_room_to_all(server, room):
    ann, bob, eve = await meet(server, room)
    ann.send_text(f'{{"type":"chat",{BODY},"ref":1}}')
    to_room = (f'{{"type":"chat","room":"{room}","id":"ann-{room}","nickname":"Ann","offset":1,'
               f'{BODY}}}')
    assert (await ann.recv_until(type="chat")).raw == to_room
    assert (await bob.recv_until(cmd="chat")).raw == (
        f'{{"channel":"{room}","cmd":"chat","param":{{{BODY}}},"from":"ann-{room}","offset":1}}')
    await eve.recv_all(to_room)
    assert (await ann.recv_until(type="ack"))["offset"] == 1


async def test_command_to_all(server, room):
    ann, bob, eve = await meet(server, room)
    bob.send_text(f'{{"channel":"{room}","cmd":"chat","param":{{{BODY}}},"ref":1}}')
    to_room = (f'{{"type":"chat","room":"{room}","id":"bob-{room}","nickname":"Bob","offset":1,'
               f'{BODY}}}')
    assert (await ann.recv_until(type="chat")).raw == to_room
    assert (await bob.recv_until(cmd="chat")).raw == (
        f'{{"channel":"{room}","cmd":"chat","param":{{{BODY}}},"from":"bob-{room}","offset":1}}')
    await eve.recv_all(to_room)
    assert (await bob.recv_until(cmd="ack"))["param"] == {"offset": 1}


async def test_raw_to_all(server, room):
    ann, bob, eve = await meet(server, room)
    sent = ["hi", "", "é\u2028\"\\\n", b"\x00\xff\xfe", b"", '{"type":"chat","content":"x"}']
    for frame in sent:
        eve.send(frame)
    await eve.recv_all(*sent)
    for n, frame in enumerate(sent, 1):
        binary = isinstance(frame, bytes)
        kind = "binary" if binary else "text"
        content = base64.b64encode(frame).decode() if binary else frame
        got = await ann.recv_until(type=kind, offset=n)
        assert got == {"type": kind, "room": room, "id": f"eve-{room}", "nickname": "Eve", "offset": n,
                       "content": content}
        got = await bob.recv_until(cmd=kind, offset=n)
        assert got == {"channel": room, "cmd": kind, "param": {"content": content},
                       "from": f"eve-{room}", "offset": n}


async def test_text_and_binary_from_others(server, room):
    ann, bob, eve = await meet(server, room)
    ann.send_text(r'{"type":"text","content":"t\u00e4xt\n","x":1}')
    bob.send("binary", {"content": "AAH/"})
    await bob.recv_until(cmd="binary")
    bob.send_text('{"cmd":"text","param":"a string"}')
    await bob.recv_until(param={"content": "a string"})
    ann.send("binary", content="no base64!")
    got = await ann.recv_until(type="binary", content="no base64!")
    await eve.recv_all("täxt\n", b"\x00\x01\xff", "a string", got.raw)


async def test_names_that_are_the_servers(server, room):
    """No client can say who it is through a body, and nothing of the body is lost."""
    ann, bob, eve = await meet(server, room)
    param = '"id":7, "nickname":"Root","type":"x","room":"y","user":"root","offset":9,"text":"hi"'
    bob.send_text(f'{{"cmd":"note","param":{{ {param} }}}}')
    to_room = (f'{{"type":"note","room":"{room}","id":"bob-{room}","nickname":"Bob","offset":1,'
               f'"param":{{{param}}}}}')
    assert (await ann.recv_until(type="note")).raw == to_room
    assert (await bob.recv_until(cmd="note")).raw == (
        f'{{"channel":"{room}","cmd":"note","param":{{{param}}},"from":"bob-{room}","offset":1}}')
    await eve.recv_all(to_room)
    for word in ("close-connection", "online-update", "welcome", "error", "users_update"):
        ann.send(word, param={})
        await ann.error("forbidden")
        bob.send(word)
        await bob.error("forbidden")


async def test_echo(server, room):
    ann, bob, eve = await meet(server, room, echo="0")
    eve.send("not back to me")
    bob.send("chat", {"n": 1}, echo=False, ref="b")
    await bob.recv_until(cmd="text")
    assert (await bob.recv_until(ref="b"))["cmd"] == "ack"
    assert not bob.received(cmd="chat")
    await eve.recv_all((await ann.recv_until(type="chat")).raw)


async def test_history_of_all(server, room):
    """What was said in one dialect is kept and read in another; raw clients get it by since and epoch."""
    ann, bob, eve = await meet(server, room)
    eve.send("one")
    eve.send(b"\x01\x02")
    await bob.recv_until(cmd="binary")
    bob.send("chat", {"type": "odd", "n": 3})
    last = await ann.recv_until(type="chat")
    kept = (await ann.ask("history"))["messages"]
    assert [m["type"] for m in kept] == ["text", "binary", "chat"]
    assert kept[0]["content"] == "one" and kept[1]["content"] == "AQI=" and dict(last) == kept[2]
    answer = await bob.ask("history", {"since": 1})
    assert answer["channel"] == room and answer["param"]["offset"] == 3
    assert [m["param"] for m in answer["param"]["messages"]] == [{"content": "AQI="},
                                                                {"type": "odd", "n": 3}]
    late = await server.connect(kind=RawClient, path=f"/ws/{room}", since=0,
                                epoch=answer["param"]["epoch"])
    await late.recv_all("one", b"\x01\x02", last.raw)
    again = await server.connect(kind=CommandClient, path=f"/socket/{room}", since=2,
                                 epoch=answer["param"]["epoch"])
    assert (await again.recv_until(cmd="chat"))["param"] == {"type": "odd", "n": 3}
    assert again.received(cmd="joined")[0]["param"]["recovered"] is True


async def test_history_survives_the_hub(server, room):
    ann, bob, eve = await meet(server, room)
    eve.send(b"\x00\xff")
    bob.send("note", {"id": 5})
    note = await ann.recv_until(offset=2)
    before = (await ann.ask("history"))["messages"]
    await server.restart_async("hub")
    assert (await ann.ask("history"))["messages"] == before
    eve.send("still here")
    assert (await bob.recv_until(cmd="text"))["param"] == {"content": "still here"}
    await eve.recv_all(b"\x00\xff", note.raw, "still here")


async def test_online_update(server, room):
    ann = await server.connect(kind=CommandClient, ch=room, nickname="Ann")
    bob = await server.connect(room=room, nickname="Bob", id=f"b-{room}", token=server.token("bob"))
    assert await ann.recv_until(cmd="online-update") == {
        "channel": room, "cmd": "online-update", "param": {
            "userID": f"b-{room}", "connected": True, "nickname": bob.nickname, "user": "bob"}}
    await bob.close()
    left = await ann.recv_until(cmd="online-update")
    assert left["param"]["userID"] == f"b-{room}" and left["param"]["connected"] is False
    assert not ann.received(param=lambda p: p.get("userID") == ann.id)
    assert not [m for m in ann.messages if m["cmd"] in ("system", "users_update", "rooms")]


async def test_rooms_of_a_command_client(server, room):
    ann = await server.connect(kind=CommandClient)
    bob = await server.connect(room=room)
    assert re.fullmatch("example-[a-z0-9]{8}", ann.room)
    other = await server.connect(kind=CommandClient)
    assert other.room != ann.room
    joined = await ann.ask("join-room", {"room": room})
    assert joined["cmd"] == "joined" and joined["channel"] == room
    assert {m["id"] for m in joined["param"]["users"]} == {ann.id, bob.id}
    bob.send("chat", n=1)
    assert (await ann.recv_until(cmd="chat"))["channel"] == room
    ann.send("chat", {"n": 2}, channel=room)
    assert (await bob.recv_until(type="chat", n=2))["id"] == ann.id
    ann.send_text('{"cmd":"chat","param":{"n":3}}')
    assert (await ann.recv_until(cmd="chat", param={"n": 3}))["channel"] == ann.room
    assert (await ann.ask("leave-room", {"room": room})) == {
        "channel": room, "cmd": "left", "param": {}, "ref": ann.messages[-1]["ref"]}
    ann.send("chat", {}, channel=room, ref="x")
    await ann.error("not_in_room", ref="x")
    rooms = (await ann.ask("rooms"))["param"]["rooms"]
    assert {room, ann.room} <= {r["name"] for r in rooms}
    pong = await ann.ask("ping")
    assert pong["cmd"] == "pong" and pong["channel"] == ann.room and pong["param"]["timestamp"] > 1.7e12


async def test_private(server, room):
    """To one, and to all tabs of a user, whatever they speak; `send` is another word for it."""
    token = server.token(f"u-{room}")
    ann = await server.connect(kind=CommandClient, id=f"a-{room}", token=token)
    tab = await server.connect(room=room, token=token)
    raw = await server.connect(kind=RawClient, path=f"/ws/{room}", token=token, id=f"r-{room}")
    await until_in(tab, f"r-{room}")
    bob = await server.connect(kind=CommandClient)
    answer = await bob.ask("send", {"target": f"user:u-{room}", "text": "all"})
    assert answer["cmd"] == "ack"
    assert await ann.recv_until(cmd="private") == {
        "cmd": "private", "param": {"target": f"user:u-{room}", "text": "all"}, "from": bob.id}
    got = await tab.recv_until(type="private", text="all", id=bob.id)
    await raw.recv_all(got.raw)
    tab.send("private", target=f"a-{room}", text="one")
    assert (await ann.recv_until(cmd="private"))["user"] == f"u-{room}"
    tab.send("private", target=f"r-{room}", text="one")
    assert json.loads(await raw.recv())["text"] == "one"
    bob.send("private", {"target": "nobody"}, ref=1)
    await bob.error("no_such_target", ref=1)


async def test_broadcast(server, room):
    admin = server.token("root", claims={"admin": True})
    root = await server.connect(kind=CommandClient, token=admin)
    two = await server.connect(token=admin, room=f"{room}-2")
    ann, bob, eve = await meet(server, room)
    assert (await root.ask("broadcast", {"rooms": [room, "nowhere", room], "n": 1}))["cmd"] == "ack"
    first = await ann.recv_until(type="broadcast")
    assert first["room"] == room and first["user"] == "root" and first["offset"] == 1
    assert (await bob.recv_until(cmd="broadcast"))["channel"] == room
    assert (await two.ask("broadcast", all=True, n=2, echo=False))["type"] == "ack"
    second = await ann.recv_until(type="broadcast", n=2)
    assert "room" not in second and "offset" not in second
    assert (await root.recv_until(cmd="broadcast"))["param"] == {"all": True, "n": 2}
    assert (await two.ask("broadcast", rooms="*", n=3))["type"] == "ack"
    assert [m["room"] for m in two.received(type="broadcast")] == [f"{room}-2"]
    assert (await root.recv_until(cmd="broadcast", channel=root.room))["param"]["n"] == 3
    await eve.recv_all(first.raw, second.raw, (await ann.recv_until(type="broadcast", n=3)).raw)
    bob.send("broadcast", {"all": True}, ref=1)
    await bob.error("forbidden", ref=1)
    ann.send("broadcast", rooms=[room], ref=2)
    await ann.error("forbidden", ref=2)
    ann.send("broadcast", ref=3)
    await ann.error("bad_message", ref=3)


async def test_resume_in_the_command_dialect(server, room):
    ann = await server.connect(kind=CommandClient, ch=room)
    bob = await server.connect(kind=CommandClient, ch=room)
    ann.drop()
    again = await server.connect(kind=CommandClient, ch=room, id=ann.id, resume=ann.resume)
    assert again.messages[0]["param"]["resumed"] is True
    await bob.expect_silence(passing=())
    assert await bob.ask("ping")


async def test_close_connection(server, room):
    ann = await server.connect(kind=CommandClient, ch=room)
    other = await server.open(kind=CommandClient, id=ann.id)
    told = await other.recv()
    assert told == {"cmd": "close-connection", "param": {"code": 4409, "reason": told["param"]["reason"]}}
    assert (await other.closed())[0] == 4409
    ann.send_text(b"\xff\xfe")
    assert (await ann.recv_until(cmd="close-connection"))["param"]["code"] == 1003
    assert (await ann.closed())[0] == 1003


async def test_paths(server):
    for path, room in (("/ws/caf%C3%A9", "café"), ("/ws/a+b", "a+b"), ("/ws/a%20b", "a b"),
                       ("/ws/a%2Fb", "a/b"), ("/ws/%2e%2e", ".."), ("/ws/..%2F..", "../.."),
                       ("/ws/%2525", "%25"), ("/ws/~616", "~616"), ("/ws/a&b;c", "a&b;c"),
                       ("/ws/a%3Fb", "a?b"), ("/ws/" + "x" * 255, "x" * 255)):
        ann = await server.connect(room=room, nickname="Ann")
        eve = await server.connect(kind=RawClient, path=path)
        eve.send("hello")
        assert (await ann.recv_until(type="text"))["room"] == room
        command = await server.connect(kind=CommandClient, path=path.replace("/ws/", "/socket/"))
        assert command.room == room


@pytest.mark.parametrize("path", ["/ws/", "/ws/%00", "/ws/%0a", "/ws/%FF", "/ws/" + "x" * 256,
                                  "/socket/", "/socket/%C3", "/ws/" + "%C3%A9" * 128])
async def test_bad_rooms_in_paths(server, path):
    with pytest.raises(websockets.InvalidStatusCode) as refused:
        await server.open(path=path)
    assert refused.value.status_code == 400


@pytest.mark.parametrize("path", ["/ws/a/b", "/ws/a/", "/socket", "/connect/", "/api/ws/a"])
async def test_no_such_path(server, path):
    with pytest.raises(websockets.InvalidStatusCode) as refused:
        await server.open(path=path)
    assert refused.value.status_code == 404


@pytest.mark.parametrize("query", ["ch", "channel", "room"])
async def test_room_in_the_query(server, room, query):
    ann = await server.connect(kind=CommandClient, **{query: room})
    bob = await server.connect(**{query: room})
    assert ann.room == bob.room == room
    eve = await server.connect(kind=RawClient, path=f"/ws/{room}-raw", **{query: room})
    witness = await server.connect(room=f"{room}-raw")
    eve.send("x")
    await witness.recv_until(type="text")


PLACES = ("query", "header", "subprotocol", "message")


def bring(token, place):
    return {"query": {"token": token}, "header": {"headers": {"Authorization": f"Bearer {token}"}},
            "subprotocol": {"subprotocols": ["bearer", token]}, "message": {}}[place]


@pytest.mark.parametrize("place", PLACES)
async def test_token_in_the_room_dialect(server, room, place):
    token = server.token("ann", name="Ann T")
    ann = await server.connect(room=room, **bring(token, place))
    if place == "message":
        assert (await ann.ask("auth", token=token))["user"] == "ann"
    ann.send("chat", n=1)
    assert (await ann.recv_until(type="chat"))["user"] == "ann"


@pytest.mark.parametrize("place", PLACES)
async def test_token_in_the_command_dialect(server, room, place):
    token = server.token("ann", name="Ann T")
    ann = await server.connect(kind=CommandClient, ch=room, **bring(token, place))
    if place == "message":
        assert (await ann.ask("auth", {"token": token}))["param"]["user"] == "ann"
    ann.send("chat", {"n": 1})
    assert (await ann.recv_until(cmd="chat"))["user"] == "ann"


@pytest.mark.parametrize("place", PLACES[:3])
async def test_token_in_the_raw_dialect(server, room, place):
    witness = await server.connect(room=room)
    eve = await server.connect(kind=RawClient, path=f"/ws/{room}",
                               **bring(server.token("eve"), place))
    eve.send("x")
    assert (await witness.recv_until(type="text"))["user"] == "eve"


async def test_bad_tokens(server, room):
    for kind, path in ((CommandClient, "/connect"), (RawClient, f"/ws/{room}")):
        client = await server.open(kind=kind, path=path, token="no.such.token")
        assert (await client.closed())[0] == 4401
    ann = await server.connect(kind=CommandClient)
    ann.send("auth", {"token": "no.such.token"}, ref=1)
    await ann.error("unauthorized", ref=1)


async def test_token_needed(new_server, room):
    server = new_server(auth={"anonymous": "no"})
    eve = await server.open(kind=RawClient, path=f"/ws/{room}")
    assert (await eve.closed())[0] == 4401
    ann = await server.open(kind=CommandClient, ch=room)
    ann.send("chat", {}, ref=1)
    await ann.error("unauthorized", ref=1)
    ann.send("auth", {"token": server.token("ann")}, ref=2)
    assert (await ann.recv_until(cmd="authorized"))["param"]["user"] == "ann"
    await ann.welcomed()
    assert ann.user == "ann" and ann.room == room


async def test_raw_limits(server, room):
    """Fragments up to the limit; one byte more closes."""
    eve = await server.connect(kind=RawClient, path=f"/ws/{room}")
    size = 64 * 1024

    async def pieces(count):
        for at in range(0, count, 1000):
            yield "x" * min(1000, count - at)
    await eve.ws.send(pieces(size))
    await eve.recv_all("x" * size)
    await eve.ws.send(b"\xff" * size)
    await eve.recv_all(b"\xff" * size)
    await eve.ws.send(pieces(size + 1))
    assert (await eve.closed())[0] == 1009


async def test_raw_leaves_at_once(server, room):
    """It has no key to come back with, so its id is free, and no one waits for it."""
    witness = await server.connect(room=room)
    eve = await server.connect(kind=RawClient, path=f"/ws/{room}", id=f"eve-{room}", nickname="Eve")
    await witness.recv_until(type="system", content="Eve joined the room")
    eve.drop()
    await witness.recv_until(type="system", content="Eve left the room")
    back = await server.connect(kind=RawClient, path=f"/ws/{room}", id=f"eve-{room}")
    back.send("x")
    await back.recv_all("x")


async def test_raw_cannot_be_told(new_server, room):
    """What would be an error is a close: too much at once."""
    server = new_server(gateway={"rate_messages": 1, "rate_burst": 4})
    eve = await server.connect(kind=RawClient, path=f"/ws/{room}")
    for n in range(20):
        eve.send(str(n))
    code, reason = await eve.closed()
    assert code == 4529 and json.loads(reason)["retry_ms"] > 0


async def test_rate_in_the_command_dialect(new_server):
    server = new_server(gateway={"rate_messages": 1, "rate_burst": 4})
    ann = await server.connect(kind=CommandClient)
    for n in range(8):
        ann.send("chat", {"n": n}, ref=n)
    error = await ann.recv_until(cmd="error")
    assert error["param"]["code"] == "rate" and error["param"]["retry_ms"] > 0


async def test_close_at_the_end(new_server, room):
    server = new_server()
    ann, bob, eve = await meet(server, room)
    server.kill("gateway", 15)
    assert (await bob.recv_until(cmd="close-connection"))["param"]["retry_ms"] > 0
    for client in (ann, bob, eve):
        assert (await client.closed())[0] == 1012
