# test_api_calls.py - the server API calls a room's handler: answers, refusals, limits, kills
# SPDX-License-Identifier: MIT
import asyncio
import json

import pytest

from atrium.api import Api, Failed
from atrium.command import atrium
from atrium.faults import end
from atrium.judge import CALLS, Judge


def settings(room, **more):
    """An answer has a minute: who is killed has time to come back."""
    return {"gateway": {"api_timeout": "60s", "verdict_timeout": "60s"},
            'handler "dice"': {"rooms": f"{room}*", "deadline": "20s", **more}}


def dice(server, room):
    return Judge(server, "dice", {f"{room}*": CALLS})


def asking(api, room, **members):
    return asyncio.create_task(api.ask("call", {"room": room, "command": "roll", **members}))


async def failed(task):
    with pytest.raises(Failed) as caught:
        await task
    return caught.value.status, caught.value.code


async def test_a_call_is_answered_as_it_was_written(new_server, room):
    server = new_server(**settings(room))
    api = Api(server, server.token("shop", claims={"api": True}))
    async with dice(server, room) as handler:
        task = asyncio.create_task(api.post("call", b'{"room":"%s","command":"roll","n" : 1.50,"deep":{"a":[ ]}}'
                                            % room.encode()))
        question = await handler.called()
        assert question["room"] == room and question["cmd"] == "roll" and not question["again"]
        assert (question["id"], question["nickname"], question["user"]) == ("api", "API", "shop")
        assert question["body"].decode() == '"n" : 1.50,"deep":{"a":[ ]}'
        handler.answer(question, r'"eyes":4,"n":1e2,"id":"x","error":{ }')
        got = await task
        assert got.status == 200
        assert got.body == b'{"result":{"eyes":4,"n":1e2,"id":"x","error":{ }}}\n'
        task = asking(api, room)
        handler.answer(await handler.called())
        assert await task == {}


async def test_a_call_is_refused(new_server, room):
    server = new_server(**settings(room))
    api = Api(server)
    async with dice(server, room) as handler:
        for error, text, told in (("bad_dice", "a die has 2 to 1000 sides", "a die has 2 to 1000 sides"),
                                  ("no", "", "the room's handler does not let this pass")):
            task = asking(api, room)
            handler.answer(await handler.called(), error=error, text=text)
            with pytest.raises(Failed) as caught:
                await task
            assert (caught.value.status, caught.value.code) == (422, error)
            assert caught.value.message == told
        task = asking(api, room)
        handler.answer(await handler.called(), "not JSON")
        assert await failed(task) == (422, "refused")


async def test_who_may_and_what_is_no_call(new_server, room):
    server = new_server(**settings(room))
    api = Api(server)
    assert await failed(api.call(room=room, command="roll")) == (503, "no_handler")
    for wrong in ({"command": ""}, {"command": 1}, {"timeout": 0}, {"timeout": 60001}, {"timeout": "1"},
                  {"mid": ""}, {"nickname": "x"}):
        assert (await failed(asking(api, room, **wrong)))[0] == 400, wrong
    assert (await failed(asking(api, "")))[0] == 400
    assert (await failed(api.ask("call", {"room": room})))[0] == 400
    async with dice(server, room) as handler:
        assert await failed(api.call(room="elsewhere", command="roll")) == (503, "no_handler")
        api.token = server.token("demo")
        assert await failed(asking(api, room)) == (403, "forbidden")
        api.token = "x"
        assert await failed(asking(api, room)) == (401, "unauthorized")
        api.token = server.token("shop", claims={"api": True})
        task = asking(api, room, n=1)
        question = await handler.called()
        assert question["body"] == b'"n": 1', "no other was asked"
        handler.answer(question)
        await task


async def test_no_answer_in_time(new_server, room):
    server = new_server(**settings(room))
    api = Api(server)
    async with dice(server, room) as handler:
        task = asking(api, room, timeout=300)
        question = await handler.called()
        assert question["deadline"] <= 300
        assert await failed(task) == (504, "handler_timeout")
        assert (await handler.next("withdrawn"))["ask"] == question["ask"]
        handler.answer(question, '"eyes":3')
        await server.until_metrics(lambda m: m.get("atrium_hub_answers_stale_total") == 1)


async def test_the_gateway_waits_no_longer_than_it_says(new_server, room):
    server = new_server(**{**settings(room), "gateway": {"api_timeout": "500ms", "verdict_timeout": "60s"}})
    api = Api(server)
    async with dice(server, room) as handler:
        task = asking(api, room)
        await handler.called()
        assert await failed(task) == (504, "timeout")
        await server.until_metrics(lambda m: m.get("atrium_gateway_api_timeouts_total") == 1)


async def test_as_many_wait_as_may(new_server, room):
    server = new_server(**settings(room, pending="3"))
    api = Api(server)
    async with dice(server, room) as handler:
        tasks = [asking(api, room, n=n) for n in range(3)]
        questions = [await handler.called() for _ in range(3)]
        assert await failed(asking(api, room)) == (503, "unavailable")
        assert (await api.status())["gateways"], "others are not held up"
        for question in reversed(questions):
            handler.answer(question, question["body"])
        assert [got["n"] for got in await asyncio.gather(*tasks)] == [0, 1, 2]


