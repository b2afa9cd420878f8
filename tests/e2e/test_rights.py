# test_rights.py - who may join, publish, look back and see who is there, in which rooms
# SPDX-License-Identifier: MIT
import json

import pytest

from atrium import Client, CommandClient, raw as ws, request, server_fixture

server = server_fixture(**{
    'room "club-*"': {"private": "yes"},
    'room "hall-*"': {"join": "token", "publish": "grant", "history_access": "token"},
    'room "board-*"': {"publish": "token", "history_access": "grant"},
    'room "shut-*"': {"join": "nobody"},
    "hub": {"grace": "500ms", "settle": "100ms", "presence_interval": "40ms",
            "rooms_interval": "100ms"},
})


def grant(match, *can):
    return {"match": match, "can": list(can)}


async def someone(server, room, user=None, grants=None, **options):
    """Connected, in a room where anyone may be."""
    if user:
        claims = {"rooms": grants} if grants else {}
        options["token"] = server.token(user, name=user.title(), claims=claims)
    return await server.connect(room=room + "-lobby", **options)


async def joins(client, room):
    assert (await client.ask("join", room=room))["type"] == "joined"


async def forbidden(client, type, **members):
    answer = await client.ask(type, **members)
    assert (answer["type"], answer["code"]) == ("error", "forbidden")


async def test_a_private_room_is_by_grant(server, room):
    club = f"club-{room}"
    stranger = await someone(server, room, nickname="Stranger")
    ann = await someone(server, room, "ann")
    member = await someone(server, room, "bob", [grant(club, "join", "publish", "history")])
    guest = await someone(server, room, "eve", [grant("club-*", "join")])
    await joins(member, club)
    assert (await member.ask("message", room=club, content="secret"))["type"] == "ack"
    for client in (stranger, ann):
        await forbidden(client, "join", room=club)
        await forbidden(client, "users", room=club)
        assert (await client.ask("message", room=club, content="let me"))["code"] == "not_in_room"
        assert (await client.ask("history", room=club))["code"] == "not_in_room"
        assert club not in [r["name"] for r in (await client.ask("rooms"))["rooms"]]
    await joins(guest, club)
    await forbidden(guest, "message", room=club, content="may I?")
    await forbidden(guest, "history", room=club)
    assert len((await member.ask("history", room=club))["messages"]) == 1
    assert not [m for m in stranger.messages if club in m.raw]
    assert not member.received(content="let me") and not member.received(content="may I?")


async def test_who_names_a_forbidden_room_at_first_is_closed(server, room):
    client = await Client.open(server.port, room=f"club-{room}")
    code, reason = await client.closed()
    assert code == 4403 and reason == "this is not allowed here"


async def test_rights_of_a_room(server, room):
    hall, board, shut = f"hall-{room}", f"board-{room}", f"shut-{room}"
    stranger = await someone(server, room, nickname="Stranger")
    ann = await someone(server, room, "ann")
    bob = await someone(server, room, "bob", [grant("hall-*", "publish"), grant(board, "history")])
    await forbidden(stranger, "join", room=hall)
    await joins(ann, hall)
    await joins(bob, hall)
    await forbidden(ann, "message", room=hall, content="x")
    assert (await bob.ask("message", room=hall, content="x"))["type"] == "ack"
    assert len((await ann.ask("history", room=hall))["messages"]) == 1
    for client in (stranger, ann, bob):
        await joins(client, board)
        await forbidden(client, "join", room=shut)
    await forbidden(stranger, "message", room=board, content="y")
    assert (await ann.ask("message", room=board, content="y"))["type"] == "ack"
    await forbidden(ann, "history", room=board)
    assert len((await bob.ask("history", room=board))["messages"]) == 1


