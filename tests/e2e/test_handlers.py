# test_handlers.py - processes of the users' own serve rooms: who may, and what they are told
# SPDX-License-Identifier: MIT
import asyncio
import subprocess

import pytest

from atrium import BUILD, server_fixture
from atrium.api import Api
from atrium.handler import REPLACED, Handler
from atrium.wire import CALLS, GUARD, MESSAGES, PEOPLE, STATE

# Each test has a handler of its own, which the others' events do not wait for.
server = server_fixture(
    prepare=lambda server: server.tolerate("handlers.sock"), hub={"handlers": "open"},
    **{'handler "greeter"': {"rooms": "hall-* foyer"}, 'handler "some"': {"rooms": "hall-*"},
       'handler "guard"': {"guard": "safe-*"}})


@pytest.fixture(name="hall")
def a_hall(room):
    return f"hall-{room}"


@pytest.fixture(name="name")
def a_name(room):
    return room[-64:]


# ---- what is told

async def test_people_and_messages_are_told(server, hall):
    bot = await Handler.open(server.runtime, "greeter")
    served = await bot.serve("hall-*")
    assert (served["error"], served["allowed"]) == \
        ("", [{"rooms": "hall-*", "what": 23}, {"rooms": "foyer", "what": 23}])
    ann = await server.connect(room=hall, nickname="Ann", token=server.token("ann", name="Ann"))
    came = await bot.next("came", room=hall)
    assert (came["id"], came["nickname"], came["user"], came["count"]) == (ann.id, "Ann", "ann", 1)
    ann.send_text('{"type":"draw","n":1.50,"mid":"m","ref":1}')
    ack = await ann.recv_until(type="ack")
    said = await bot.next("said", room=hall)
    assert (said["offset"], said["id"], said["type"], said["user"]) == \
        (ack["offset"], ann.id, "draw", "ann")
    assert said["body"] == b'"n":1.50' and said["epoch"] and said["time"] > 1.6e12
    bob = await server.connect(room=hall, nickname="Bob")
    assert (await bot.next("came", room=hall))["count"] == 2
    await bob.close()
    went = await bot.next("went", room=hall)
    assert (went["id"], went["nickname"], went["count"]) == (bob.id, "Bob", 1)
    numbers = [event["seq"] for event in bot.events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_only_what_it_serves(server, hall, room):
    bot = await Handler.open(server.runtime, "some")
    await bot.serve((f"{hall}-p", PEOPLE), (f"{hall}-m", MESSAGES), (f"{hall}-b", PEOPLE),
                    (f"{hall}-?", MESSAGES), (room, PEOPLE | MESSAGES))
    for name in (room, hall, f"{hall}-p", f"{hall}-m", f"{hall}-b"):
        client = await server.connect(room=name, nickname=name[-1])
        await client.ask("message", text="hi")
    await bot.next("said", room=f"{hall}-b")
    # What it may not serve, it is told nothing of, whatever it wants.
    assert {(e.name, e["room"][len(hall):]) for e in bot.events} == \
        {("came", "-p"), ("said", "-p"), ("said", "-m"), ("came", "-b"), ("said", "-b")}


async def test_two_handlers_of_a_room(server, hall, name):
    one = await Handler.open(server.runtime, name)
    two = await Handler.open(server.runtime, "x" + name[:60])
    await one.serve(hall)
    await two.serve(hall, what=MESSAGES)
    ann = await server.connect(room=hall)
    for n in range(3):
        await ann.ask("message", n=n)
    assert [(await one.next("said"))["offset"] for _ in range(3)] == [1, 2, 3]
    assert [(await two.next("said"))["offset"] for _ in range(3)] == [1, 2, 3]
    assert not two.came("came")


async def test_what_is_of_the_moment_has_no_number(server, hall, name):
    bot = await Handler.open(server.runtime, name)
    await bot.serve(hall)
    ann = await server.connect(room=hall)
    ann.send("typing")
    said = await bot.next("said", type="typing")
    assert (said["seq"], said["offset"]) == (0, 0)
    # Nor is it kept for one that is away.
    await bot.gone(server)
    ann.send("typing")
    await ann.ask("message", text="kept")
    bot = await Handler.open(server.runtime, name)
    await bot.next("said", type="message")
    assert not bot.came("said", type="typing")


async def test_serving_what_cannot_be(server):
    bot = await Handler.open(server.runtime, "greeter")
    assert (await bot.serve(("", PEOPLE)))["error"] == "bad_room"
    assert (await bot.serve(("hall-*", 0)))["error"] == "bad_message"
    assert (await bot.serve(("hall-*", 32)))["error"] == "bad_message"
    assert (await bot.serve(*[("hall-*", PEOPLE)] * 257))["error"] == "bad_message"
    assert (await bot.serve("hall-*", commands=["x" * 65]))["error"] == "bad_message"
    assert (await bot.serve("hall-*", commands=["roll"]))["error"] == ""
    guard = await Handler.open(server.runtime, "guard")
    served = await guard.serve("safe-*", what=GUARD)
    assert served["allowed"] == [{"rooms": "safe-*", "what": PEOPLE | MESSAGES | CALLS | GUARD | STATE}]


# ---- handled

async def test_what_is_not_handled_comes_again(server, hall, name):
    bot = await Handler.open(server.runtime, name)
    await bot.serve(hall)
    ann = await server.connect(room=hall, nickname="Ann")
    for n in range(6):
        await ann.ask("message", n=n)
    said = [await bot.next("said") for _ in range(6)]
    bot.handled(said[2]["seq"])
    await bot.serve(hall)  # the hub has read it, once this is answered
    await bot.gone(server)
    await ann.ask("message", n=6)
    bot = await Handler.open(server.runtime, name)
    again = [await bot.next("said") for _ in range(4)]
    assert [(e["seq"], e["offset"]) for e in again[:3]] == \
        [(e["seq"], e["offset"]) for e in said[3:]]
    assert (again[3]["seq"], again[3]["offset"]) == (said[5]["seq"] + 1, 7)


async def test_handled_what_was_never_sent(server, name):
    bot = await Handler.open(server.runtime, name)
    bot.handled(1 << 50)
    assert "never sent" in await bot.dropped()


async def test_a_newer_process_replaces_the_older(server, hall, name):
    one = await Handler.open(server.runtime, name)
    await one.serve(hall)
    two = await Handler.open(server.runtime, name)
    assert await one.dropped() == REPLACED
    ann = await server.connect(room=hall)
    await ann.ask("message", text="hi")
    await two.next("said")  # what it serves is the handler's, whatever process it is
    assert not one.came("said")


async def test_status_tells_of_them(server, hall, name):
    bot = await Handler.open(server.runtime, name)
    await bot.serve(hall)
    ann = await server.connect(room=hall)
    await ann.ask("message", text="hi")
    await bot.next("said")
    found = {h["name"]: h for h in (await Api(server).status())["handlers"]}
    assert found["guard"] == {"name": "guard", "linked": False, "waiting": 0, "waiting_bytes": 0}
    assert found[name]["linked"] and found[name]["waiting"] == 2 and found[name]["waiting_bytes"] > 50
    shown = await asyncio.to_thread(subprocess.run, [
        str(BUILD / "atrium"), "status", "--url", f"http://127.0.0.1:{server.port}",
        "--token", server.token("root", claims={"admin": True})], capture_output=True, text=True)
    assert any(line.split()[:3] == [name, "yes", "2"] for line in shown.stdout.splitlines()), shown
