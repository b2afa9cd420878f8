# test_resume.py - clients come back: to their place in a room, to their rooms, to another gateway
# SPDX-License-Identifier: MIT
import asyncio
import signal

import pytest

from atrium import Client, Closed, RawSocket, server_fixture

server = server_fixture(gateways=2, hub={"history": "100", "grace": "1500ms"})

ELSEWHERE = pytest.mark.parametrize("gateway", ["gateway", "gateway-2"])


async def say(client, *numbers, **members):
    """Publishes these, and waits for the last ack."""
    for n in numbers:
        ack = await client.ask("message", n=n, echo=False, **members)
        assert ack["type"] == "ack", ack
    return ack["offset"]


async def come(server, gateway="gateway", **query):
    """A connection, its welcome, and its joined."""
    client = await Client.open(server.ports[gateway], **query)
    welcome = await client.recv_until(type="welcome")
    client.id, client.nickname = welcome["id"], welcome["nickname"]
    client.resume = welcome["resume"]
    joined = await client.recv_until(type="joined")
    client.room = joined["room"]
    return client, welcome, joined


async def lose(client):
    client.drop()
    await client.closed()


def heard(client, room=None):
    return [m["n"] for m in client.received(type="message") if room in (None, m["room"])]


def not_told(client, *nicknames):
    """That someone left, or joined more than once."""
    for nickname in nicknames:
        assert not client.received(content=f"{nickname} left the room")
        assert len(client.received(content=f"{nickname} joined the room")) <= 1


# ---- a place in a room

@pytest.mark.parametrize("missed", [0, 1, 5, 100])
async def test_who_joins_with_its_place_gets_what_it_missed(server, room, missed):
    john = await server.connect(room=room)
    jane = await server.connect(room=room + "-2")
    since = await say(john, -3, -2, -1)
    epoch = (await john.ask("history"))["epoch"]
    for n in range(missed):
        john.send("message", n=n, echo=False)
    await john.ask("ping")
    await john.ask("rooms")
    joined = await jane.ask("join", room=room, since=since, epoch=epoch)
    assert joined["recovered"] is True and joined["offset"] == since + missed
    john.send("message", n=missed)
    await jane.recv_until(type="message", n=missed)
    assert heard(jane, room) == list(range(missed + 1))
    offsets = [m["offset"] for m in jane.received(type="message")]
    assert offsets == list(range(since + 1, since + missed + 2))


async def test_what_is_recovered_is_as_it_was_delivered(server, room):
    john = await server.connect(room=room, nickname="John", token=server.token("john", name="John"))
    epoch = (await john.ask("history"))["epoch"]
    john.send_text('{"type":"draw","b": [1.0, 1e2 ],"\\u0061":"\\u00e9"}')
    original = await john.recv_until(type="draw")
    jane, _, joined = await come(server, room=room, since=0, epoch=epoch)
    assert joined["recovered"] is True
    assert (await jane.recv_until(type="draw")).raw == original.raw


async def test_replay_follows_joined_and_precedes_all_that_is_newer(server, room):
    """Also of a room in which others talk without a pause."""
    john = await server.connect(room=room)
    await say(john, 0)
    epoch = (await john.ask("history"))["epoch"]
    for turn in range(5):
        for n in range(30):
            john.send("message", n=1 + turn * 30 + n, echo=False)
            if n == 15:
                jane = await Client.open(server.port, room=room, since=turn * 30 + 1, epoch=epoch)
        await jane.recv_until(type="message", n=turn * 30 + 30)
        assert heard(jane) == list(range(turn * 30 + 1, turn * 30 + 31))
        await jane.close()


async def test_all_or_nothing_beyond_what_is_kept(server, room):
    john = await server.connect(room=room)
    epoch = (await john.ask("history"))["epoch"]
    for n in range(1, 151):
        john.send("message", n=n, echo=False)
    await say(john, 151)
    jane = await server.connect(room=room + "-2")
    for since, recovered in ((0, False), (50, False), (51, True), (150, True), (151, True)):
        joined = await jane.ask("join", room=room, since=since, epoch=epoch)
        assert joined["recovered"] is recovered and joined["offset"] == 151, since
        assert (await jane.ask("leave", room=room))["type"] == "left"
        got = heard(jane, room)
        assert got == (list(range(since + 1, 152)) if recovered else [])
        jane.messages.clear()
        jane.at = 0


