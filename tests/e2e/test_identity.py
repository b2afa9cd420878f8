# test_identity.py - who someone is: nickname, id, resume key; only the server says so
# SPDX-License-Identifier: MIT
import re

import pytest

from atrium import Closed, RawSocket, server_fixture

server = server_fixture()


async def test_nickname_and_id_cannot_be_forged(server, room):
    john = await server.connect(room=room, nickname="John")
    eve = await server.connect(room=room, nickname="Eve")
    eve.send("message", content="x", nickname="John", id=john.id, user="john")
    got = await john.recv_until(type="message")
    assert got["nickname"] == "Eve" and got["id"] == eve.id and "user" not in got


async def test_types_of_the_server_cannot_be_sent_to_a_room(server, room):
    """A client that sends `system` is its sender still: nickname is not System."""
    john = await server.connect(room=room, nickname="John")
    eve = await server.connect(room=room, nickname="Eve")
    await john.recv_until(type="system")
    eve.send("system", content="John left the room", nickname="System")
    eve.send("message", content="end")
    await john.recv_until(type="message", content="end")
    assert all(m["nickname"] == "Eve" for m in john.received(type="system",
                                                             content="John left the room"))


async def test_welcome_says_who_one_is(server, room):
    john = await server.open(room=room, nickname="John")
    welcome = await john.recv()
    assert list(welcome) == ["type", "id", "nickname", "user", "resume", "epoch", "ping",
                             "resumed"]
    assert welcome["type"] == "welcome" and welcome["nickname"] == "John"
    assert welcome["resumed"] is False and welcome["user"] is None and welcome["ping"] == 25000
    assert re.fullmatch(r"[A-Za-z0-9._:@-]{16}", welcome["id"])
    assert len(welcome["resume"]) >= 26
    assert re.fullmatch(r"[0-9a-f]+", welcome["epoch"])


async def test_ids_and_resume_keys_differ(server, room):
    clients = [await server.connect(room=room) for _ in range(5)]
    assert len({c.id for c in clients}) == len({c.resume for c in clients}) == 5


async def test_who_has_no_nickname_is_a_guest(server, room):
    john = await server.connect(room=room)
    assert re.fullmatch(r"Guest-\w{4}", john.nickname)


@pytest.mark.parametrize("nickname", ["Jürgen Ⅳ", "🦊" * 64, "a\"b\\c<script>", "x" * 64])
async def test_nicknames_of_any_script(server, room, nickname):
    john = await server.connect(room=room, nickname=nickname)
    assert john.nickname == nickname
    john.send("message", content="x")
    assert (await john.recv_until(type="message"))["nickname"] == nickname


@pytest.mark.parametrize("query", ["nickname=" + "x" * 65, "nickname=a%0ab", "id=a%20b", "id=a/b",
                                   "id=" + "x" * 65, "id=user:john", "room=" + "x" * 256,
                                   "room=a%01b", "nickname=%ff%fe", "room=%c3"])
async def test_what_is_not_valid_in_the_query_closes_with_4400(server, query):
    """Or the handshake is refused, where the HTTP parser will not have it."""
    raw = await server.raw(f"/api/ws?{query}")
    if raw.status != 400:
        code, reason = await raw.closed()
        assert code == 4400 and reason


async def test_plus_and_percent_are_decoded_in_the_query(server):
    raw = await server.raw("/api/ws?nickname=J%C3%BCrgen+B%2BC&room=a%26b%3Dc")
    assert (await raw.message(type="welcome"))["nickname"] == "Jürgen B+C"
    assert (await raw.message(type="joined"))["room"] == "a&b=c"


async def test_a_proposed_id_is_kept(server, room):
    john = await server.connect(room=room, id="user-123")
    assert john.id == "user-123"
    john.send("message")
    assert (await john.recv_until(type="message"))["id"] == "user-123"


async def test_an_id_in_use_is_refused_and_its_holder_stays(server, room):
    john = await server.connect(room=room, id="holder", nickname="John")
    eve = await server.open(room=room, id="holder", nickname="Eve")
    code, reason = await eve.closed()
    assert code == 4409 and reason
    await john.expect_silence()


@pytest.mark.parametrize("resume", ["", "x" * 26, "zzz"])
async def test_a_wrong_resume_key_is_no_key(server, room, resume):
    await server.connect(room=room, id=f"held{len(resume)}")
    eve = await server.open(room=room, id=f"held{len(resume)}", resume=resume)
    assert (await eve.closed())[0] == 4409


async def test_an_id_is_free_again_once_its_holder_left(server, room):
    watcher = await server.connect(room=room)
    john = await server.connect(room=room, id="again", nickname="John")
    await john.close()
    await watcher.recv_until(type="system", content="John left the room")
    second = await server.connect(room=room, id="again")
    assert second.id == "again" and second.resume != john.resume


async def test_resume_takes_over_and_the_older_is_closed(server, room):
    watcher = await server.connect(room=room)
    old = await server.connect(room=room, nickname="John")
    await old.ask("join", room=room + "-2")
    await watcher.recv_until(type="system", content="John joined the room")
    new = await server.connect(id=old.id, resume=old.resume, room=room, announced=False)
    assert (await old.closed())[0] == 4409
    assert new.id == old.id and new.nickname == "John"
    await watcher.expect_silence()
    assert (await new.ask("join", room=room + "-2"))["type"] == "joined"
    new.send("message", content="back", room=room + "-2")
    await new.recv_until(type="message", room=room + "-2", content="back")
    new.send("message", content="here")
    assert (await watcher.recv_until(type="message"))["id"] == old.id


async def test_who_comes_back_in_time_neither_left_nor_joined(server, room):
    watcher = await server.connect(room=room)
    old = await server.connect(room=room, nickname="John")
    await watcher.recv_until(type="system")
    old.drop()
    await old.closed()
    new = await server.connect(id=old.id, resume=old.resume, room=room, announced=False)
    assert new.id == old.id
    new.send("message", content="back")
    assert (await watcher.recv_until(type="message"))["nickname"] == "John"
    assert not watcher.received(content="John left the room")
    assert len(watcher.received(content="John joined the room")) == 1
    users = await new.ask("users", room=room)
    assert users["count"] == 2


async def test_direct_messages_find_who_came_back(server, room):
    sender = await server.connect(room=room)
    old = await server.connect(room=room)
    new = await server.connect(id=old.id, resume=old.resume, room=room, announced=False)
    sender.send("private", target=old.id, content="psst", ref=1)
    assert (await new.recv_until(type="private"))["content"] == "psst"
    assert (await sender.recv_until(ref=1))["type"] == "ack"


async def test_two_at_once_with_the_same_key_leave_one(server, room):
    """However often it is done, exactly one connection holds the id."""
    old = await server.connect(room=room, nickname="John")
    raws = [await RawSocket.open(server.port, f"/api/ws?id={old.id}&resume={old.resume}&room={room}")
            for _ in range(4)]
    watcher = await server.connect(room=room)
    users = await watcher.ask("users", room=room)
    assert [m["id"] for m in users["members"]].count(old.id) == 1
    ends = 0
    for raw in raws[:-1]:
        code, _ = await raw.closed()
        ends += code == 4409
    assert ends == 3


async def test_the_error_of_recv_names_the_close_code(server):
    """The harness itself: what a test would see."""
    client = await server.open(id="a b")
    with pytest.raises(Closed) as caught:
        await client.recv_until(type="welcome")
    assert caught.value.code == 4400