async def test_who_may_not_look_back_is_not_replayed_what_it_missed(server, room):
    board = f"board-{room}"
    ann = await someone(server, room, "ann")
    bob = await someone(server, room, "bob", [grant(board, "history")])
    writer = await someone(server, room, "writer")
    await joins(writer, board)
    first = await ann.ask("join", room=board)
    await joins(bob, board)
    await ann.ask("leave", room=board)
    await bob.ask("leave", room=board)
    await writer.ask("message", room=board, content="missed")
    place = {"since": first["offset"], "epoch": first["epoch"]}
    assert (await ann.ask("join", room=board, **place))["recovered"] is False
    assert (await bob.ask("join", room=board, **place))["recovered"] is True
    await bob.recv_until(type="message", content="missed")
    await ann.recv_to_mark()
    assert not ann.received(content="missed")


async def test_a_room_of_ones_own(server, room):
    ann = await someone(server, room, "ann")
    bob = await someone(server, room, "bob", [grant("*", "join", "publish", "history")])
    guest = await someone(server, room, nickname="ann", id="ann")
    boss = await server.connect(room=room, token=server.token("boss", claims={"admin": True}))
    await joins(ann, "user-ann")
    for client in (bob, guest):
        await forbidden(client, "join", room="user-ann")
        await forbidden(client, "users", room="user-ann")
    await joins(boss, "user-ann")
    await boss.ask("message", room="user-ann", content="for you")
    await ann.recv_until(type="message", content="for you")
    names = [r["name"] for r in (await bob.ask("rooms"))["rooms"]]
    assert "user-ann" not in names and room in names


async def test_an_administrator_may_everywhere(server, room):
    boss = await server.connect(room=room, token=server.token("boss", claims={"admin": True}))
    for name in (f"club-{room}", f"shut-{room}", f"hall-{room}"):
        await joins(boss, name)
        assert (await boss.ask("message", room=name, content="x"))["type"] == "ack"
        assert (await boss.ask("history", room=name))["type"] == "history"


@pytest.mark.parametrize("left", ["fewer", "someone else"])
async def test_another_token_takes_rooms_away(server, room, left):
    club, hall = f"club-{room}", f"hall-{room}"
    ann = await someone(server, room, "ann", [grant("club-*", "join", "publish")])
    other = await someone(server, room, "other", [grant(club, "join", "publish")])
    for name in (club, hall, "user-ann"):
        await joins(ann, name)
    await joins(other, club)
    token = server.token("ann" if left == "fewer" else "eve", name="Ann")
    assert (await ann.ask("auth", token=token))["type"] == "authorized"
    assert (await ann.recv_until(type="left", room=club))["type"] == "left"
    await ann.error("forbidden")
    if left != "fewer":
        await ann.recv_until(type="left", room="user-ann")
    await other.recv_until(type="system", room=club, content="Ann left the room")
    await other.ask("message", room=club, content="without Ann")
    await ann.recv_to_mark()
    assert not ann.received(content="without Ann")
    assert (await ann.ask("message", room=club, content="x"))["code"] == "not_in_room"
    assert (await ann.ask("users", room=hall))["type"] == "users_update"


async def test_who_comes_back_with_less_has_left(server, room):
    club = f"club-{room}"
    ann = await someone(server, room, "ann", [grant(club, "join", "publish")], id=f"id-{room}"[:60])
    other = await someone(server, room, "other", [grant(club, "join")])
    await joins(ann, club)
    await joins(other, club)
    back = await server.connect(room=room + "-lobby", id=ann.id, resume=ann.resume,
                                token=server.token("ann", name="Ann"), announced=False)
    await other.recv_until(type="system", room=club, content="Ann left the room")
    await forbidden(back, "join", room=club)


async def test_rights_outlive_the_hub(server, room):
    club = f"club-{room}"
    ann = await someone(server, room, "ann", [grant(club, "join", "publish")])
    await joins(ann, club)
    await server.restart_async("hub")
    assert (await ann.ask("message", room=club, content="still"))["type"] == "ack"
    await forbidden(ann, "history", room=club)