async def test_another_epoch_and_a_place_that_never_was_start_over(server, room):
    john = await server.connect(room=room)
    await say(john, 1, 2)
    epoch = (await john.ask("history"))["epoch"]
    other = f"{int(epoch, 16) ^ 1:016x}"
    jane = await server.connect(room=room + "-2")
    for since, place in ((1, other), (2, other), (3, epoch), (2**63, epoch)):
        joined = await jane.ask("join", room=room, since=since, epoch=place)
        assert joined["recovered"] is False and joined["epoch"] == epoch
    assert not heard(jane)


async def test_without_a_place_nothing_is_recovered(server, room):
    john = await server.connect(room=room)
    await say(john, 1, 2)
    jane, _, joined = await come(server, room=room)
    assert joined["recovered"] is False and joined["offset"] == 2
    await say(john, 3)
    await jane.recv_until(type="message")
    assert heard(jane) == [3]


@pytest.mark.parametrize("members", [{"since": 1}, {"epoch": "0" * 16}, {"since": -1, "epoch": "0" * 16},
                                     {"since": 1, "epoch": "0" * 15}, {"since": 1, "epoch": 7},
                                     {"since": "1", "epoch": "0" * 16},
                                     {"since": 1.5, "epoch": "0" * 16}])
async def test_what_is_no_place(server, room, members):
    john = await server.connect(room=room)
    john.send("join", room=room + "-2", ref=1, **members)
    await john.error("bad_message", ref=1)
    await john.expect_silence()


@pytest.mark.parametrize("query", ["since=1", "epoch=0123456789abcdef", "since=x&epoch=0123456789abcdef",
                                   "since=1&epoch=123", "since=-1&epoch=0123456789abcdef"])
async def test_what_is_no_place_in_the_query_closes_with_4400(server, query):
    raw = await server.raw(f"/api/ws?{query}")
    assert (await raw.closed())[0] == 4400


async def test_a_place_in_the_query_is_of_its_room(server, room):
    john = await server.connect(room=room)
    await say(john, 1, 2, 3)
    epoch = (await john.ask("history"))["epoch"]
    jane, welcome, joined = await come(server, room=room, since=1, epoch=epoch)
    assert welcome["resumed"] is False and joined["recovered"] is True and joined["offset"] == 3
    await jane.recv_until(n=3)
    assert heard(jane) == [2, 3]
    await jane.recv_until(type="system")


async def test_a_place_holds_after_all_have_left_and_after_a_kill_of_the_hub(server, room):
    john = await server.connect(room=room)
    await say(john, 1, 2, 3)
    epoch = (await john.ask("history"))["epoch"]
    await john.ask("leave", room=room)
    await server.restart_async("hub")
    joined = await john.ask("join", room=room, since=1, epoch=epoch)
    assert joined["recovered"] is True and joined["epoch"] == epoch
    await john.recv_until(n=3)
    assert heard(john) == [2, 3]


async def test_joining_again_with_a_place_recovers_and_announces_no_one(server, room):
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    await jane.recv_until(type="system", content="John joined the room")
    epoch = (await john.ask("history"))["epoch"]
    await say(jane, 1, 2)
    await john.recv_until(n=2)
    joined = await john.ask("join", room=room, since=1, epoch=epoch)
    assert joined["recovered"] is True
    assert (await john.recv_until(type="message"))["n"] == 2
    await jane.expect_silence()


# ---- coming back

@ELSEWHERE
async def test_back_with_id_key_and_place_nothing_is_missed_and_no_one_told(server, room, gateway):
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    await jane.recv_until(type="system", content="John joined the room")
    epoch = (await john.ask("history"))["epoch"]
    since = await say(jane, 1)
    await john.recv_until(n=1)
    await lose(john)
    await say(jane, 2, 3)
    back, welcome, joined = await come(server, gateway, room=room, id=john.id, resume=john.resume,
                                       since=since, epoch=epoch)
    assert welcome["resumed"] is True and back.id == john.id and back.nickname == "John"
    assert joined["recovered"] is True and joined["count"] == 2
    await say(jane, 4)
    await back.recv_until(n=4)
    assert heard(back) == [2, 3, 4]
    assert (await jane.ask("users", room=room))["count"] == 2
    not_told(jane, "John")


