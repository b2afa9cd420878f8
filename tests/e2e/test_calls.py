# test_calls.py - what clients call goes to the room's handler, and its answer back
# SPDX-License-Identifier: MIT
import json

import pytest

from atrium import CommandClient
from atrium.faults import end
from atrium.judge import CALLS, MESSAGES, Judge


def settings(room, **more):
    return {'handler "dice"': {"rooms": f"{room}*", "deadline": "20s", **more}}


def dice(server, room, **options):
    return Judge(server, "dice", {f"{room}*": CALLS}, **options)


async def test_a_call_is_answered(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann", token=server.token("annie"))
    async with dice(server, room) as handler:
        ann.send("call", cmd="roll", sides=6, ref=1)
        question = await handler.called()
        assert question["room"] == room and question["cmd"] == "roll"
        assert question["id"] == ann.id and question["nickname"] == ann.nickname
        assert question["user"] == "annie" and not question["again"]
        assert json.loads("{" + question["body"].decode() + "}")["sides"] == 6
        handler.answer(question, '"eyes":4,"n":1e2')
        result = await ann.recv_until(type="result")
        assert result["ref"] == 1 and result["eyes"] == 4 and '"n":1e2' in result.raw

        command = await server.open(CommandClient, channel=room)
        command.send_text(json.dumps({"channel": room, "cmd": "call", "ref": "c",
                                      "param": {"cmd": "roll", "sides": 2}}))
        question = await handler.called()
        handler.answer(question, '"eyes":1')
        result = await command.recv_until(ref="c")
        assert result["cmd"] == "result" and result["param"]["eyes"] == 1


async def test_both_sides_are_as_they_were_written(new_server, room):
    """And what is the dialect's own in an answer is not the handler's."""
    server = new_server(**settings(room))
    ann = await server.connect(room=room)
    command = await server.open(CommandClient, channel=room)
    asked = r'"n" : 1.50,"deep":{"cmd":[ ]},"\u0061":2'
    said = r'"n" : 1.50,"type":"error","r\u006fom":"x","ref":9,"id":[ ]'
    async with dice(server, room) as handler:
        ann.send_text('{"id":1,"type":"call",%s,"cmd":"roll","nickname":"x"}' % asked)
        question = await handler.called()
        assert question["body"].decode() == asked
        handler.answer(question, said)
        result = await ann.recv_until(type="result")
        assert result.raw == '{"type":"result","room":"%s","n" : 1.50,"id":[ ]}' % room
        command.send_text('{"cmd":"call","param":{%s,"cmd":"roll","room":"%s"},"ref":2}' % (asked, room))
        question = await handler.called()
        assert question["body"].decode() == asked
        handler.answer(question, said)
        result = await command.recv_until(cmd="result")
        assert result.raw == '{"channel":"%s","cmd":"result","param":{%s},"ref":2}' % (room, said)


async def test_calls_are_answered_in_any_order(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    async with dice(server, room) as handler:
        for n in range(10):
            ann.send("call", cmd="roll", ref=n)
        questions = [await handler.called() for _ in range(10)]
        for n, question in reversed(list(enumerate(questions))):
            handler.answer(question, f'"n":{n}')
        results = [await ann.recv_until(type="result") for _ in range(10)]
        assert [(m["ref"], m["n"]) for m in results] == [(n, n) for n in range(9, -1, -1)]


async def test_a_call_is_refused(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    async with dice(server, room) as handler:
        for error, text, code in (("no_dice", "none left", "no_dice"), ("no_dice", "", "no_dice"),
                                  ("No!", "none left", "refused"), ("x" * 65, "", "refused"),
                                  ("no_dice", "x" * 1025, "refused")):
            ann.send("call", cmd="roll", ref="r")
            handler.answer(await handler.called(), error=error, text=text)
            refused = await ann.recv_until(type="error")
            assert refused["code"] == code and refused["ref"] == "r"
            assert (refused["content"] == "none left") == (code == "no_dice" and text == "none left")
        ann.send("call", cmd="roll", ref="r")
        handler.answer(await handler.called(), '"n":')
        await ann.error("refused", ref="r")


async def test_who_answers(new_server, room):
    """Of those that serve the room the first in the settings that has the command."""
    server = new_server(**{**settings(room), 'handler "cards"': {"rooms": room},
                           'handler "ears"': {"rooms": "*"}})
    ann = await server.connect(room=room, nickname="ann")
    assert (await ann.ask("call", cmd="roll"))["code"] == "no_handler"
    async with Judge(server, "ears", {"*": MESSAGES}), dice(
            server, room, commands=["roll"]) as handler:
        async with Judge(server, "cards", {room: CALLS}) as cards:
            ann.send("call", cmd="draw", ref="d")
            cards.answer(await cards.called(), '"card":"ace"')
            assert (await ann.recv_until(ref="d"))["card"] == "ace"
            ann.send("call", cmd="roll", ref="r")
            question = await handler.called()
            cards.answer(question, '"eyes":6')  # it was not asked
            await server.until_metrics(lambda s: s.get("atrium_hub_answers_stale_total") == 1)
            handler.answer(question, '"eyes":3')
            assert (await ann.recv_until(ref="r"))["eyes"] == 3
        assert (await ann.ask("call", room="elsewhere", cmd="roll"))["code"] == "not_in_room"


async def test_who_may_call(new_server, room):
    server = new_server(**{**settings(room), f'room "{room}"': {"publish": "token"}})
    guest = await server.connect(room=room, nickname="guest")
    ann = await server.connect(room=room, nickname="ann", token=server.token("ann"))
    async with dice(server, room) as handler:
        assert (await guest.ask("call", cmd="roll"))["code"] == "forbidden"
        ann.send("call", cmd="roll", ref="r")
        handler.answer(await handler.called())
        assert (await ann.recv_until(ref="r"))["type"] == "result"


async def test_a_late_answer(new_server, room):
    server = new_server(**settings(room, deadline="300ms", absent="wait"))
    ann = await server.connect(room=room, nickname="ann")
    async with dice(server, room) as handler:
        ann.send("call", cmd="roll", ref="r")
        question = await handler.called()
        await ann.error("handler_timeout", ref="r")
        assert (await handler.next("withdrawn"))["ask"] == question["ask"]
        handler.answer(question, '"eyes":3')
        await server.until_metrics(lambda s: s.get("atrium_hub_answers_stale_total") == 1)
        await ann.expect_silence()


async def test_who_has_called_is_gone(new_server, room):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    async with dice(server, room) as handler:
        ann.send("call", cmd="roll", ref="r")
        question = await handler.called()
        await ann.close()
        assert (await handler.next("withdrawn"))["ask"] == question["ask"]


async def test_as_many_wait_as_may(new_server, room):
    server = new_server(**settings(room, pending="3"))
    ann = await server.connect(room=room, nickname="ann")
    async with dice(server, room) as handler:
        for n in range(4):
            ann.send("call", cmd="roll", ref=n)
        await ann.error("unavailable", ref=3)
        for _ in range(3):
            handler.answer(await handler.called())
        for n in range(3):
            assert (await ann.recv_until(type="result"))["ref"] == n


@pytest.mark.parametrize("who", ["handler", "hub"])
async def test_it_is_asked_again(new_server, room, who):
    server = new_server(**settings(room))
    ann = await server.connect(room=room, nickname="ann")
    async with dice(server, room) as handler:
        for n in range(3):
            ann.send("call", cmd="roll", ref=n)
        asked = [await handler.called() for _ in range(3)]
        if who == "hub":
            await end(server, "hub")
            await server.start_async("hub")
            again = [await handler.called(again=1) for _ in range(3)]
            for question in again:
                handler.answer(question)
            for n in range(3):
                await ann.recv_until(ref=n)
    if who == "handler":
        # one that is away for a moment is waited for
        ann.send("call", cmd="roll", ref=3)
        await ann.ask("rooms")
        async with dice(server, room) as handler:
            again = [await handler.called() for _ in range(4)]
            assert all(question["again"] for question in again[:3])
            for question in again:
                handler.answer(question)
            assert (await ann.recv_until(ref=3))["type"] == "result"
    assert [q["ask"] for q in again[:3]] == [q["ask"] for q in asked]
    await ann.ask("rooms")
    for n in range(3):
        assert [m["type"] for m in ann.received(ref=n)] == ["result"]
