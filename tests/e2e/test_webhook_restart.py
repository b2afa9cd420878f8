# test_webhook_restart.py - webhook and hub are killed: each acknowledged message comes, in order per room
# SPDX-License-Identifier: MIT
import asyncio
import os
import random
import signal
import sqlite3

import pytest

from atrium import Backend, until
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


def kept(server):
    """What the hub's journal keeps for the endpoint: bytes of events, and up to where they are handled."""
    path = os.path.join(server.directory, "state", "hub", "hub.journal")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as journal:
        key, handled, sent = journal.execute(
            "SELECT key, handled, sent FROM handlers WHERE name = 'webhook-shop'").fetchone()
        rows = journal.execute("SELECT bytes FROM parcels WHERE gateway = ?", (key,)).fetchall()
    return b"".join(row[0] for row in rows), handled, sent


@pytest.mark.deadline(60)
@pytest.mark.parametrize("victims", [("webhook",), ("hub",), ("hub", "webhook")], ids="-".join)
async def test_a_room_that_is_stuck_does_not_make_others_come_again(hooked, room, victims):
    stuck, other = f"{room}-stuck", f"{room}-other"
    well = asyncio.Event()
    backend = await Backend.open(
        answer=lambda hook: 500 if hook.room == stuck and not well.is_set() else 200)
    server = hooked(backend, events="message", retry_most="50ms")
    ann = await server.connect(room=other)
    await ann.ask("join", room=stuck)

    async def say(*numbers):
        for n in numbers:
            await ann.ask("message", n=n, room=other)
            await ann.ask("message", n=n, room=stuck)

    def come(name):
        return [hook.event["message"]["body"]["n"] for hook in backend.of(name) if hook.answered == 200]
    await say(*range(10))
    await backend.until(lambda: len(come(other)) == 10)
    # of the other room nothing is kept any more
    await asyncio.to_thread(until, lambda: other.encode() not in kept(server)[0], 8, "the journal")
    assert kept(server)[0].count(stuck.encode()) == 10
    for number in (10, 11):
        for name in victims:
            server.kill(name)
        for name in victims:
            await server.start_async(name)
        tried = len(backend.of(stuck))
        await backend.until(lambda: len(backend.of(stuck)) > tried, seconds=20)
        await say(number)
        await backend.until(lambda: len(come(other)) == number + 1)
        await asyncio.to_thread(until, lambda: other.encode() not in kept(server)[0], 8, "the journal")
    assert come(other) == list(range(12)) and len(backend.of(other)) == 12
    well.set()
    await backend.until(lambda: come(stuck) == list(range(12)))

    def over():
        bytes_, handled, sent = kept(server)
        return bytes_ == b"" and handled == sent
    await asyncio.to_thread(until, over, 8, "the journal without events")
