# test_guard.py - guarded rooms: nothing is said there but by its handler's ruling
# SPDX-License-Identifier: MIT
import asyncio
import json

import pytest

from atrium import CommandClient, RawClient, patient
from atrium.faults import end
from atrium.judge import CHANGE, GUARD, PASS, REFUSE, Judge


def settings(room, **more):
    return {'handler "judge"': {"guard": f"{room}*", "deadline": "20s", **more}}


def judge(server, room, **options):
    return Judge(server, "judge", {f"{room}*": GUARD}, **options)


def said(message):
    return json.loads("{" + message["body"].decode() + "}")


async def settled(server, name="judge"):
    """The hub has seen that no process of the name is linked."""
    await asyncio.to_thread(server["hub"].wait_line, f"handler_down handler={name}")


async def test_it_passes_changes_and_refuses(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann", token=server.token("annie"))
    bob = await server.connect(room=room, nickname="bob")
    async with judge(server, room) as handler:
        ann.send("chat", n=1, ref="a")
        question = await handler.asked()
        assert question["room"] == room and question["type"] == "chat" and said(question) == {"n": 1}
        assert question["id"] == ann.id and question["user"] == "annie" and not question["again"]
        assert 0 < question["deadline"] <= patient(20) * 1000
        handler.rule(question)
        assert (await ann.recv_until(ref="a"))["type"] == "ack"
        assert (await bob.recv_until(type="chat"))["n"] == 1

        ann.send("chat", n=2, ref="b")
        handler.rule(await handler.asked(), CHANGE, type="move",
                     body='"n":22,"by":"judge"')
        moved = await bob.recv_until(type="move")
        assert moved["n"] == 22 and moved["by"] == "judge" and moved["id"] == ann.id
        assert (await ann.recv_until(ref="b"))["offset"] == moved["offset"] == 2

        ann.send("chat", n=3, ref="c")
        handler.rule(await handler.asked(), REFUSE, error="not_your_turn",
                           text="it is bob's turn, \u201cann\u201d")
        refused = await ann.recv_until(ref="c")
        assert refused["type"] == "error" and refused["code"] == "not_your_turn"
        assert refused["content"] == "it is bob's turn, \u201cann\u201d"
        for error, text in (("", ""), ("Not A Code", "x"), ("fine", "x" * 1025)):
            ann.send("chat", n=4, ref="d")
            handler.rule(await handler.asked(), REFUSE, error=error,
                               text=text)
            refused = await ann.recv_until(ref="d")
            assert refused["code"] == "refused" and "x" not in refused["content"]
        # what cannot be said in a room is not said
        for more in ({"body": '"n":'}, {"type": ""}, {"format": 1, "body": b"\xff"}):
            ann.send("chat", n=5, ref="e")
            handler.rule(await handler.asked(), CHANGE,
                               **{"type": "chat", **more})
            assert (await ann.recv_until(ref="e"))["code"] == "refused"
        await bob.expect_silence()


async def test_rulings_take_effect_in_order(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    bob = await server.connect(room=room, nickname="bob")
    async with judge(server, room) as handler:
        for n in range(20):
            (ann, bob)[n % 2].send("chat", n=n, ref=f"say-{n}")
        questions = [await handler.asked() for _ in range(20)]
        for question in reversed(questions[1:]):
            refuse = said(question)["n"] % 5 == 4
            handler.rule(question, REFUSE if refuse else PASS)
        assert (await ann.ask("rooms"))["type"] == "rooms"
        assert not ann.received(type="chat") and not ann.received(type="ack")
        handler.rule(questions[0])
        order = [said(q)["n"] for q in questions if said(q)["n"] % 5 != 4]
        for client in (ann, bob):
            heard = [await client.recv_until(type="chat") for _ in order]
            assert [m["n"] for m in heard] == order
            assert [m["offset"] for m in heard] == list(range(1, len(order) + 1))
        for n in range(20):
            client = (ann, bob)[n % 2]
            await client.ask("rooms")
            assert len(client.received(ref=f"say-{n}")) == 1


async def test_all_dialects_are_guarded(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    async with judge(server, room) as handler:
        raw = await server.open(RawClient, path=f"/ws/{room}")
        await raw.ws.send("text \u20ac")
        question = await handler.asked()
        assert question["format"] == 1 and question["body"] == "text \u20ac".encode()
        handler.rule(question)
        assert (await ann.recv_until(type="text"))["content"] == "text \u20ac"
        await raw.ws.send(b"\x00\xff")
        question = await handler.asked()
        assert question["format"] == 2 and question["body"] == b"\x00\xff"
        handler.rule(question, CHANGE, type="text", format=1, body="no binary here")
        assert (await ann.recv_until(type="text"))["content"] == "no binary here"
        command = await server.open(CommandClient, channel=room)
        command.send_text(json.dumps({"channel": room, "cmd": "move", "param": {"x": 1}, "ref": "m"}))
        question = await handler.asked()
        assert question["type"] == "move" and said(question) == {"x": 1}
        handler.rule(question, REFUSE, error="bad_move")
        refused = await command.recv_until(ref="m")
        assert refused["param"]["code"] == "bad_move"


async def test_types_and_state(new_server, room):
    """Other types are not its concern; a state is changed by no client."""
    server = new_server(**settings(room, guard_types="move"))
    ann = await server.connect(room=room, nickname="ann")
    async with judge(server, room) as handler:
        assert (await ann.ask("chat", n=1))["offset"] == 1
        ann.send("move", n=2, ref="m")
        handler.rule(await handler.asked())
        assert (await ann.recv_until(ref="m"))["offset"] == 2
        assert (await ann.ask("state", ops=[{"key": "k", "value": 1}]))["code"] == "forbidden"
        await ann.ask("join", room=f"{room[:3]}-other")
        answer = await ann.ask("state", room=f"{room[:3]}-other", ops=[{"key": "k", "value": 1}])
        assert answer["type"] != "error"


async def test_what_is_repeated_is_asked_once(new_server, room):
    """A client that lost its connection says it again, by another gateway."""
    server = new_server(gateways=2, **settings(room))
    ann = await server.connect(room=room, nickname="ann")
    bob = await server.connect(room=room, nickname="bob")
    async with judge(server, room) as handler:
        ann.send("chat", n=1, mid="m1", ref="first")
        question = await handler.asked()
        ann.drop()
        back = await server.connect(gateway="gateway-2", announced=False, room=room, id=ann.id,
                                    resume=ann.resume)
        back.send("chat", n=1, mid="m1", ref="second")
        await back.ask("rooms")
        handler.rule(question)
        assert (await back.recv_until(type="ack"))["ref"] == "second"
        assert (await bob.recv_until(type="chat"))["n"] == 1
        assert (await back.ask("chat", n=1, mid="m1"))["offset"] == 1
        await bob.expect_silence()
        assert len(handler.came("guarded")) == 1


async def test_who_has_gone_is_still_heard(new_server, room):
    server = new_server(hub={"grace": "0"}, **settings(room))
    ann = await server.connect(room=room, nickname="ann")
    bob = await server.connect(room=room, nickname="bob")
    async with judge(server, room) as handler:
        ann.send("chat", n=1, ref="r")
        question = await handler.asked()
        await ann.close()
        await bob.recv_until(type="system", content="ann left the room")
        handler.rule(question)
        heard = await bob.recv_until(type="chat")
        assert heard["nickname"] == "ann" and heard["id"] == ann.id


async def test_a_handler_that_comes_back_is_asked_again(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    async with judge(server, room) as handler:
        for n in range(3):
            ann.send("chat", n=n, ref=f"say-{n}")
        asked = [await handler.asked() for _ in range(3)]
    ann.send("chat", n=3, ref="say-3")
    await ann.ask("rooms")
    async with judge(server, room) as handler:
        again = [await handler.asked() for _ in range(4)]
        assert [q["ask"] for q in again[:3]] == [q["ask"] for q in asked]
        assert [q["again"] for q in again[:3]] == [1, 1, 1]
        assert [said(q)["n"] for q in again] == [0, 1, 2, 3]
        for question in again:
            handler.rule(question)
        for n in range(4):
            assert (await ann.recv_until(type="ack", ref=f"say-{n}"))["offset"] == n + 1


async def test_another_process_takes_its_place(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    async with judge(server, room) as first:
        ann.send("chat", n=1, ref="r")
        question = await first.asked()
        async with judge(server, room) as second:
            again = await second.asked()
            assert again["ask"] == question["ask"] and again["again"]
            second.rule(again)
            assert (await ann.recv_until(ref="r"))["type"] == "ack"
    server.tolerate("replaced")


# ---- a handler that is away, or does not rule

@pytest.mark.parametrize("absent", ["refuse", "pass", "wait"])
async def test_no_handler_was_ever_here(new_server, room, absent):
    server = new_server(**settings(room, absent=absent, deadline="1s"))
    ann = await server.connect(room=room, nickname="ann")
    ann.send("chat", n=1, ref="r")
    if absent == "refuse":
        assert (await ann.recv_until(ref="r"))["code"] == "no_handler"
    elif absent == "pass":
        assert (await ann.recv_until(type="ack", ref="r"))["offset"] == 1
    else:
        await ann.expect_silence()
        async with judge(server, room) as handler:
            handler.rule(await handler.asked())
            assert (await ann.recv_until(type="ack", ref="r"))["offset"] == 1


@pytest.mark.parametrize("absent", ["refuse", "pass", "wait"])
async def test_no_ruling_in_time(new_server, room, absent):
    server = new_server(**settings(room, absent=absent, deadline="300ms"))
    ann = await server.connect(room=room, nickname="ann")
    async with judge(server, room) as handler:
        for n in range(2):
            ann.send("chat", n=n, ref=f"say-{n}")
        first, second = [await handler.asked() for _ in range(2)]
        if absent == "wait":
            await server.until_metrics(lambda s: s.get("atrium_hub_questions_late_total") == 2)
            assert not ann.received(ref="say-0")
            handler.rule(second)
            handler.rule(first)
        else:
            assert (await handler.next("withdrawn"))["ask"] == first["ask"]
            handler.rule(first, REFUSE, error="too_late")
        for n in range(2):
            answer = await ann.recv_until(ref=f"say-{n}")
            if absent == "refuse":
                assert answer["code"] == "handler_timeout"
            else:
                assert answer["type"] == "ack" and answer["offset"] == n + 1
        await ann.ask("rooms")
        assert len(ann.received(ref="say-0")) == 1


async def test_a_handler_that_is_killed_for_good(new_server, room):
    server = new_server(**settings(room, deadline="300ms"))
    ann = await server.connect(room=room, nickname="ann")
    async with judge(server, room) as handler:
        ann.send("chat", n=1, ref="say-1")
        await handler.asked()
    assert (await ann.recv_until(ref="say-1"))["code"] == "handler_timeout"
    await server.until_metrics(lambda s: s.get("atrium_hub_questions_waiting") == 0)
    while (answer := await ann.ask("chat", n=2))["code"] != "no_handler":
        assert answer["code"] == "handler_timeout"


async def test_one_that_does_not_serve_is_away(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    async with Judge(server, "judge", {}):
        assert (await ann.ask("chat", n=1))["code"] == "no_handler"
    async with Judge(server, "judge", {"another-room": GUARD}):
        assert (await ann.ask("chat", n=1))["code"] == "no_handler"


async def test_as_many_wait_as_may(new_server, room):
    server = new_server(**settings(room, pending="5"))
    ann = await server.connect(room=room, nickname="ann")
    async with judge(server, room) as handler:
        for n in range(7):
            ann.send("chat", n=n, ref=f"say-{n}")
        for n in (5, 6):
            assert (await ann.recv_until(ref=f"say-{n}"))["code"] == "unavailable"
        for _ in range(5):
            handler.rule(await handler.asked())
        for n in range(5):
            assert (await ann.recv_until(ref=f"say-{n}"))["type"] == "ack"
    await server.until_metrics(lambda s: s.get("atrium_hub_questions_full_total") == 2)


async def test_settings_change_meanwhile(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    async with judge(server, room) as handler:
        for n in range(2):
            ann.send("chat", n=n, ref=f"say-{n}")
        asked = [await handler.asked() for _ in range(2)]
        server.settings['handler "other"'] = {"guard": f"{room}*", "deadline": "20s"}
        server.settings['handler "judge"'] = {"rooms": f"{room}*"}
        server.reload("hub")
        for question in asked:
            assert (await handler.next("withdrawn"))["ask"] == question["ask"]
        async with Judge(server, "other", {f"{room}*": GUARD}) as other:
            other.rule(await other.asked())
            assert (await ann.recv_until(ref="say-0"))["type"] == "ack"
            await other.asked()
            del server.settings['handler "other"']
            server.reload("hub")
            assert (await ann.recv_until(ref="say-1"))["code"] == "no_handler"
            assert (await ann.ask("chat", n=5))["type"] == "ack"
    server.tolerate("handler")


# ---- the hub

@pytest.mark.parametrize("when", ["asked", "away"])
async def test_a_hub_that_is_killed_asks_again(new_server, room, when):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    bob = await server.connect(room=room, nickname="bob")
    handler = judge(server, room)
    async with handler:
        for n in range(3):
            ann.send("chat", n=n, ref=f"say-{n}", mid=f"m{n}")
        asked = [await handler.asked() for _ in range(3)]
        if when == "asked":
            await end(server, "hub")
            await server.start_async("hub")
            again = [await handler.asked(again=1) for _ in range(3)]
            assert [q["ask"] for q in again] == [q["ask"] for q in asked]
            for question in again:
                handler.rule(question)
    if when == "away":
        await end(server, "hub")
        await server.start_async("hub")
        async with judge(server, room) as handler:
            for _ in range(3):
                handler.rule(await handler.asked(again=1))
    for n in range(3):
        assert (await ann.recv_until(type="ack", ref=f"say-{n}"))["offset"] == n + 1
        assert (await bob.recv_until(type="chat"))["n"] == n
