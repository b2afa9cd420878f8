# test_chat.py - people in rooms say things to each other
# SPDX-License-Identifier: MIT
import json

import pytest

from atrium import server_fixture

server = server_fixture()


async def test_two_clients_chat(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    john.send("message", content="Hello, everyone!")
    for client in (john, jane):
        got = await client.recv_until(type="message")
        assert got == {"type": "message", "room": room, "id": john.id, "nickname": "John",
                       "content": "Hello, everyone!", "offset": 1}
    jane.send("message", content="Hello, John!")
    assert (await john.recv_until(type="message"))["nickname"] == "Jane"


async def test_sender_gets_its_echo_unless_it_says_no(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    await john.recv_until(type="users_update", count=2)
    await john.recv_until(type="system")
    john.send("message", content="one")
    john.send("message", content="two", echo=False)
    john.send("message", content="three", echo=True)
    for wanted in ("one", "three"):
        assert (await john.recv_until(type="message"))["content"] == wanted
    for wanted in ("one", "two", "three"):
        got = await jane.recv_until(type="message")
        assert got["content"] == wanted and "echo" not in got


async def test_another_room_hears_nothing(server, room):
    john = await server.connect(room=room)
    away = await server.connect(room=room + "-away")
    john.send("message", content="not for you")
    await john.recv_until(type="message")
    await away.expect_silence()


async def test_room_can_be_named_and_is_else_the_one_connected_with(server, room):
    other = room + "-other"
    john = await server.connect(room=room)
    listener = await server.connect(room=other)
    await john.ask("join", room=other)
    await listener.recv_until(type="system")
    john.send("message", content="a", room=other)
    assert (await listener.recv_until(type="message"))["room"] == other
    john.send("message", content="b")
    assert (await john.recv_until(type="message", content="b"))["room"] == room
    await listener.expect_silence()


async def test_who_has_left_hears_nothing_more(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    await jane.ask("leave", room=room)
    john.send("message", content="is anyone there?")
    await john.recv_until(type="message")
    await jane.expect_silence()


@pytest.mark.parametrize("query", [{}, {"nickname": "John"}])
async def test_general_is_the_room_of_who_names_none(server, query):
    john = await server.connect(**query)
    assert john.room == "general"


@pytest.mark.parametrize("path", ["/api/ws", "/ws"])
@pytest.mark.parametrize("name", ["room", "channel"])
async def test_both_paths_and_both_names_of_the_room(server, room, path, name):
    john = await server.connect(path=path, **{name: room})
    assert john.room == room


@pytest.mark.parametrize("kind", ["message", "draw", "cursor_move", "code_update", "clear",
                                  "new_media", "typing", "a b", "é✓", "x" * 64])
async def test_any_type_of_an_application_is_carried(server, room, kind):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    john.send(kind, content={"x": 150, "y": 200})
    got = await jane.recv_until(type=kind)
    assert got["content"] == {"x": 150, "y": 200}


async def test_a_burst_arrives_whole_and_in_order(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    for n in range(2000):
        john.send("message", n=n)
    for client in (john, jane):
        for n in range(2000):
            assert (await client.recv_until(type="message"))["n"] == n


async def test_room_names_of_any_script(server):
    name = "Zimmer 7/ä \"quoted\" \\ 日本 🦊"
    john = await server.connect(room=name)
    assert john.room == name
    john.send("message", content="x", room=name)
    assert (await john.recv_until(type="message"))["room"] == name


# ---- byte for byte

MEMBERS = [
    '"content":"x"',
    '"n":0.1,"e":1e2,"big":12345678901234567890,"neg":-0,"exp":1E+2,"small":5e-324',
    r'"s":"\u00e9\/\b\f\n\r\t\"\\ \ud83e\udd8a é🦊"',
    '"z":1,"a":2,"m":3',
    '"unknown":{"deep":[1,[2,{"x":null}],true,false]},"empty":{},"list":[]',
    r'"\u0061bc":1,"":"empty name"',
    '"channel":"not reserved","from":"x","cmd":"y","param":{},"time":1,"user_id":5',
    '"content":{"a": 1 ,\t"b" : [ 1, 2 ]}',
    '"same":1,"same":2',
]


@pytest.mark.parametrize("members", MEMBERS)
async def test_members_survive_untouched(server, room, members):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room)
    john.send_text(f'{{"type":"draw",{members}}}')
    for client in (john, jane):
        got = await client.recv_until(type="draw")
        assert got.raw == (f'{{"type":"draw","room":"{room}","id":"{john.id}",'
                           f'"nickname":"John","offset":1,{members}}}')


async def test_reserved_members_are_taken_out_wherever_they_stand(server, room):
    john = await server.connect(room=room, nickname="John")
    sent = (f'{{ "a":0.10 ,"type":"draw","b":[1], "room":"{room}","nickname":"Eve","id":"eve",'
            f'"user":"root","offset":7,"ref":1,"c":"\\u00e9","mid":"m1","echo":true,'
            f'"ephemeral":true,"token":"t","d":{{"id":1,"room":2}} }}')
    john.send_text(sent)
    got = await john.recv_until(type="draw")
    assert list(got) == ["type", "room", "id", "nickname", "a", "b", "c", "d"]
    assert got["id"] == john.id and got["nickname"] == "John"
    for member in ('"a":0.10', '"b":[1]', r'"c":"\u00e9"', '"d":{"id":1,"room":2}'):
        assert member in got.raw


async def test_the_reserved_name_may_be_written_with_escapes(server, room):
    john = await server.connect(room=room, nickname="John")
    john.send_text(r'{"\u0074ype":"mess\u0061ge","nickn\u0061me":"Eve","content":1}')
    got = await john.recv_until(type="message")
    assert got["nickname"] == "John"
    assert "Eve" not in got.raw


async def test_a_message_may_have_no_member_but_its_type(server, room):
    john = await server.connect(room=room)
    john.send_text(' {"type":"clear"} ')
    assert list(await john.recv_until(type="clear")) == ["type", "room", "id", "nickname",
                                                         "offset"]


async def test_the_largest_message_is_carried(server, room):
    john = await server.connect(room=room)
    text = json.dumps({"type": "message", "content": "x" * 65000})
    text = text[:-2] + "y" * (65536 - len(text)) + '"}'
    assert len(text) == 65536
    john.send_text(text)
    got = await john.recv_until(type="message")
    assert got["content"] == json.loads(text)["content"]
