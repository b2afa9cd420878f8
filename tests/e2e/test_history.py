# test_history.py - offsets, what a room has kept, and what is applied once
# SPDX-License-Identifier: MIT
import re

import pytest

from atrium import CommandClient, server_fixture

server = server_fixture(hub={"history": "100"})


async def fill(client, count, start=0):
    """Publishes count messages, n counting from start; returns the offset of the last."""
    for n in range(start, start + count):
        client.send("message", n=n, echo=False, ref=f"fill{n}")
    return (await client.recv_until(type="ack", ref=f"fill{start + count - 1}", seconds=15))["offset"]


def numbers(answer):
    return [m["n"] for m in answer["messages"]]


# ---- offsets

async def test_an_empty_room_has_an_epoch_and_no_offset(server, room):
    john = await server.open(room=room)
    joined = await john.recv_until(type="joined")
    assert joined["offset"] == 0 and joined["recovered"] is False
    assert re.fullmatch("[0-9a-f]{16}", joined["epoch"])


async def test_kept_messages_count_from_1_for_everyone(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    for n in range(1, 6):
        john.send("message", n=n)
        assert (await john.recv_until(type="message"))["offset"] == n
        assert (await jane.recv_until(type="message"))["offset"] == n
    late = await server.open(room=room)
    assert (await late.recv_until(type="joined"))["offset"] == 5


async def test_the_offset_is_the_servers(server, room):
    john = await server.connect(room=room)
    john.send("message", content="x", offset=77)
    got = await john.recv_until(type="message")
    assert got["offset"] == 1 and got.raw.count('"offset"') == 1


async def test_acks_say_the_offset(server, room):
    john = await server.connect(room=room)
    for n in range(1, 4):
        assert await john.ask("message", echo=False) == {
            "type": "ack", "ref": john.messages[-1]["ref"], "room": room, "offset": n}


async def test_each_room_counts_for_itself(server, room):
    john = await server.connect(room=room)
    other = await john.ask("join", room=room + "-2")
    here = await john.ask("history")
    assert other["epoch"] != here["epoch"]
    assert (await john.ask("message", room=room))["offset"] == 1
    assert (await john.ask("message", room=room + "-2"))["offset"] == 1
    assert (await john.ask("message", room=room))["offset"] == 2


@pytest.mark.parametrize("members", [{"type": "typing"}, {"type": "cursor_move", "x": 1},
                                     {"type": "cursor_update"},
                                     {"type": "message", "ephemeral": True}])
async def test_what_is_of_the_moment_has_no_offset_and_is_not_kept(server, room, members):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    ack = await john.ask("message", n=1, echo=False)
    assert ack["offset"] == 1
    ack = await john.ask(**members)
    assert ack["type"] == "ack" and "offset" not in ack
    got = await jane.recv_until(type=members["type"], offset=None)
    assert "ephemeral" not in got
    assert (await john.ask("message", n=2))["offset"] == 2
    assert numbers(await jane.ask("history")) == [1, 2]


async def test_direct_messages_have_no_offset(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    ack = await john.ask("private", target=jane.id, content="psst")
    assert ack["type"] == "ack" and "offset" not in ack and "room" not in ack
    assert "offset" not in await jane.recv_until(type="private")


# ---- history

async def test_history_gives_the_messages_as_they_were_delivered(server, room):
    john = await server.connect(room=room, nickname="John", token=server.token("john", name="John"))
    jane = await server.connect(room=room, nickname="Jane")
    john.send_text('{"type":"draw","b": [1.0, 1e2 ],"\\u0061":"\\u00e9"}')
    jane.send("message", content="hi", nickname="Eve", since=3, epoch=[], limit="x")
    heard = [await john.recv_until(type="draw"), await john.recv_until(type="message")]
    answer = await jane.ask("history", room=room)
    joined = await jane.ask("join", room=room)
    assert list(answer) == ["type", "room", "offset", "epoch", "messages", "ref"]
    assert (answer["type"], answer["room"], answer["offset"]) == ("history", room, 2)
    assert answer["epoch"] == joined["epoch"]
    assert answer["messages"] == heard
    for message in heard:
        assert message.raw in answer.raw


async def test_history_of_a_room_in_which_nothing_was_said(server, room):
    john = await server.connect(room=room)
    answer = await john.ask("history")
    assert (answer["room"], answer["offset"], answer["messages"]) == (room, 0, [])


async def test_the_last_100_are_kept(server, room):
    john = await server.connect(room=room)
    assert await fill(john, 130) == 130
    answer = await john.ask("history", room=room, limit=300)
    assert numbers(answer) == list(range(30, 130))
    assert [m["offset"] for m in answer["messages"]] == list(range(31, 131))


@pytest.mark.parametrize("asked, wanted", [
    ({}, range(0, 100)), ({"limit": 1}, range(99, 100)), ({"limit": 7}, range(93, 100)),
    ({"since": 0, "limit": 3}, range(97, 100)), ({"since": 90}, range(90, 100)),
    ({"since": 90, "limit": 4}, range(96, 100)), ({"since": 100}, []), ({"since": 101}, []),
    ({"since": 2**63}, []), ({"limit": 10**9}, range(0, 100)),
    ({"before": 51}, range(0, 50)), ({"before": 51, "limit": 20}, range(30, 50)),
    ({"before": 51, "since": 45}, range(45, 50)), ({"before": 51, "since": 40, "limit": 3}, range(47, 50)),
    ({"before": 1}, []), ({"before": 101}, range(0, 100)), ({"before": 2**63, "limit": 1}, range(99, 100)),
    ({"before": 10, "since": 9}, []), ({"before": 10, "since": 50}, [])])
async def test_pages(server, asked, wanted):
    """The newest of those that came after, and before."""
    john = await server.connect(room="pages")
    if (await john.ask("history", limit=1))["offset"] == 0:
        await fill(john, 100)
    assert numbers(await john.ask("history", **asked)) == list(wanted)


async def test_at_most_300_and_100_if_it_is_not_said(new_server, room):
    server = new_server(hub={"history": "500"})
    john = await server.connect(room=room)
    await fill(john, 400)
    assert numbers(await john.ask("history")) == list(range(300, 400))
    assert numbers(await john.ask("history", limit=300)) == list(range(100, 400))
    assert numbers(await john.ask("history", limit=1000)) == list(range(100, 400))
    assert numbers(await john.ask("history", limit=1000, before=101)) == list(range(0, 100))
    bob = await server.connect(kind=CommandClient, ch=room)
    answer = await bob.ask("history", {"before": 101, "limit": 2})
    assert [m["offset"] for m in answer["param"]["messages"]] == [99, 100]


@pytest.mark.parametrize("members", [{"limit": 0}, {"limit": -1}, {"limit": 1.5}, {"limit": "1"},
                                     {"limit": None}, {"since": -1}, {"since": "1"}, {"since": 1.0},
                                     {"since": 2**64}, {"before": 0}, {"before": -1},
                                     {"before": "9"}, {"before": None}])
async def test_what_is_no_number_of_messages(server, room, members):
    john = await server.connect(room=room)
    john.send("history", ref=1, **members)
    await john.error("bad_message", ref=1)
    await john.expect_silence()


async def test_history_is_for_who_is_in_the_room(server, room):
    john = await server.connect(room=room)
    await john.ask("message")
    eve = await server.connect(room=room + "-2")
    eve.send("history", room=room, ref=1)
    await eve.error("not_in_room", ref=1)
    eve.send("history", room="", ref=2)
    await eve.error("bad_room", ref=2)
    await john.ask("leave", room=room)
    john.send("history", room=room, ref=3)
    await john.error("not_in_room", ref=3)


async def test_a_history_larger_than_the_queue_is_given_all_the_same(new_server, room):
    """It was asked for: that it is much is not the client's fault."""
    server = new_server(gateway={"max_queue": "64K"})
    john = await server.connect(room=room)
    for n in range(40):
        ack = await john.ask("message", n=n, content="x" * 60000, echo=False)
    assert ack["offset"] == 40
    raw = await server.raw(f"/api/ws?room={room}", receive_buffer=4096)
    await raw.message(type="system")
    raw.say(type="history", limit=40, ref=1)
    assert len((await raw.message(type="history"))["messages"]) == 40
    raw.say(type="ping")
    await raw.message(type="pong")


async def test_a_room_without_history(new_server, room):
    server = new_server(hub={"history": "0"})
    john = await server.connect(room=room)
    ack = await john.ask("message", n=1)
    assert ack["type"] == "ack" and "offset" not in ack
    assert "offset" not in await john.ask("ping") and "offset" not in john.received(type="message")[0]
    answer = await john.ask("history")
    assert answer["offset"] == 0 and answer["messages"] == []
    joined = await john.ask("join", room=room, since=0, epoch=answer["epoch"])
    assert joined["recovered"] is False


# ---- a room outlives who was in it, and the hub

async def test_what_was_said_stays_when_all_have_left(server, room):
    john = await server.connect(room=room)
    await fill(john, 3)
    epoch = (await john.ask("history"))["epoch"]
    await john.ask("leave", room=room)
    jane = await server.connect(room=room)
    answer = await jane.ask("history")
    assert numbers(answer) == [0, 1, 2] and answer["epoch"] == epoch


async def test_history_and_offsets_go_on_after_a_kill_of_the_hub(server, room):
    john = await server.connect(room=room)
    await fill(john, 120)
    before = await john.ask("history", limit=300)
    await server.restart_async("hub")
    after = await john.ask("history", limit=300)
    assert after["messages"] == before["messages"] and after["epoch"] == before["epoch"]
    assert await fill(john, 1, start=120) == 121


# ---- mid

async def test_a_message_with_a_mid_is_applied_once(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    for mid, offset in (("a", 1), ("a", 1), ("b", 2), ("a", 1), ("é" * 32, 3), ("b", 2)):
        ack = await john.ask("message", mid=mid)
        assert (ack["type"], ack["room"], ack["offset"]) == ("ack", room, offset)
    await jane.recv_until(offset=3)
    assert [m["offset"] for m in jane.received(type="message")] == [1, 2, 3]
    assert not any("mid" in m for m in jane.received(type="message"))


async def test_a_mid_is_its_senders_own(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    assert (await john.ask("message", mid="a"))["offset"] == 1
    assert (await jane.ask("message", mid="a"))["offset"] == 2


async def test_a_direct_message_with_a_mid_is_applied_once(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    for _ in range(3):
        assert (await john.ask("private", target=jane.id, mid="a"))["type"] == "ack"
    assert (await john.ask("private", target=jane.id, content="end"))["type"] == "ack"
    await jane.recv_until(type="private", content="end")
    assert len(jane.received(type="private")) == 2


async def test_a_refused_message_may_be_sent_again_with_its_mid(server, room):
    john = await server.connect(room=room)
    other = room + "-2"
    assert (await john.ask("message", room=other, mid="a"))["code"] == "not_in_room"
    await john.ask("join", room=other)
    assert (await john.ask("message", room=other, mid="a"))["offset"] == 1


@pytest.mark.parametrize("mid", ["", "x" * 65, "é" * 33, 5, None, True, ["a"]])
async def test_what_is_no_mid(server, room, mid):
    john = await server.connect(room=room)
    john.send("message", mid=mid, ref=1)
    await john.error("bad_message", ref=1)
    await john.expect_silence()


async def test_a_mid_is_known_after_a_reconnect_and_a_kill_of_the_hub(server, room):
    jane = await server.connect(room=room)
    john = await server.connect(room=room)
    assert (await john.ask("message", mid="a"))["offset"] == 1
    await server.restart_async("hub")
    assert (await john.ask("message", mid="a"))["offset"] == 1
    john.drop()
    back = await server.connect(room=room, id=john.id, resume=john.resume, announced=False)
    assert (await back.ask("message", mid="a"))["offset"] == 1
    assert (await back.ask("message", mid="b"))["offset"] == 2
    await jane.recv_until(offset=2)
    assert [m["offset"] for m in jane.received(type="message")] == [1, 2]


async def test_a_burst_sent_again_while_the_hub_is_away_is_applied_once(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    server.kill("hub")
    for round in range(3):
        for n in range(50):
            john.send("message", n=n, mid=f"m{n}", ref=f"{round}.{n}", echo=False)
    await john.ask("ping")
    await server.start_async("hub")
    for round in range(3):
        for n in range(50):
            assert (await john.recv_until(ref=f"{round}.{n}"))["offset"] == n + 1
    await jane.recv_until(n=49)
    await jane.expect_silence(passing=("rooms", "message"))
    assert [m["n"] for m in jane.received(type="message")] == list(range(50))


async def test_what_was_said_while_nothing_was_kept_was_missed_also_over_a_restart(new_server, room):
    server = new_server(hub={"history": "0"})
    john, jane = await server.connect(room=room), await server.connect(room=room)
    known = (await john.ask("join", room=room))["epoch"]
    await john.close()
    for kept in ("100", "0", "100"):
        await jane.ask("message", content="said")
        server.settings["hub"]["history"] = kept
        server.write_conf()
        await server.restart_async("hub")
        john = await server.connect(room="elsewhere")
        joined = await john.ask("join", room=room, since=0, epoch=known)
        assert not joined["recovered"]
        known = joined["epoch"]
        await john.close()
    assert (await jane.ask("message", content="kept"))["offset"] > 0
    jack = await server.connect(room="elsewhere")
    joined = await jack.ask("join", room=room, since=joined["offset"], epoch=known)
    assert joined["recovered"]
    assert (await jack.recv_until(type="message"))["content"] == "kept"