@ELSEWHERE
async def test_other_rooms_are_rejoined_one_by_one(server, room, gateway):
    rooms = [room, room + "-2", room + "-3"]
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    places = {}
    await jane.recv_until(type="system", room=room, content="John joined the room")
    for name in rooms:
        await jane.ask("join", room=name)
        places[name] = (await john.ask("join", room=name))["epoch"]
        if name != room:
            await jane.recv_until(type="system", room=name, content="John joined the room")
    await lose(john)
    for name in rooms:
        await say(jane, 1, room=name)
    back, welcome, _ = await come(server, gateway, room=room, id=john.id, resume=john.resume,
                                  since=0, epoch=places[room])
    assert welcome["resumed"] is True
    await say(jane, 2, room=rooms[1])
    await back.recv_until(n=1, room=room)
    await back.expect_silence()
    for name in rooms[1:]:
        joined = await back.ask("join", room=name, since=0, epoch=places[name])
        assert joined["recovered"] is True and joined["count"] == 2
        await back.recv_until(room=name, n=2 if name == rooms[1] else 1)
    assert [heard(back, name) for name in rooms] == [[1], [1, 2], [1]]
    for name in rooms:
        assert not jane.received(room=name, content="John left the room")
        assert len(jane.received(room=name, content="John joined the room")) == 1


@ELSEWHERE
async def test_rooms_that_are_not_rejoined_are_left_after_the_grace_time(server, room, gateway):
    other = room + "-2"
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    for client in (jane, john):
        await client.ask("join", room=other)
    await lose(john)
    back, welcome, _ = await come(server, gateway, room=room, id=john.id, resume=john.resume)
    assert welcome["resumed"] is True
    assert (await jane.ask("users", room=other))["count"] == 2
    await jane.recv_until(type="system", room=other, content="John left the room")
    assert (await jane.ask("users", room=other))["count"] == 1
    assert (await jane.ask("users", room=room))["count"] == 2
    assert not jane.received(room=room, content="John left the room")
    back.send("message", room=other, n=1, ref=1)
    await back.error("not_in_room", ref=1)


async def test_too_late_is_a_new_beginning(server, room):
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    await lose(john)
    await jane.recv_until(type="system", content="John left the room")
    back, welcome, _ = await come(server, room=room, id=john.id, resume=john.resume, nickname="John")
    assert welcome["resumed"] is False and back.id == john.id and back.resume != john.resume
    await jane.recv_until(type="system", content="John joined the room")


async def test_who_said_goodbye_has_left(server, room):
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    await john.close()
    await jane.recv_until(type="system", content="John left the room")
    _, welcome, _ = await come(server, room=room, id=john.id, resume=john.resume)
    assert welcome["resumed"] is False


@ELSEWHERE
async def test_the_older_connection_hears_nothing_more(server, room, gateway):
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    back, _, _ = await come(server, gateway, room=room, id=john.id, resume=john.resume)
    await say(jane, 1)
    await back.recv_until(n=1)
    assert (await john.closed())[0] == 4409
    assert heard(john) == [] and heard(back) == [1]
    # Its end is no one's end.
    await server.restart_async("hub")
    await say(jane, 2)
    await back.recv_until(n=2)
    assert (await jane.ask("users", room=room))["count"] == 2
    not_told(jane, "John")


@ELSEWHERE
async def test_back_while_the_hub_is_away(server, room, gateway):
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    await jane.recv_until(type="system", content="John joined the room")
    epoch = (await john.ask("history"))["epoch"]
    since = await say(jane, 1)
    await john.recv_until(n=1)
    server.kill("hub")
    await lose(john)
    jane.send("message", n=2, ref=2)
    back = await Client.open(server.ports[gateway], room=room, id=john.id, resume=john.resume,
                             since=since, epoch=epoch)
    back.send("message", n=3, ref=3)
    await jane.ask("ping")
    await server.start_async("hub")
    assert (await back.recv_until(type="welcome"))["resumed"] is True
    assert (await back.recv_until(type="joined"))["recovered"] is True
    await back.recv_until(ref=3)
    await jane.recv_until(n=3)
    await back.expect_silence(passing=("rooms", "message"))
    assert sorted(heard(back)) == [2, 3]
    assert heard(back) == [m["n"] for m in jane.received(type="message", offset=lambda o: o > 1)]
    not_told(jane, "John")


