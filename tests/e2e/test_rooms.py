# test_rooms.py - coming, going, and who is where
# SPDX-License-Identifier: MIT
import re

from atrium import server_fixture

server = server_fixture(gateway={"max_rooms": 8})


async def test_order_of_a_new_connection(server, room):
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.open(room=room, nickname="John")
    welcome = await john.recv_until(type=lambda t: t != "rooms")
    joined = await john.recv_until(type=lambda t: t != "rooms")
    update = await john.recv_until(type=lambda t: t != "rooms")
    system = await john.recv_until(type=lambda t: t != "rooms")
    assert welcome["type"] == "welcome"
    members = [{"id": jane.id, "nickname": "Jane"}, {"id": welcome["id"], "nickname": "John"}]
    epoch = joined.pop("epoch")
    assert re.fullmatch("[0-9a-f]+", epoch)
    assert sorted(joined.pop("users"), key=str) == sorted(members, key=str)
    assert joined == {"type": "joined", "room": room, "offset": 0, "recovered": False, "count": 2}
    assert sorted(update.pop("content")) == ["Jane", "John"]
    assert sorted(update.pop("members"), key=str) == sorted(members, key=str)
    assert update == {"type": "users_update", "room": room, "count": 2, "users": 2}
    assert system == {"type": "system", "content": "John joined the room", "room": room,
                      "nickname": "System"}
    await john.expect_silence()


async def test_the_room_is_told_the_same_in_the_same_order(server, room):
    jane = await server.connect(room=room, nickname="Jane")
    await server.connect(room=room, nickname="John")
    update = await jane.recv_until(type="users_update")
    assert sorted(update["content"]) == ["Jane", "John"] and update["count"] == 2
    assert (await jane.recv_until(type="system"))["content"] == "John joined the room"
    told = [m["type"] for m in jane.messages if m["type"] != "rooms"]
    assert told[-2:] == ["users_update", "system"]


async def test_leaving_tells_first_who_then_the_list(server, room):
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    await jane.recv_until(type="system")
    left = await john.ask("leave", room=room)
    assert left == {"type": "left", "room": room, "ref": left["ref"]}
    start = jane.at
    update = await jane.recv_until(type="users_update")
    said = [m for m in jane.messages[start:jane.at] if m["type"] != "rooms"]
    assert said[0] == {"type": "system", "content": "John left the room", "room": room,
                       "nickname": "System"}
    assert len(said) == 2
    assert update["content"] == ["Jane"] and update["count"] == 1
    assert update["members"] == [{"id": jane.id, "nickname": "Jane"}]
    await john.expect_silence()


async def test_a_clean_end_leaves_at_once(server, room):
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    bob = await server.connect(room=room, nickname="Bob")
    await john.close(1000)
    await jane.recv_until(type="system", content="John left the room", seconds=3)
    await bob.close(1001)  # a page that goes away says so: it has the grace time
    await jane.recv_until(type="users_update", count=2)
    assert (await jane.ask("users", room=room))["count"] == 2


async def test_a_close_without_a_code_is_clean_too(server, room):
    jane = await server.connect(room=room, nickname="Jane")
    raw = await server.raw(f"/api/ws?room={room}&nickname=John")
    await raw.message(type="system")
    raw.send(8)
    await jane.recv_until(type="system", content="John left the room", seconds=3)


