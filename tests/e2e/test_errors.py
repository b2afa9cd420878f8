# test_errors.py - what cannot be taken is answered with a clear error, and the connection lives on
# SPDX-License-Identifier: MIT
import pytest

from atrium import server_fixture

server = server_fixture()


def nested(depth, open_="[", close="]"):
    return open_ * depth + close * depth


BAD_JSON = ["", " ", "hello", "{", "}", '{"type":"message"', '{"type":"message",}', "[1,2",
            '{"type":message}', "{'type':'message'}", '{"type":"message"} x', '{"type":"a"}{}',
            '{"type":"message","n":01}', '{"type":"message","n":.5}', '{"type":"message","n":NaN}',
            '{"type":"message","n":+1}', '{"type":"message","n":0x1}', '{"type":"message","b":True}',
            r'{"type":"message","s":"\x"}', r'{"type":"message","s":"\u12"}',
            r'{"type":"message","s":"\ud800"}',
            r'{"type":"message","s":"\u0000"}', '{"type":"message","s":"a\nb"}',
            '{"type":"message" "a":1}', '{"a":1,"type":"message","b"}', '/*c*/{"type":"message"}',
            '\ufeff{"type":"message"}', '{"type":"message","a":tru}', '{"type":"mess']


@pytest.mark.parametrize("text", BAD_JSON)
async def test_malformed_json(server, room, text):
    john = await server.connect(room=room)
    john.send_text(text)
    await john.error("bad_json")
    await john.expect_silence()


@pytest.mark.parametrize("text", ["[]", "1", '"message"', "null", "true", "{}", '{"content":"x"}',
                                  '{"type":""}', '{"type":7}', '{"type":null}', '{"type":["message"]}',
                                  '{"type":{"a":1}}', r'{"type":"a\u0001b"}',
                                  '{"type":"%s"}' % ("x" * 65)])
async def test_a_message_is_an_object_with_a_type(server, room, text):
    john = await server.connect(room=room)
    john.send_text(text)
    await john.error("bad_message")
    await john.expect_silence()


@pytest.mark.parametrize("member", ['"room":7', '"room":null', '"room":["a"]', '"echo":"no"',
                                    '"echo":0', '"mid":{}', '"ephemeral":"yes"'])
async def test_members_of_the_wrong_kind(server, room, member):
    john = await server.connect(room=room)
    john.send_text(f'{{"type":"message",{member},"ref":"r"}}')
    await john.error("bad_message", ref="r")
    await john.expect_silence()


@pytest.mark.parametrize("text", ['{"type":"a","type":"b"}', r'{"type":"a","\u0074ype":"b"}',
                                  '{"type":"a","room":"x","room":"x"}',
                                  '{"type":"a","ref":1,"ref":2}',
                                  '{"type":"a","nickname":"x","nickname":"y"}',
                                  '{"type":"private","target":"a","target":"b"}',
                                  '{"type":"a","echo":true,"echo":false}'])
async def test_duplicate_reserved_members(server, room, text):
    john = await server.connect(room=room)
    john.send_text(text)
    await john.error("bad_message")
    await john.expect_silence()


@pytest.mark.parametrize("open_,close", [("[", "]"), ('{"a":', "1" + "}")])
async def test_deep_json(server, room, open_, close):
    john = await server.connect(room=room)
    value = nested(31, "[", "]") if open_ == "[" else '{"a":' * 31 + "1" + "}" * 31
    john.send_text(f'{{"type":"deep","content":{value}}}')  # 32 with the message itself
    await john.recv_until(type="deep")
    value = nested(32, "[", "]") if open_ == "[" else '{"a":' * 32 + "1" + "}" * 32
    john.send_text(f'{{"type":"deep","content":{value}}}')
    await john.error("too_deep")
    await john.expect_silence()


@pytest.mark.parametrize("depth", [1000, 30000])
async def test_very_deep_json(server, room, depth):
    john = await server.connect(room=room)
    john.send_text(f'{{"type":"deep","content":{nested(depth)}}}')
    john.send_text("[" * depth)
    await john.error("too_deep")
    await john.error("too_deep")
    await john.expect_silence()


@pytest.mark.parametrize("kind", ["join", "leave", "message", "users"])
@pytest.mark.parametrize("name", ["", "x" * 256, "é" * 128, r"a\u0001b", r"a\nb", r"a\u007fb",
                                  r"a\u0085b"])
async def test_bad_room_names(server, room, kind, name):
    john = await server.connect(room=room)
    john.send_text(f'{{"type":"{kind}","room":"{name}","ref":"r"}}')
    await john.error("bad_room", ref="r")
    await john.expect_silence()


async def test_the_longest_room_name(server, room):
    john = await server.connect(room=room)
    name = "é" * 127 + "x"
    joined = await john.ask("join", room=name)
    assert joined["type"] == "joined" and joined["room"] == name


@pytest.mark.parametrize("kind", ["message", "typing", "leave"])
async def test_not_in_the_room(server, room, kind):
    john = await server.connect(room=room)
    listener = await server.connect(room=room + "-closed")
    john.send(kind, room=room + "-closed", content="x", ref="r")
    await john.error("not_in_room", ref="r")
    await john.expect_silence()
    await listener.expect_silence()


async def test_a_call_where_no_one_answers(server, room):
    john = await server.connect(room=room)
    john.send("call", room=room, cmd="roll", ref="r")
    await john.error("no_handler", ref="r")
    john.send("call", cmd="roll")
    got = await john.error("no_handler")
    assert "ref" not in got
    john.send("call", cmd="roll", room=room + "-other", ref="o")
    await john.error("not_in_room", ref="o")
    await john.expect_silence()


@pytest.mark.parametrize("text", ['{"type":"join"}', '{"type":"auth"}', '{"type":"auth","token":7}',
                                  '{"type":"join","room":7}'])
async def test_a_member_that_is_needed(server, room, text):
    john = await server.connect(room=room)
    john.send_text(text)
    got = await john.recv_until(type="error")
    assert got["code"] in ("bad_message", "bad_room"), got.raw
    await john.expect_silence()


async def test_an_error_has_the_ref_and_without_one_none(server, room):
    john = await server.connect(room=room)
    john.send_text('{"type":"message","room":"","ref":12345678901234567890}')
    got = await john.error("bad_room")
    assert '"ref":12345678901234567890' in got.raw
    assert list(got) == ["type", "code", "content", "ref"]
    john.send_text('{"type":"message","room":""}')
    assert list(await john.error("bad_room")) == ["type", "code", "content"]


async def test_others_hear_nothing_of_errors(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    await john.recv_until(type="system")
    for text in ("x", "{}", '{"type":"call"}'):
        john.send_text(text)
        await john.recv_until(type="error")
    await jane.expect_silence()


async def test_a_client_with_nothing_but_errors_stays(server, room):
    john = await server.connect(room=room)
    for _ in range(500):
        john.send_text("nonsense")
    for _ in range(500):
        await john.error("bad_json")
    john.send("message", content="still here")
    await john.recv_until(type="message")
