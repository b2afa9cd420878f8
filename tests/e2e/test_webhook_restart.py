# test_webhook_restart.py - webhook and hub are killed: each acknowledged message comes, in order per room
# SPDX-License-Identifier: MIT
import asyncio
import random
import signal

import pytest

from atrium import Backend
from atrium.backend import line

ROOMS, MESSAGES = 4, 120


async def publish(server, room):
    """One after the other, each until it is acknowledged; the offsets."""
    client = await server.connect(nickname="Ann", room=room)
    acks = [await client.ask("message", n=n, mid=f"m{n}") for n in range(1, MESSAGES + 1)]
    assert all(ack["type"] == "ack" for ack in acks)
    return [ack["offset"] for ack in acks]


def check(backend, room, offsets):
    """Each came, first in the order of offsets; what comes again is the same event under the same id."""
    seen, ids = [], {}
    for hook in backend.of(room):
        offset = hook.event["message"]["offset"]
        if offset not in ids:
            seen.append(offset)
            ids[offset] = hook.id
        assert ids[offset] == hook.id and offset >= 1
    assert seen == sorted(seen) == offsets


@pytest.mark.deadline(120)
@pytest.mark.parametrize("victims", [("webhook",), ("hub",), ("hub", "webhook")], ids="-".join)
async def test_nothing_is_lost_and_all_in_order(hooked, room, victims):
    chance = random.Random(10)

    backend = await Backend.open(answer=lambda hook: chance.choices((200, 500, None), (16, 1, 1))[0])
    server = hooked(backend, events="message", more={"hub": {"grace": "1s"}})
    names = [f"{room}-{n}" for n in range(ROOMS)]
    talks = [asyncio.create_task(publish(server, name)) for name in names]
    for step in range(1, 6):
        await backend.until(lambda: len(backend.hooks) >= step * ROOMS * MESSAGES / 8, seconds=40)
        for name in victims:
            server.kill(name)
        for name in victims:
            await server.start_async(name)
    offsets = await asyncio.gather(*talks)
    for name, own in zip(names, offsets):
        await backend.until(lambda: {hook.event["message"]["offset"] for hook in backend.of(name)
                                     if hook.answered == 200} >= set(own), seconds=40)
        check(backend, name, own)
    assert backend.unsigned == 0


@pytest.mark.deadline(60)
async def test_what_happens_while_it_is_away_is_told_when_it_is_back(hooked, room):
    backend = await Backend.open()
    server = hooked(backend)
    client = await server.connect(nickname="Ann", room=room)
    await backend.until(lambda: len(backend.of(room)) == 2)
    server.kill("webhook")
    for n in range(20):
        await client.ask("message", n=n)
    await server.restart_async("hub")
    await client.close()
    await server.start_async("webhook")
    await backend.until(lambda: backend.hooks[-1].event["event"] == "vacated")
    events = {hook.id: hook.event for hook in backend.of(room)}.values()
    assert [event["event"] for event in events] == (["occupied", "connect"] + ["message"] * 20 +
                                                    ["disconnect", "vacated"])


@pytest.mark.deadline(40)
async def test_what_was_under_way_is_answered_before_the_end(hooked, room):
    """SIGTERM waits for it, and tells the hub: it does not come again."""
    go = asyncio.Event()

    async def answer(hook):
        await go.wait()
        return 200

    backend = await Backend.open(answer=answer)
    server = hooked(backend, events="message", timeout="20s")
    client = await server.connect(nickname="Ann", room=room)
    await client.ask("message", n=1)
    await client.ask("message", n=2)
    await backend.count(1)
    server.kill("webhook", signal.SIGTERM)
    await line(server, "stopping")
    go.set()
    assert await asyncio.to_thread(server["webhook"].wait_exit) == 0
    assert [hook.said["n"] for hook in backend.hooks] == [1]
    await server.start_async("webhook")
    await backend.count(2)
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_waiting") == 0 and
                               samples.get("atrium_webhook_delivered_total") == 1)
    assert [hook.said["n"] for hook in backend.hooks] == [1, 2]


@pytest.mark.deadline(40)
async def test_ids_do_not_come_again_for_other_events(hooked, room):
    """With another journal the hub counts anew; ids have the time in them."""
    backend = await Backend.open()
    server = hooked(backend, events="message", more={"hub": {"journal": "memory"}})
    for times in (1, 2):
        client = await server.connect(nickname="Ann", room=room)
        for n in range(3):
            await client.ask("message", n=n)
        await backend.count(3 * times)
        await client.close()
        since = len(server["webhook"].lines)
        await server.restart_async("hub")
        await asyncio.to_thread(server["webhook"].wait_line, "serving endpoint=shop", 8, since)
    assert len({hook.id for hook in backend.hooks}) == len(backend.hooks) == 6
