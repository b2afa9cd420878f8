# test_handler_state.py - handlers are told what becomes of rooms' states, whatever is killed
# SPDX-License-Identifier: MIT
import asyncio

import pytest

from atrium.faults import FAULTS, end, end_at
from atrium.handler import Handler
from atrium.probe import Probe
from atrium.wire import MESSAGES, STATE

SECTIONS = {'handler "bot"': {"rooms": "*"}, 'handler "two"': {"rooms": "*"}}


def put(key, value):
    return {"key": key, "value": value}


def seen(event):
    """What a change was: [(key, value or None)]."""
    return [(op["key"], None if op["remove"] else op["value"].decode()) for op in event["ops"]]


async def change(client, *ops, **members):
    done = await client.ask("state", ops=list(ops), **members)
    assert done["type"] == "ack", done
    return done["rev"]


async def test_they_are_told_in_order(new_server, room):
    server = new_server(**SECTIONS)
    bot = await Handler.open(server.runtime, "bot")
    assert (await bot.serve(room, what=MESSAGES | STATE))["error"] == ""
    two = await Handler.open(server.runtime, "two")
    await two.serve(room, what=STATE)
    ann = await server.connect(room=room, nickname="Ann", token=server.token("annie"))
    await ann.ask("message", n=1)
    await change(ann, put("a", [1.50]), put("b", 2))
    await ann.ask("message", n=2)
    await change(ann, {"key": "a", "delete": True})
    said = [await bot.next() for _ in range(4)]
    assert [e.name for e in said] == ["said", "changed", "said", "changed"]
    first = said[1]
    assert [e["seq"] for e in said] == list(range(first["seq"] - 1, first["seq"] + 3))
    assert (first["room"], first["rev"], first["offset"], first["epoch"]) == \
        (room, 1, 1, said[0]["epoch"])
    assert (first["id"], first["nickname"], first["user"]) == (ann.id, ann.nickname, "annie")
    assert [name for name, _ in seen(first)] == ["a", "b"] and seen(said[3]) == [("a", None)]
    # of what another does, and not of its own
    done = await bot.call("act_state", room=room, ops=[put("c", b"3")])
    assert done["rev"] == 3
    told = await two.next("changed", rev=3)
    assert seen(told) == [("c", "3")] and (told["id"], told["nickname"]) == ("handler", "bot")
    await change(ann, put("d", 4))
    assert (await bot.next("changed"))["rev"] == 4


async def test_who_does_not_serve_it_is_not_told(new_server, room):
    server = new_server(**{'handler "bot"': {"rooms": "hall-*"}})
    bot = await Handler.open(server.runtime, "bot")
    await bot.serve("*", what=STATE)
    ann = await server.connect(room=room)
    await change(ann, put("a", 1))
    await ann.ask("join", room="hall-1")
    await change(ann, put("a", 1), room="hall-1")
    assert (await bot.next())["room"] == "hall-1"
    await bot.serve("*", what=MESSAGES)
    await change(ann, put("a", 2), room="hall-1")
    await ann.ask("message", room="hall-1")
    assert (await bot.next()).name == "said"


async def test_a_state_that_no_one_needs_is_gone(new_server, room):
    server = new_server(hub={"state_ttl": "100ms", "grace": "100ms", "history": "0"}, **SECTIONS)
    bot = await Handler.open(server.runtime, "bot")
    await bot.serve(room, what=STATE)
    ann = await server.connect(room=room)
    await change(ann, put("a", 1))
    await ann.close()
    assert seen(await bot.next("changed")) == [("a", "1")]
    assert seen(await bot.next("changed", seconds=25)) == []


@pytest.mark.deadline(60)
@pytest.mark.parametrize("fault", (*FAULTS, "killed"))
async def test_none_is_lost_with_the_hub_or_the_handler(new_server, room, fault):
    """Each change has come at least once, by its number once, and in order."""
    server = new_server(**SECTIONS)
    bot = await Handler.open(server.runtime, "bot")
    await bot.serve(room, what=STATE)
    told, revs, ending = {}, [], asyncio.Event()

    def take(handler):
        for event in handler.came("changed"):
            assert told.setdefault(event["seq"], event["rev"]) == event["rev"]

    async def talk():
        ann = await server.connect(room=room)
        while not ending.is_set():
            revs.append(await change(ann, put("k", len(revs)), mid=str(len(revs))))
    talking = asyncio.create_task(talk())
    try:
        for after in (1, 5):
            have = len(revs)
            while len(revs) < have + 20:
                await asyncio.sleep(0)
                assert not talking.done(), talking.result()
            if fault == "killed":
                await end(server, "hub")
                await server.start_async("hub")
            else:
                await end_at(server, fault, after)
            await bot.welcomed()
            await bot.gone(server)
            take(bot)
            bot = await Handler.open(server.runtime, "bot")
    finally:
        ending.set()
        await talking
    await bot.next("changed", rev=revs[-1], seconds=20)
    take(bot)
    numbers = sorted(told)
    assert [told[n] for n in numbers] == list(range(revs[0], revs[-1] + 1))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_the_library_tells_it(new_server, room):
    server = new_server(**SECTIONS)
    probe = await Probe.open(server.runtime, "bot", (room, STATE))
    ann = await server.connect(room=room, nickname="Ann", token=server.token("annie"))
    await change(ann, put("a", [1]), put("b", "x"))
    told = await probe.next("state")
    assert told["changes"] == [["a", 1, [1]], ["b", 1, "x"]] and told["rev"] == 1
    assert (told["id"], told["nickname"], told["user"]) == (ann.id, ann.nickname, "annie")
    await change(ann, {"key": "a", "delete": True})
    assert (await probe.next("state"))["changes"] == [["a", 2, None]]
    for n in range(4):
        await ann.ask("message", n=n)
    page = await probe.act("page", room, 0, 3, 10)
    assert [m[3]["n"] for m in page["list"]] == [0, 1]
    assert [m[3]["n"] for m in (await probe.act("page", room, 0, 0, 1))["list"]] == [3]