async def test_rights_in_every_dialect(server, room):
    club, board = f"club-{room}", f"board-{room}"
    member = await someone(server, room, "bob", [grant(club, "join", "publish")])
    await joins(member, club)
    for path in (f"/ws/{club}", f"/socket/{club}"):
        raw = await server.raw(path)
        while (got := await raw.frame()) is not None and got[0] != ws.CLOSE:
            pass
        assert got[1][:2] == (4403).to_bytes(2, "big"), path
    raw = await server.raw(f"/ws/{board}")
    raw.send(ws.TEXT, b"may I?")
    while (got := await raw.frame()) is not None and got[0] != ws.CLOSE:
        pass
    assert got[1][:2] == (4403).to_bytes(2, "big")
    raw = await server.raw(f"/ws/{club}?token={server.token('eve', claims={'rooms': [grant(club, 'join', 'publish')]})}")
    raw.send(ws.TEXT, b"hello")
    await member.recv_until(room=club, content="hello")


async def test_rights_in_the_command_dialect(server, room):
    hall, board = f"hall-{room}", f"board-{room}"

    async def comes(user=None, *can):
        claims = {"rooms": [grant(f"*{room}", *can)]} if can else {}
        return await server.connect(kind=CommandClient, room=room, announced=False, nickname="Stranger",
                                    token=user and server.token(user, name=user, claims=claims))

    async def denied(client, cmd, param=None, **outer):
        answer = await client.ask(cmd, param, **outer)
        assert (answer["cmd"], answer["param"]["code"]) == ("error", "forbidden")

    stranger, ann, bob = await comes(), await comes("ann"), await comes("bob", "publish", "history")
    await denied(stranger, "join", channel=hall)
    await denied(stranger, "users", channel=f"club-{room}")
    for client in (ann, bob):
        assert (await client.ask("join", channel=hall))["cmd"] == "joined"
    await denied(ann, "chat", {"content": "may I?"}, channel=hall)
    assert (await bob.ask("chat", {"content": "I may"}, channel=hall))["cmd"] == "ack"
    assert (await ann.recv_until(cmd="chat", channel=hall))["param"]["content"] == "I may"
    assert len((await ann.ask("history", channel=hall))["param"]["messages"]) == 1
    for client in (stranger, ann, bob):
        assert (await client.ask("join", channel=board))["cmd"] == "joined"
    await denied(stranger, "chat", {"content": "y"}, channel=board)
    await denied(ann, "history", channel=board)
    assert (await bob.ask("history", channel=board))["cmd"] == "history"
    boss = await server.connect(kind=CommandClient, room=f"shut-{room}", announced=False,
                                token=server.token("boss", claims={"admin": True}))
    assert (await boss.ask("chat", {"content": "x"}))["cmd"] == "ack"


async def test_a_guests_token_is_no_token(new_server, room):
    """`token` asks for a user; guests have only a nickname."""
    server = new_server(auth={"anonymous": "no", "guests": "yes"},
                        **{'room "hall-*"': {"join": "token"},
                           'room "open-*"': {"publish": "token"}})
    await server.until_status("/readyz", 200)  # else there may be no auth yet to ask
    answer = await request(server.port, "/api/auth/guest", method="POST",
                           body=b'{"nickname":"Guest"}',
                           headers={"Content-Type": "application/json"})
    guest = await server.connect(room=f"open-{room}", token=json.loads(answer.body)["token"])
    ann = await server.connect(room=f"open-{room}", token=server.token("ann", name="Ann"))
    assert guest.user is None and guest.nickname == "Guest"
    await forbidden(guest, "join", room=f"hall-{room}")
    await forbidden(guest, "message", content="may I?")
    await joins(ann, f"hall-{room}")
    assert (await ann.ask("message", content="I may"))["type"] == "ack"
    await guest.recv_until(type="message", content="I may")


async def test_denials_are_counted(server, room):
    stranger = await someone(server, room, nickname="Stranger")
    await forbidden(stranger, "join", room=f"club-{room}")
    await server.until_metrics(lambda m: m.get("atrium_hub_forbidden_total") >= 1
                               and m.get("atrium_gateway_error_forbidden_total") >= 1)
