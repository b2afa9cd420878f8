# test_handler_lost.py - hub and handlers are killed under load: each is told all that was acknowledged, in order
# SPDX-License-Identifier: MIT
import asyncio
import os
import signal
import sqlite3

import pytest

from atrium import until
from atrium.faults import FAULTS, end, end_at
from atrium.handler import Handler
from atrium.wire import MESSAGES

SECTIONS = {'handler "bot"': {"rooms": "*"}, 'handler "two"': {"rooms": "*"}}


class Follower:
    """A handler that is killed now and then; what all its processes were told."""

    def __init__(self, server, name="bot", step=7):  # of so many numbers one is handled
        self.server, self.name, self.step = server, name, step
        self.handler, self.at = None, 0
        self.told = {}  # number: what it was
        self.order = {}  # room: offsets in the order in which they first came, and their numbers

    async def start(self, *rooms):
        self.handler, self.at = await Handler.open(self.server.runtime, self.name), 0
        if rooms:
            assert (await self.handler.serve(*rooms, what=MESSAGES))["error"] == ""
        return self

    def take(self):
        """What came since; of some it says that it has dealt with them."""
        last = 0
        for event in self.handler.events[self.at:]:
            assert event.name == "said", event.name
            last = event["seq"]
            what = (event["room"], event["epoch"], event["offset"], bytes(event["body"]))
            assert self.told.setdefault(last, what) == what, "a number means something else now"
            self.order.setdefault(event["room"], {})[event["offset"]] = last
        self.at = len(self.handler.events)
        if last and last % self.step == 0:
            self.handler.handled(last)

    def kill(self):
        self.take()
        return self.handler.close()

    async def until(self, acked, seconds=15):
        """All of them came, in order: {room: offsets}."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while any(set(offsets) - set(self.order.get(room, ())) for room, offsets in acked.items()):
            assert loop.time() < deadline, f"{acked}\n{self.order}"
            async with self.handler.changed:
                try:
                    await asyncio.wait_for(self.handler.changed.wait(), 0.5)
                except asyncio.TimeoutError:
                    pass
            self.take()
        for room, offsets in self.order.items():
            assert list(offsets) == sorted(offsets), room
        numbers = sorted(self.told)
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


class Talkers:
    """Clients that say something all the time; `acked`: {room: offsets}."""

    def __init__(self, server, rooms):
        self.server, self.rooms, self.acked, self.tasks = server, rooms, {}, []
        self.ending = False

    async def __aenter__(self):
        for room in self.rooms:
            client = await self.server.connect(room=room)
            self.tasks.append(asyncio.ensure_future(self._talk(client, room)))
        return self

    async def _talk(self, client, room):
        while not self.ending:
            ack = await client.ask("message", n=len(self.acked))
            self.acked.setdefault(room, []).append(ack["offset"])

    def count(self):
        return sum(map(len, self.acked.values()))

    async def progress(self, count):
        """So many more were acknowledged."""
        wanted = self.count() + count
        while self.count() < wanted:
            for task in self.tasks:
                if task.done():
                    task.result()
            await asyncio.wait(self.tasks, timeout=0.05)

    async def __aexit__(self, *_):
        # A task that is cancelled the moment it is answered goes on: so they end by themselves.
        self.ending = True
        await asyncio.gather(*self.tasks)


@pytest.mark.deadline(60)
@pytest.mark.parametrize("fault", FAULTS)
async def test_the_hub_dies_in_a_turn(new_server, room, fault):
    server = new_server(**SECTIONS)
    rooms = [f"{room}-{n}" for n in range(3)]
    bot = await Follower(server).start(f"{room}-*")
    async with Talkers(server, rooms) as talk:
        await talk.progress(50)
        bot.take()
        for after in (1, 20):
            await end_at(server, fault, after)
            await talk.progress(50)
            bot.take()
    await bot.until(talk.acked)


@pytest.mark.deadline(60)
async def test_hub_and_handlers_are_killed(new_server, room):
    server = new_server(gateways=2, **SECTIONS)
    rooms = [f"{room}-{n}" for n in range(3)]
    bots = [await Follower(server).start(f"{room}-*"),
            await Follower(server, "two", step=1).start(rooms[0])]
    async with Talkers(server, rooms) as talk:
        for what in ("handlers", "hub", "both", "handlers", "both", "hub"):
            await talk.progress(30)
            if what != "hub":
                for bot in bots:
                    await bot.kill()
            if what != "handlers":
                await end(server, "hub")
                await server.start_async("hub")
            await talk.progress(30)
            if what != "hub":
                for bot in bots:
                    await bot.start()
            await talk.progress(30)
            for bot in bots:
                bot.take()
    await bots[0].until(talk.acked)
    await bots[1].until({rooms[0]: talk.acked[rooms[0]]})
    assert set(bots[1].order) == {rooms[0]}


async def test_a_handler_that_is_away_when_the_hub_starts(new_server, room):
    server = new_server(**SECTIONS)
    bot = await Follower(server).start(room)
    await bot.handler.gone(server)
    ann = await server.connect(room=room)
    await ann.ask("message", n=1)
    await server.restart_async("hub")
    await ann.ask("message", n=2)
    await bot.start()
    await bot.until({room: [1, 2]})
    # What it has dealt with is not kept, and it goes on with its numbers.
    bot.handler.handled(max(bot.told))
    await bot.handler.serve(room)
    await bot.handler.gone(server)
    await server.restart_async("hub", signal.SIGTERM)
    await ann.ask("message", n=3)
    await bot.start()
    said = await bot.handler.next("said")
    assert (said["seq"], said["offset"]) == (max(bot.told) + 1, 3)
    assert bot.handler.came() == [said]


@pytest.mark.deadline(40)
async def test_more_waits_than_may(new_server, room):
    server = new_server(**{'handler "bot"': {"rooms": "*", "backlog": "64K"}})
    bot = await Handler.open(server.runtime, "bot")
    await bot.serve(room, what=MESSAGES)
    ann = await server.connect(room=room)
    await ann.ask("message", n=0)
    first = await bot.next("said")
    bot.handled(first["seq"])
    await bot.serve(room, what=MESSAGES)
    await bot.gone(server)
    for _ in range(60):
        await ann.ask("message", content="x" * 4000)
    bot = await Handler.open(server.runtime, "bot")
    missed = await bot.next()
    assert missed.name == "missed" and missed["count"] >= 40
    rest = [await bot.next("said") for _ in range(60 - missed["count"])]
    # None is missing without being told of, and the numbers go on.
    assert first["seq"] + missed["count"] == missed["seq"]
    assert [e["seq"] for e in rest] == [missed["seq"] + 1 + n for n in range(len(rest))]
    assert rest[-1]["offset"] == 61
    # The same after a restart of the hub: it was in the journal.
    await bot.gone(server)
    await server.restart_async("hub")
    bot = await Handler.open(server.runtime, "bot")
    assert dict(await bot.next()) == dict(missed)
    bot.handled(rest[-1]["seq"])
    await bot.serve(room, what=MESSAGES)
    await bot.gone(server)
    bot = await Handler.open(server.runtime, "bot")
    await ann.ask("message", n=1)
    assert (await bot.next())["seq"] == rest[-1]["seq"] + 1
    await server.until_metrics(
        lambda s: s.get("atrium_hub_handler_missed_total", instance="hub") is not None)


@pytest.mark.deadline(40)
async def test_one_that_is_linked_and_does_not_read(new_server, room):
    server = new_server(**{'handler "bot"': {"rooms": "*", "backlog": "64K"}})
    bot = await Handler.open(server.runtime, "bot")
    await bot.serve(room, what=MESSAGES)
    ann = await server.connect(room=room)
    for _ in range(60):
        await ann.ask("message", content="x" * 4000)
    # It has got them: the next process of it has to be told what is not there any more.
    assert (await bot.next("said", offset=60))["seq"] == 60
    await bot.gone(server)
    bot = await Handler.open(server.runtime, "bot")
    missed = await bot.next()
    assert missed.name == "missed" and missed["count"] == missed["seq"] >= 40


async def test_one_that_is_away_for_too_long(new_server, room):
    server = new_server(**{'handler "bot"': {"rooms": "*", "keep": "200ms"}})
    bot = await Handler.open(server.runtime, "bot")
    await bot.serve(room, what=MESSAGES)
    ann = await server.connect(room=room)
    await ann.ask("message", n=1)
    assert (await bot.next("said"))["seq"] == 1
    await forgotten(server, bot)
    await ann.ask("message", n=2)
    bot = await Handler.open(server.runtime, "bot")
    await bot.serve(room, what=MESSAGES)
    await ann.ask("message", n=3)
    said = await bot.next()
    assert (said.name, said["offset"]) == ("said", 3)
    rows = await asyncio.to_thread(handlers_of, server)
    assert ("bot", said["seq"]) in rows and len(rows) == 2  # and how far numbers have been given


async def forgotten(server, bot):
    since = len(server["hub"].lines)
    await bot.close()
    await asyncio.to_thread(server["hub"].wait_line, "handler_forget handler=bot unseen=1", since=since)
    # also by the journal
    await asyncio.to_thread(until, lambda: "bot" not in dict(handlers_of(server)), 8, "the journal")


def handlers_of(server):
    path = os.path.join(server.directory, "state", "hub", "hub.journal")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as journal:
        return journal.execute("SELECT name, sent FROM handlers").fetchall()


@pytest.mark.deadline(40)
@pytest.mark.parametrize("killed", [False, True])
async def test_numbers_do_not_go_back(new_server, room, killed):
    """Of one that was forgotten, also if the hub was killed since."""
    server = new_server(**{'handler "bot"': {"rooms": "*", "keep": "200ms"}})
    ann = await server.connect(room=room)
    last = 0
    for life in range(3):
        bot = await Handler.open(server.runtime, "bot")
        await bot.serve(room, what=MESSAGES)
        for n in range(1 + life % 2):
            await ann.ask("message", n=n)
            said = await bot.next()
            assert (said.name, said["seq"]) == ("said", last + 1)
            last += 1
        bot.handled(last - 1)
        await bot.call("ask_rooms")
        await forgotten(server, bot)
        if killed:
            await asyncio.to_thread(server.restart, "hub")


async def test_what_was_handled_goes_from_the_journal(new_server, room):
    server = new_server(**SECTIONS)
    bot = await Handler.open(server.runtime, "bot", eager=True)
    await bot.serve(room, what=MESSAGES)
    ann = await server.connect(room=room)
    for n in range(20):
        await ann.ask("message", n=n)
    await bot.next("said", offset=20)
    path = os.path.join(server.directory, "state", "hub", "hub.journal")

    def look():
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as journal:
            key, handled = journal.execute("SELECT key, handled FROM handlers").fetchone()
            left = journal.execute("SELECT count(*) FROM parcels WHERE gateway = ?", (key,)).fetchone()
        return handled == 20 and left == (0,)
    await asyncio.to_thread(until, look, 5, "the journal without parcels")
