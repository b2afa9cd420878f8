# test_calls_away.py - what is answered while the caller is away waits for it, whatever is killed
# SPDX-License-Identifier: MIT
import asyncio

import pytest

from atrium.faults import FAULTS, end, end_at
from atrium.judge import CALLS, GUARD, PASS, Judge

KEPT = "atrium_hub_results_kept"


def settings(room, **more):
    return {"hub": {"grace": "60s"},
            'handler "dice"': {"rooms": f"{room}*", "guard": f"{room}-guarded", "deadline": "60s", **more}}


def dice(server, room):
    return Judge(server, "dice", {room: CALLS, f"{room}-guarded": CALLS | GUARD})


async def come(server, room, nickname, *, gateway="gateway", **query):
    client = await server.connect(gateway=gateway, room=room, nickname=nickname, announced=False, **query)
    client.resume = client.received(type="welcome")[0]["resume"]
    return client


async def come_back(server, client, room, gateway="gateway"):
    """Its successor, of the same connection."""
    back = await come(server, room, "ann", gateway=gateway, id=client.id, resume=client.resume)
    assert back.received(type="welcome")[0]["resumed"]
    return back


async def lose(server, client):
    """The connection breaks, and the hub knows."""
    client.drop()
    await client.closed()
    await server.until_metrics(lambda s: s.get("atrium_gateway_connections") == 0)
    other = await server.connect(room="elsewhere")
    await other.ask("rooms")  # its gateway has told the hub of both, in this order
    await other.close()


async def call_and_lose(server, room, handler, refs):
    ann = await come(server, room, "ann")
    for ref in refs:
        ann.send("call", cmd="roll", ref=ref, sides=6)
    asked = [await handler.called() for _ in refs]
    await lose(server, ann)
    return ann, asked


async def told(client, refs):
    """What became of these calls; of each once."""
    results = {}
    for ref in refs:
        if not client.received(ref=ref):
            await client.recv_until(ref=ref)
        results[ref] = client.received(ref=ref)[0]
    await client.ask("rooms")
    for ref in refs:
        assert len(client.received(ref=ref)) == 1
    return results


async def test_the_answer_waits(new_server, room):
    server = new_server(**settings(room))
    async with dice(server, room) as handler:
        ann, asked = await call_and_lose(server, room, handler, [1, 2, 3])
        handler.answer(asked[1], '"eyes":4')
        handler.answer(asked[0], error="no_dice", text="none left")
        await server.until_metrics(lambda s: s.get(KEPT) == 2)
        assert not handler.came("withdrawn")
        back = await come_back(server, ann, room)
        handler.answer(asked[2], '"eyes":5')
        results = await told(back, [1, 2, 3])
        assert results[1]["code"] == "no_dice" and results[1]["content"] == "none left"
        assert results[2]["eyes"] == 4 and results[3]["eyes"] == 5
        # told once
        await lose(server, back)
        again = await come_back(server, back, room)
        await again.ask("rooms")
        assert not again.received(type="result") and not again.received(type="error")
    await server.until_metrics(lambda s: s.get(KEPT) == 0)


@pytest.mark.parametrize("late", ["before", "after"])
async def test_the_hub_is_killed(new_server, room, late):
    """Before the caller is back, or when it is."""
    server = new_server(gateways=2, **settings(room))
    async with dice(server, room) as handler:
        ann, asked = await call_and_lose(server, room, handler, [1])
        handler.answer(asked[0], '"eyes":4')
        await server.until_metrics(lambda s: s.get(KEPT) == 1)
        if late == "before":
            await end(server, "hub")
            await server.start_async("hub")
            await handler.welcomed()
        back = await come_back(server, ann, room, gateway="gateway-2")
        results = await told(back, [1])
        assert results[1]["type"] == "result" and results[1]["eyes"] == 4
        if late == "after":
            await end(server, "hub")
            await server.start_async("hub")
            await back.ask("rooms")
            assert len(back.received(type="result")) == 1
        assert len(handler.came("called")) == 1


async def test_the_gateway_is_killed(new_server, room):
    server = new_server(gateways=2, **settings(room))
    async with dice(server, room) as handler:
        ann = await come(server, room, "ann")
        ann.send("call", cmd="roll", ref=1)
        question = await handler.called()
        await end(server, "gateway")
        await server.start_async("gateway")
        await asyncio.to_thread(server["hub"].wait_line, "link_down link=hub.sock peer=gateway-1")
        handler.answer(question, '"eyes":4')
        await server.until_metrics(lambda s: s.get(KEPT) == 1)
        back = await come_back(server, ann, room, gateway="gateway-2")
        assert (await told(back, [1]))[1]["eyes"] == 4


async def answer_all(handler):
    while True:
        handler.answer(await handler.called(seconds=1000), '"eyes":4')


@pytest.mark.deadline(60)
@pytest.mark.parametrize("fault", FAULTS)
async def test_the_hub_dies_at_a_step(new_server, room, fault):
    """As it asks, or takes the answer: it is asked again if that was lost, and told once."""
    server = new_server(**settings(room))
    async with dice(server, room) as handler:
        ann, _ = await call_and_lose(server, room, handler, [1])
        answering = asyncio.create_task(answer_all(handler))
        try:
            await end_at(server, fault, 1)
            back = await come_back(server, ann, room)
            assert (await told(back, [1]))[1]["eyes"] == 4
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)


async def test_no_more_is_kept_than_may_be(new_server, room):
    server = new_server(**settings(room, results="0"))
    async with dice(server, room) as handler:
        ann, asked = await call_and_lose(server, room, handler, [1])
        handler.answer(asked[0], '"eyes":4')
        await server.until_metrics(lambda s: s.get("atrium_hub_results_full_total") == 1)
        back = await come_back(server, ann, room)
        assert (await told(back, [1]))[1]["code"] == "unavailable"


async def test_rulings_wait_for_others_over_a_kill(new_server, room):
    """A guard that has ruled is not asked again, though what it ruled could not be said yet."""
    server = new_server(**settings(room))
    async with dice(server, room) as handler:
        ann = await come(server, f"{room}-guarded", "ann")
        for n in range(4):
            ann.send("message", n=n, ref=n)
        asked = [await handler.asked() for _ in range(4)]
        for question in asked[3:0:-1]:
            handler.rule(question, PASS)
        await server.until_metrics(lambda s: s.get("atrium_hub_questions_answered_total") == 3)
        for _ in range(2):
            await end(server, "hub")
            await server.start_async("hub")
            again = await handler.asked(again=1)
            assert again["ask"] == asked[0]["ask"]
        handler.rule(again, PASS)
        for n in range(4):
            assert (await ann.recv_until(type="ack"))["ref"] == n
        assert len(handler.came("guarded")) == 6
