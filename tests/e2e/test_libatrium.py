# test_libatrium.py - handlers of libatrium's and a real hub: events, questions, actions, restarts
# SPDX-License-Identifier: MIT
import asyncio
import random
import signal

import pytest

from atrium import server_fixture
from atrium.probe import CALLS, GUARD, MESSAGES, PEOPLE, Probe

server = server_fixture(hub={"handlers": "open"}, **{
    'handler "limited"': {"rooms": "hall-*"},
    'handler "judge"': {"rooms": "game-*", "guard": "game-*", "absent": "wait",
                        "deadline": "10s"}})


async def test_people_and_messages_are_told(server, room):
    probe = await Probe.open(server.runtime, "bot", (room, PEOPLE | MESSAGES))
    ann = await server.connect(room=room, nickname="Ann")
    came = await probe.next("connect")
    assert (came["room"], came["id"], came["nickname"], came["count"]) == (room, ann.id, "Ann", 1)
    ack = await ann.ask("message", text="hi")
    said = await probe.next("message")
    assert (said["seq"], said["offset"], said["id"], said["body"]) == \
        (came["seq"] + 1, ack["offset"], ann.id, {"text": "hi"})
    await ann.close()
    assert (await probe.next("disconnect"))["count"] == 0


async def test_what_is_not_acknowledged_comes_again_in_order(server, room):
    probe = await Probe.open(server.runtime, "again", (room, MESSAGES))
    ann = await server.connect(room=room)
    await probe.do("defer", 1)
    for n in range(20):
        await ann.ask("message", n=n)
    events = [await probe.next("message") for n in range(20)]
    first = events[0]["seq"]
    for n in (0, 1, 5):
        assert await probe.do("done", first + n) == "0"
    await server.restart_async("hub")
    await probe.next("up")
    await ann.ask("message", n=20)
    assert (await probe.next("message"))["body"] == {"n": 20}, "those it has do not come twice"
    await probe.kill()
    probe = await Probe.open(server.runtime, "again", (room, MESSAGES))
    probe.at = 0  # what waited for it comes before it is up
    again = [await probe.next("message") for n in range(19)]
    assert [e["seq"] for e in again] == list(range(first + 2, first + 21))


async def test_messages_to_all_kinds_of_targets(server, room):
    probe = await Probe.open(server.runtime, "bot", (room, PEOPLE))
    ann = await server.connect(room=room, token=server.token("ann"))
    bob = await server.connect(room=room)
    result = await probe.act("publish", room, "chat", '{"text":"hi"}')
    assert result["error"] == "" and result["offset"] == 1
    got = await ann.recv_until(type="chat")
    assert (got["text"], got["offset"], got["nickname"]) == ("hi", 1, "bot")
    await bob.recv_until(type="chat")
    await probe.act("publish", room, "chat", '{"text":"not you"}', "", ann.id)
    await bob.recv_until(type="chat", text="not you")
    assert (await probe.act("send", "user:ann", "note", '{"text":"psst"}'))["error"] == ""
    assert (await ann.recv_until(type="note"))["text"] == "psst"
    await probe.act("broadcast", "news", '{"text":"all"}')
    for client in (ann, bob):
        await client.recv_until(type="news")
    assert (await probe.act("send", "nobody", "note", "{}"))["error"] == "no_such_target"


async def test_a_mid_is_done_once(server, room):
    probe = await Probe.open(server.runtime, "bot", (room, PEOPLE))
    first = await probe.act("publish", room, "chat", '{"n":1}', "my-mid")
    again = await probe.act("publish", room, "chat", '{"n":1}', "my-mid")
    assert first["offset"] == again["offset"] == 1
    assert len((await probe.act("history", room, 0, 10))["list"]) == 1


async def test_joins_leaves_closes(server, room):
    probe = await Probe.open(server.runtime, "bot", ("*", PEOPLE))
    ann = await server.connect(room=room)
    other = f"{room}-other"
    assert (await probe.act("join", ann.id, other))["error"] == ""
    await ann.recv_until(type="joined", room=other)
    assert (await probe.act("count", other))["count"] == 1
    assert (await probe.act("leave", ann.id, other))["error"] == ""
    await ann.recv_until(type="left", room=other)
    assert (await probe.act("close", ann.id, 4410, "out"))["error"] == ""
    assert (await ann.closed())[0] == 4410


