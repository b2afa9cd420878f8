# test_guard_lost.py - processes are killed under guarded publishes: each is said once, in order, or refused
# SPDX-License-Identifier: MIT
import asyncio
import json
import os

import pytest

from atrium import Checker
from atrium.faults import FAULTS, end, end_at
from atrium.judge import CHANGE, GUARD, PASS, REFUSE, Judge

LONG = int(os.environ.get("ATRIUM_LONG", "1"))
SEED = int(os.environ["ATRIUM_SEED"]) if "ATRIUM_SEED" in os.environ else None


def settings(room):
    return {'handler "judge"': {"guard": f"{room}*", "deadline": "60s"}}


class Many(Judge):
    """Rules on several at a time, the last first; changes some, and refuses some."""

    def __init__(self, server, room):
        super().__init__(server, "judge", {f"{room}*": GUARD})
        self.judging, self.ended = None, False

    async def __aenter__(self):
        await super().__aenter__()
        self.judging = asyncio.create_task(self._judge())
        return self

    async def __aexit__(self, *_):
        self.ended = True  # wait_for() of this Python may swallow what cancel() raises
        self.judging.cancel()
        await asyncio.gather(self.judging, return_exceptions=True)
        await super().__aexit__()

    async def _judge(self):
        done = 0
        while not self.ended:
            await self.next("guarded", seconds=1000)
            questions, done = self.events[done:], len(self.events)
            self.at = done
            for question in reversed([q for q in questions if q.name == "guarded"]):
                self._rule(question)

    def _rule(self, question):
        n = json.loads("{" + question["body"].decode() + "}")["n"]
        if n % 7 == 3:
            self.rule(question, REFUSE, error="unavailable")
        elif n % 7 == 5:
            self.rule(question, CHANGE, type="message", body=question["body"] + b',"judged":true')
        else:
            self.rule(question, PASS)


def checker(server, room, **options):
    return Checker(lambda: {name: server.ports[name] for name in server.gateways}, room,
                   **{"seed": SEED, "talkers": 3, **options})


def judged(check):
    """Refused are those that the handler refused, and no others."""
    for stream in check.streams.values():
        assert all(n % 7 == 3 for n in stream.refused), stream.refused
        assert all(n % 7 != 3 for n in stream.acked)


@pytest.mark.deadline(90 * LONG)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_hub_that_dies_at_a_step(new_server, room, fault):
    server = new_server(gateways=2, hub={"history": "10000"}, **settings(room))
    async with Many(server, room), checker(server, room) as check:
        for after in (1, 2, 3, 20, 100):
            await check.progress(20)
            await end_at(server, fault, after)
        await check.progress(20)
    judged(check)


@pytest.mark.deadline(90 * LONG)
@pytest.mark.parametrize("journal", ["process", "disk"])
async def test_a_hub_that_is_killed_again_and_again(new_server, room, journal):
    server = new_server(gateways=2, hub={"history": "10000", "journal": journal}, **settings(room))
    async with Many(server, room), checker(server, room) as check:
        for _ in range(15 * LONG):
            await check.progress(check.rng.choice((0, 1, check.rng.randrange(50))))
            await end(server, "hub")
            await server.start_async("hub")
        await check.progress(100)
    judged(check)


@pytest.mark.deadline(90 * LONG)
async def test_a_handler_that_goes_again_and_again(new_server, room):
    server = new_server(gateways=2, hub={"history": "10000"}, **settings(room))
    server.tolerate("replaced by another process")
    async with Many(server, room):
        pass  # it is known, and expected back
    async with checker(server, room) as check:
        for _ in range(15 * LONG):
            async with Many(server, room):
                await check.progress(check.rng.randrange(30))
        async with Many(server, room):
            await check.settle()
    judged(check)


@pytest.mark.deadline(90 * LONG)
async def test_gateways_that_are_killed(new_server, room):
    """Who has not heard of its ruling says it again: it may be asked again, but is not said again."""
    server = new_server(gateways=2, hub={"history": "10000"}, **settings(room))
    async with Many(server, room), checker(server, room, members=6) as check:
        for number in range(6 * LONG):
            name = server.gateways[number % 2]
            await check.progress(check.rng.randrange(100))
            check.killing(name)
            await end(server, name)
            await server.start_async(name)
        await check.progress(50)


@pytest.mark.deadline(120 * LONG)
async def test_anything_is_killed_at_any_time(new_server, room):
    server = new_server(gateways=2, hub={"history": "10000"}, **settings(room))
    server.tolerate("replaced by another process")
    judge = Many(server, room)
    await judge.__aenter__()
    try:
        async with checker(server, room, members=6) as check:
            for number in range(15 * LONG):
                what = check.rng.choice(("hub", "handler", "gateway", "client", "all"))
                await check.progress(check.rng.choice((0, 1, check.rng.randrange(50))))
                if what in ("handler", "all"):
                    await judge.__aexit__()
                if what in ("hub", "all"):
                    await end(server, "hub")
                if what in ("gateway", "all"):
                    name = server.gateways[number % 2]
                    check.killing(name)
                    await end(server, name)
                    await server.start_async(name)
                if what in ("hub", "all"):
                    await server.start_async("hub")
                if what in ("handler", "all"):
                    judge = Many(server, room)
                    await judge.__aenter__()
                if what == "client":
                    check.rng.choice(check.clients).break_off()
            await check.progress(50)
            await check.settle()
    finally:
        await judge.__aexit__()