async def test_join_one_more_room(server, room):
    jane = await server.connect(room=room + "-2", nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    joined = await john.ask("join", room=room + "-2")
    assert list(joined) == ["type", "room", "offset", "epoch", "recovered", "users", "count", "ref"] \
        or set(joined) == {"type", "room", "offset", "epoch", "recovered", "users", "count", "ref"}
    assert joined["type"] == "joined" and joined["count"] == 2
    await john.recv_until(type="users_update", room=room + "-2")
    await john.recv_until(type="system", room=room + "-2")
    assert (await jane.recv_until(type="users_update"))["count"] == 2
    assert (await jane.recv_until(type="system"))["content"] == "John joined the room"


async def test_joining_again_is_answered_and_not_announced(server, room):
    jane = await server.connect(room=room)
    john = await server.connect(room=room)
    await jane.recv_until(type="system")
    joined = await john.ask("join", room=room)
    assert joined["type"] == "joined" and joined["count"] == 2
    await jane.expect_silence()
    john.send("message", content="once")
    await jane.recv_until(type="message")
    await jane.expect_silence()


async def test_leave_what_one_is_not_in(server, room):
    john = await server.connect(room=room)
    john.send("leave", room=room + "-no", ref="r")
    await john.error("not_in_room", ref="r")


async def test_leave_and_come_again(server, room):
    john = await server.connect(room=room, nickname="John")
    for _ in range(3):
        assert (await john.ask("leave", room=room))["type"] == "left"
        john.send("message", content="x", ref="m")
        await john.error("not_in_room", ref="m")
        assert (await john.ask("join", room=room))["count"] == 1
        john.send("message", content="y")
        await john.recv_until(type="message", content="y")


async def test_too_many_rooms(server, room):
    john = await server.connect(room=room)
    for n in range(7):
        assert (await john.ask("join", room=f"{room}-{n}"))["type"] == "joined"
    john.send("join", room=f"{room}-x", ref="r")
    await john.error("too_many_rooms", ref="r")
    assert (await john.ask("join", room=f"{room}-3"))["type"] == "joined"  # is in it already
    await john.ask("leave", room=f"{room}-0")
    assert (await john.ask("join", room=f"{room}-x"))["type"] == "joined"


async def test_rooms_that_are_asked_for_count_while_they_are_not_yet_answered(server, room):
    john = await server.connect(room=room)
    for n in range(9):
        john.send("join", room=f"{room}-{n}", ref=n)
    await john.recv_to_mark()
    kinds = {m["ref"]: m["type"] for m in john.messages if isinstance(m.get("ref"), int)}
    assert kinds == {n: "joined" if n < 7 else "error" for n in range(9)}


async def test_rooms_lists_what_there_is(server, room):
    john = await server.connect(room=room)
    await server.connect(room=room)
    await server.connect(room=room + "-b")
    answer = await john.ask("rooms")
    users = {r["name"]: r["users"] for r in answer["rooms"]}
    assert users[room] == 2 and users[room + "-b"] == 1
    assert answer["count"] == len(answer["rooms"])
    assert set(answer) == {"type", "rooms", "count", "ref"}
    assert all(set(r) == {"name", "users"} for r in answer["rooms"])


async def test_rooms_are_pushed_when_one_appears_and_when_it_goes(server, room):
    def names(wanted):
        return lambda rooms: (room + "-new" in [r["name"] for r in rooms]) == wanted

    john = await server.connect(room=room)
    await john.recv_until(type="rooms", rooms=lambda rooms: room in [r["name"] for r in rooms])
    jane = await server.connect(room=room + "-new")
    push = await john.recv_until(type="rooms", rooms=names(True))
    assert "ref" not in push
    await jane.close()
    await john.recv_until(type="rooms", rooms=names(False))


async def test_users_of_a_room(server, room):
    john = await server.connect(room=room, nickname="John")
    users = await john.ask("users", room=room)
    assert users == {"type": "users_update", "content": ["John"], "room": room, "count": 1, "users": 1,
                     "members": [{"id": john.id, "nickname": "John"}], "ref": users["ref"]}
    john.send("users")
    assert (await john.recv_until(type="users_update"))["room"] == room


async def test_a_room_lives_as_long_as_someone_is_in_it(server, room):
    john = await server.connect(room=room + "-a")
    first = (await john.ask("join", room=room))["epoch"]
    await john.ask("leave", room=room)
    names = [r["name"] for r in (await john.ask("rooms"))["rooms"]]
    assert room not in names and room + "-a" in names
    again = await john.ask("join", room=room)
    assert again["count"] == 1 and first


async def test_two_of_one_nickname_are_two(server, room):
    first = await server.connect(room=room, nickname="John")
    second = await server.connect(room=room, nickname="John")
    update = await first.recv_until(type="users_update", count=2)
    assert update["content"] == ["John", "John"]
    assert {m["id"] for m in update["members"]} == {first.id, second.id}