async def test_state(server, room):
    probe = await Probe.open(server.runtime, "bot", (room, PEOPLE))
    ann = await server.connect(room=room)
    done = await probe.act("set", room, "k", "[1]")
    assert done["error"] == ""
    assert (await ann.recv_until(type="state"))["ops"] == [{"key": "k", "value": [1]}]
    got = await probe.act("get", room, "")
    assert got["list"] == [["k", done["rev"], [1]]]
    conflict = await probe.act("set", room, "k", "[2]", done["rev"] + 1)
    assert conflict["error"] == "conflict" and conflict["list"] == [["k", done["rev"], [1]]]
    assert (await probe.act("set", room, "k", "[2]", done["rev"]))["error"] == ""
    assert (await probe.act("keys", room, "k"))["list"][0][2] == [2]
    await probe.act("delete", room, "k")
    assert (await probe.act("get", room, ""))["list"] == []


async def test_what_there_is(server, room):
    probe = await Probe.open(server.runtime, "bot", (room, PEOPLE))
    ann = await server.connect(room=room, nickname="Ann", token=server.token("ann"))
    bob = await server.connect(room=room, nickname="Bob")
    for n in range(3):
        await bob.ask("message", n=n)
    members = await probe.act("members", room, 1)
    assert (members["count"], members["more"], members["list"][0][0]) == (2, 1, ann.id)
    members = await probe.act("members", room, 5, ann.id)
    assert [m[0] for m in members["list"]] == [bob.id]
    history = await probe.act("history", room, 1, 5)
    assert [(m[0], m[3]) for m in history["list"]] == [(2, {"n": 1}), (3, {"n": 2})]
    assert len((await probe.act("history", room, 0, 0))["list"]) == 3
    connection = (await probe.act("connection", ann.id))["list"][0]
    assert connection[0] == ann.id and connection[2] == "ann" and connection[3] == "room"
    assert connection[5] == 1 and connection[7] == room
    rooms = await probe.act("rooms", room, 5)
    assert rooms["list"] == [[room, 2]]
    assert (await probe.act("connection", "nobody"))["error"] == "no_such_target"


async def test_it_may_only_what_the_settings_say(server, room):
    probe = await Probe.open(server.runtime, "limited", (room, PEOPLE), ("hall-*", PEOPLE))
    error = (probe.came("error") or [await probe.next("error")])[0]
    assert error["error"] == "EACCES" and room in error["text"]
    assert (await probe.act("publish", room, "chat", "{}"))["error"] == "forbidden"
    assert (await probe.act("publish", "hall-1", "chat", "{}"))["error"] == ""
    assert (await probe.act("broadcast", "news", "{}"))["error"] == "forbidden"


async def test_calls_are_answered(server, room):
    probe = await Probe.open(server.runtime, "dice", (room, CALLS))
    ann = await server.connect(room=room)
    asked = asyncio.ensure_future(ann.ask("call", cmd="roll", sides=6))
    call = await probe.next("command")
    assert call["command"] == "roll" and call["body"]["sides"] == 6 and call["id"] == ann.id
    assert await probe.do("reply", call["ask"], '{"sum":7}') == "0"
    assert (await asked)["sum"] == 7
    ann.send("call", cmd="roll", ref="r2")
    call = await probe.next("command")
    await probe.do("refuse", call["ask"], "no_dice", "they are lost")
    error = await ann.recv_until(type="error", ref="r2")
    assert (error["code"], error["content"]) == ("no_dice", "they are lost")