@pytest.mark.deadline(40)
async def test_back_from_a_gateway_that_was_killed(new_server, room):
    """With its clients; those come back on the other, to all rooms, without a gap."""
    server = new_server(gateways=2)
    jane = await server.connect(room=room, nickname="Jane", gateway="gateway-2")
    johns = [await server.connect(room=room, nickname=f"John{n}") for n in range(5)]
    epoch = (await jane.ask("history"))["epoch"]
    since = await say(jane, 1)
    for john in johns:
        await john.recv_until(n=1)
    server.kill("gateway")
    await say(jane, 2)
    backs = [await come(server, "gateway-2", room=room, id=john.id, resume=john.resume, since=since,
                        epoch=epoch) for john in johns]
    await say(jane, 3)
    for back, welcome, joined in backs:
        assert welcome["resumed"] is True and joined["recovered"] is True
        await back.recv_until(n=3)
        assert heard(back) == [2, 3]
    assert (await jane.ask("users", room=room))["count"] == 6
    not_told(jane, *(f"John{n}" for n in range(5)))


async def test_two_with_one_key_at_once(server, room):
    """One of them stays, and the room has it once."""
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    raws = await asyncio.gather(*(
        RawSocket.open(server.ports[gateway], f"/api/ws?id={john.id}&resume={john.resume}&room={room}")
        for gateway in ("gateway", "gateway-2") * 3))
    ends = [asyncio.create_task(raw.closed(15)) for raw in raws]
    while sum(end.done() for end in ends) < 5:
        await asyncio.wait([end for end in ends if not end.done()],
                           return_when=asyncio.FIRST_COMPLETED)
    assert (await jane.ask("users", room=room))["count"] == 2
    codes = [end.result()[0] for end in ends if end.done()]
    assert codes.count(4409) == len(codes) == 5
    not_told(jane, "John")
    for end in ends:
        end.cancel()


async def test_forgotten_while_its_gateway_stood_still(new_server, room):
    """Its clients have left; they are told to come back, and get what they missed."""
    server = new_server(gateways=2, hub={"grace": "300ms"})
    jane = await server.connect(room=room, nickname="Jane", gateway="gateway-2")
    john = await server.connect(room=room, nickname="John")
    epoch = (await john.ask("history"))["epoch"]
    since = await say(jane, 1)
    await john.recv_until(n=1)
    server.kill("gateway", signal.SIGSTOP)
    try:
        await jane.recv_until(type="system", content="John left the room", seconds=15)
        await say(jane, 2)
    finally:
        server.kill("gateway", signal.SIGCONT)
    code, reason = await john.closed()
    assert code == 1012 and "retry_ms" in reason
    back, welcome, joined = await come(server, room=room, id=john.id, resume=john.resume, since=since,
                                       epoch=epoch, nickname="John")
    assert welcome["resumed"] is False and joined["recovered"] is True
    await say(jane, 3)
    await back.recv_until(n=3)
    assert heard(john) + heard(back) == [1, 2, 3]


@pytest.mark.deadline(40)
async def test_let_in_by_a_hub_that_died_before_it_said_so(new_server, room):
    """And kept no journal: the next one will never hear of this client, which has to come again."""
    server = new_server(hub={"journal": "memory"}, env={"ATRIUM_HUB_FAULT": "acked"}, start=False)
    server.start("auth", "metrics", "gateway")
    john = await Client.open(server.port, room=room)
    john.send("ping")
    for _ in range(10):  # some turns acknowledge nothing
        hub = server.spawn("hub")
        hub.killed = True
        await asyncio.to_thread(hub.wait_exit)
    server.env.clear()
    await server.start_async("hub")
    try:
        await john.welcomed()
    except Closed as closed:
        assert closed.code == 1012
    jane = await server.connect(room=room)
    assert (await jane.ask("message"))["type"] == "ack"
