# test_private.py - messages to one connection, or to all of a user's
# SPDX-License-Identifier: MIT
import pytest

from atrium import server_fixture

server = server_fixture()


async def test_to_a_connection(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room + "-elsewhere", nickname="Jane")
    other = await server.connect(room=room)
    await john.recv_until(type="system")
    john.send("private", target=jane.id, content="psst", ref=5)
    got = await jane.recv_until(type="private")
    assert got == {"type": "private", "id": john.id, "nickname": "John", "content": "psst",
                   "target": jane.id}
    ack = await john.recv_until(type="ack")
    assert ack["ref"] == 5
    await john.expect_silence()
    await other.expect_silence()


async def test_members_survive_untouched(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room)
    members = r'"n":0.1,"e":1e2,"s":"\u00e9","deep":{"a" : [1]},"target":"%s","z":1' % jane.id
    john.send_text('{"type":"private",%s}' % members)
    got = await jane.recv_until(type="private")
    assert got.raw == f'{{"type":"private","id":"{john.id}","nickname":"John",{members}}}'


async def test_to_all_tabs_of_a_user(server, room):
    token = server.token("jane", name="Jane")
    tabs = [await server.connect(room=f"{room}-{n}", token=token) for n in range(3)]
    john = await server.connect(room=room)
    john.send("private", target="user:jane", content="to all of you", ref="r")
    for tab in tabs:
        got = await tab.recv_until(type="private")
        assert got["content"] == "to all of you" and got["target"] == "user:jane"
    assert (await john.recv_until(ref="r"))["type"] == "ack"


async def test_from_a_user_says_which(server, room):
    jane = await server.connect(room=room)
    john = await server.connect(room=room, token=server.token("john", name="John"))
    john.send("private", target=jane.id, content="x", user="jane", nickname="Jane")
    got = await jane.recv_until(type="private")
    assert (got["user"], got["nickname"], got["id"]) == ("john", "John", john.id)


async def test_to_oneself(server, room):
    john = await server.connect(room=room)
    john.send("private", target=john.id, content="note")
    assert (await john.recv_until(type="private"))["content"] == "note"


@pytest.mark.parametrize("target", ["nobody-here", "user:nobody"])
async def test_no_such_target(server, room, target):
    john = await server.connect(room=room)
    john.send("private", target=target, content="x", ref=1)
    await john.error("no_such_target", ref=1)
    await john.expect_silence()


async def test_who_has_gone_is_no_target(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room, nickname="Jane")
    await jane.close()
    await john.recv_until(content="Jane left the room")
    john.send("private", target=jane.id, ref=1)
    await john.error("no_such_target", ref=1)


@pytest.mark.parametrize("target", ['""', "7", "null", '["a"]', '"a b"', '"user:"',
                                    '"%s"' % ("x" * 65)])
async def test_bad_targets(server, room, target):
    john = await server.connect(room=room)
    john.send_text(f'{{"type":"private","target":{target},"ref":1}}')
    got = await john.recv_until(type="error", ref=1)
    assert got["code"] in ("bad_target", "bad_message"), got.raw
    await john.expect_silence()


async def test_a_target_is_needed(server, room):
    john = await server.connect(room=room)
    john.send("private", content="x", ref=1)
    got = await john.recv_until(type="error", ref=1)
    assert got["code"] in ("bad_target", "bad_message")