async def test_guarded_messages_pass_change_or_are_refused(server):
    probe = await Probe.open(server.runtime, "judge", ("game-*", GUARD))
    ann, bob = [await server.connect(room="game-1") for _ in range(2)]
    for n in range(3):
        ann.send("move", n=n, ref=f"r{n}")
    asked = [(await probe.next("guard"))["ask"] for _ in range(3)]
    await probe.do("change", asked[2], "moved", '{"n":9}')  # takes effect after the others
    await probe.do("refuse", asked[1], "not_your_turn", "wait")
    await probe.do("pass", asked[0])
    assert (await ann.recv_until(type="error"))["code"] == "not_your_turn"
    assert (await bob.recv_until(type="move"))["n"] == 0
    assert (await bob.recv_until(type="moved"))["n"] == 9


@pytest.mark.deadline(60)
async def test_a_guard_that_was_killed_is_asked_again(server):
    probe = await Probe.open(server.runtime, "judge", ("game-*", GUARD))
    ann, bob = [await server.connect(room="game-2") for _ in range(2)]
    ann.send("move", n=1)
    asked = await probe.next("guard")
    await probe.kill()
    probe = await Probe.open(server.runtime, "judge", ("game-*", GUARD), up=False)
    again = await probe.next("guard")
    assert again["again"] == 1 and again["ask"] == asked["ask"] and again["body"] == {"n": 1}
    await server.restart_async("hub")
    await probe.next("up")
    assert await probe.do("pass", again["ask"]) == "0"
    assert (await bob.recv_until(type="move"))["n"] == 1


async def test_a_newer_process_takes_its_place(server, room):
    old = await Probe.open(server.runtime, "bot", (room, PEOPLE))
    await Probe.open(server.runtime, "bot", (room, PEOPLE))
    assert (await old.next("error"))["error"] == "EEXIST"
    assert await old.ended() == 1


async def test_its_own_loop_ends_by_a_signal(server, room):
    probe = await Probe.open(server.runtime, "looping", (room, PEOPLE), loop="run")
    ann = await server.connect(room=room)
    assert (await probe.next("connect"))["id"] == ann.id
    probe.process.send_signal(signal.SIGTERM)
    assert await probe.ended() == 0


async def test_actions_wait_for_the_hub(server, room):
    probe = await Probe.open(server.runtime, "bot", (room, PEOPLE))
    ann = await server.connect(room=room)
    await asyncio.to_thread(server.kill, "hub")
    await probe.next("down")
    asked = [asyncio.ensure_future(probe.act("publish", room, "chat", f'{{"n":{n}}}'))
             for n in range(50)]
    await probe._of("said", 50, 8)
    await server.start_async("hub")
    results = await asyncio.gather(*asked)
    assert [r["offset"] for r in results] == list(range(1, 51))
    assert [(await ann.recv_until(type="chat"))["n"] for _ in range(50)] == list(range(50))


@pytest.mark.deadline(90)
async def test_nothing_is_lost_when_either_is_killed(server, room):
    """Each message is told at least once, in order; each action is done once, in order."""
    ann = await server.connect(room=room)
    probe = await Probe.open(server.runtime, "hard", (room, MESSAGES))
    told, said, acts = [], 0, 0
    pending = []
    for round_ in range(6):
        for _ in range(40):
            await ann.ask("message", n=said)
            said += 1
            pending.append(asyncio.ensure_future(
                probe.act("publish", f"{room}-acts", "did", f'{{"n":{acts}}}', seconds=30)))
            acts += 1
            if random.random() < 0.02:
                await asyncio.gather(*pending)
        if round_ % 2 == 1:
            await server.restart_async("hub")
        else:
            await asyncio.gather(*pending)
            told.append([e["body"]["n"] for e in probe.came("message")])
            await probe.kill()
            pending.clear()
            probe = await Probe.open(server.runtime, "hard", (room, MESSAGES))
    probe.at = 0
    await probe.next("message", body={"n": said - 1}, seconds=20)
    await asyncio.gather(*pending)
    told.append([e["body"]["n"] for e in probe.came("message")])
    for one in filter(None, told):
        assert one == list(range(one[0], one[-1] + 1))
    assert {n for one in told for n in one} == set(range(said))
    history = await probe.act("history", f"{room}-acts", 0, 300)
    assert [m[3]["n"] for m in history["list"]] == list(range(acts))[-100:]