async def test_as_a_command(new_server, room):
    server = new_server(**settings(room))
    await server.until_status("/readyz", 200)

    def call(*options):
        return asyncio.create_task(asyncio.to_thread(
            atrium, "call", room, "roll", *options, "--url", f"http://127.0.0.1:{server.port}",
            "--keys", server.keys))
    async with dice(server, room) as handler:
        task = call('{"sides":6}', "--mid", "one", "--timeout", "15000")
        question = await handler.called()
        assert question["body"] == b'"sides":6' and question["deadline"] <= 15000
        handler.answer(question, '"eyes":4')
        assert (await task).stdout == '{"eyes":4}\n'
        got = await call("--mid", "one", "--json")
        assert json.loads(got.stdout) == {"result": {"eyes": 4}}
        task = call()
        handler.answer(await handler.called(), error="bad_dice", text="no dice")
        got = await task
        assert got.returncode == 1 and "no dice" in got.stderr


async def test_in_a_batch(new_server, room):
    server = new_server(**settings(room))
    api = Api(server)
    async with dice(server, room) as handler:
        task = asyncio.create_task(api.batch(requests=[
            {"method": "call", "room": room, "command": "roll", "n": 1},
            {"method": "rooms"}, {"method": "call", "room": room, "command": "roll", "n": 2}]))
        for _ in range(2):
            question = await handler.called()
            handler.answer(question, question["body"])
        results = (await task)["results"]
        assert [results[0], results[2]] == [{"result": {"n": 1}}, {"result": {"n": 2}}]


async def test_the_same_again_is_asked_once(new_server, room):
    """While it waits, and when it is answered: also a refusal, and by another hub."""
    server = new_server(**settings(room))
    api = Api(server, server.token("shop", claims={"api": True}))
    other = Api(server, server.token("else", claims={"api": True}))
    async with dice(server, room) as handler:
        first = asking(api, room, mid="one")
        question = await handler.called()
        second = asking(api, room, mid="one")
        await server.until_metrics(lambda m: m.get("atrium_gateway_api_calls_total") == 2)
        assert (await api.status())["gateways"], "the second has come to the hub before this"
        handler.answer(question, '"eyes":4')
        assert await second == {"eyes": 4}
        first.cancel()
        for _ in range(2):
            assert await api.call(room=room, command="roll", mid="one") == {"eyes": 4}
        task = asking(api, room, mid="two")
        handler.answer(await handler.called(), error="no", text="not you")
        assert await failed(task) == (422, "no")
        await end(server, "hub")
        await server.start_async("hub")
        assert await api.call(room=room, command="roll", mid="one") == {"eyes": 4}
        assert await failed(asking(api, room, mid="two")) == (422, "no")
        task = asking(other, room, mid="one")
        question = await handler.called()
        assert question["user"] == "else", "an id is a user's own"
        handler.answer(question)
        await task


async def test_what_has_no_room_is_not_kept(new_server, room):
    server = new_server(**settings(room, results="1K"))
    api = Api(server)
    async with dice(server, room) as handler:
        for _ in range(2):
            task = asking(api, room, mid="one")
            handler.answer(await handler.called(), '"x":"%s"' % ("y" * 2000))
            assert len((await task)["x"]) == 2000
        await server.until_metrics(lambda m: m.get("atrium_hub_results_full_total") == 2)


async def test_the_hub_is_killed(new_server, room):
    server = new_server(**settings(room))
    api = Api(server)
    async with dice(server, room) as handler:
        tasks = [asking(api, room, n=n) for n in range(3)]
        asked = [await handler.called() for _ in range(3)]
        await end(server, "hub")
        await server.start_async("hub")
        again = [await handler.called(again=1) for _ in range(3)]
        assert [q["ask"] for q in again] == [q["ask"] for q in asked]
        for question in again:
            handler.answer(question, question["body"])
        assert [got["n"] for got in await asyncio.gather(*tasks)] == [0, 1, 2]


async def test_the_handler_is_killed(new_server, room):
    server = new_server(**settings(room))
    api = Api(server)
    async with dice(server, room) as handler:
        task = asking(api, room)
        asked = await handler.called()
    async with dice(server, room) as handler:
        question = await handler.called()
        assert question["ask"] == asked["ask"] and question["again"]
        handler.answer(question, '"eyes":2')
        assert await task == {"eyes": 2}


async def test_the_hub_is_away(new_server, room):
    server = new_server(**{**settings(room), "gateway": {"api_timeout": "500ms", "verdict_timeout": "60s"}})
    api = Api(server)
    await server.until_status("/readyz", 200)
    await end(server, "hub")
    await server.until_status("/readyz", 503)
    assert await failed(asking(api, room)) == (503, "unavailable")
    await server.start_async("hub")
    await server.until_status("/readyz", 200)


async def test_by_another_gateway_when_the_first_is_killed(new_server, room):
    server = new_server(gateways=2, **settings(room))
    api, other = Api(server), Api(server, gateway="gateway-2")
    async with dice(server, room) as handler:
        task = asking(api, room, mid="one")
        question = await handler.called()
        await end(server, "gateway")
        with pytest.raises(Exception):
            await task
        second = asking(other, room, mid="one")
        await other.status()
        handler.answer(question, '"eyes":5')
        assert await second == {"eyes": 5}
