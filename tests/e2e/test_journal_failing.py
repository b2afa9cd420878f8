# test_journal_failing.py - a journal that is full, damaged, or cannot be written
# SPDX-License-Identifier: MIT
import asyncio
import glob
import os
import resource

import pytest

from atrium import Checker

ROOM_LEFT = 32 << 10  # bytes
UNLIMITED = resource.RLIM_INFINITY


def journal_of(server):
    return os.path.join(server.directory, "state", "hub", "hub.journal")


def limit_files(process, size):
    """None of its files can grow beyond; or they can again."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))


def fill_up(server):
    largest = max(os.stat(path).st_size for path in glob.glob(journal_of(server) + "*"))
    limit_files(server["hub"], largest + ROOM_LEFT)


def checker(server, room, **options):
    return Checker(lambda: {name: server.ports[name] for name in server.gateways}, room, **options)


async def until_it_fails(server):
    since = len(server["hub"].lines)
    fill_up(server)
    await asyncio.to_thread(server["hub"].wait_line, "journal_failing", 20, since)


@pytest.mark.deadline(60)
async def test_full_and_then_not_again_and_again(new_server, room):
    """What was taken before is acknowledged when there is space; the rest is refused at once."""
    server = new_server(gateways=2)
    server.tolerate("journal_failing")
    async with checker(server, room, talkers=3) as check:
        for _ in range(3):
            await check.progress(100)
            await until_it_fails(server)
            limit_files(server["hub"], UNLIMITED)
            await check.progress(100)
        assert server["hub"].exit is None
        await asyncio.to_thread(server["hub"].wait_line, "journal_recovered")
    await server.until_metrics(lambda m: m.get("atrium_hub_journal_failures_total") >= 3
                               and m.get("atrium_hub_journal_failing") == 0)


@pytest.mark.deadline(60)
async def test_who_asks_while_it_is_full(new_server, room):
    """Only what has to be kept is refused."""
    server = new_server()
    server.tolerate("journal_failing")
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    limit_files(server["hub"], 1)
    john.send("message", content="waits", ref="first")
    await asyncio.to_thread(server["hub"].wait_line, "journal_failing")
    for type, members in (("message", {}), ("private", {"target": jane.id})):
        answer = await john.ask(type, content="x", **members)
        assert answer["type"] == "error" and answer["code"] == "unavailable", answer
    assert (await john.ask("ping"))["type"] == "pong"
    limit_files(server["hub"], UNLIMITED)
    assert (await john.recv_until(ref="first"))["type"] == "ack"
    await jane.recv_until(type="message", content="waits")
    assert (await john.ask("message", content="y"))["type"] == "ack"
    await jane.recv_until(type="message", content="y")
    assert not jane.received(content="x")


@pytest.mark.deadline(60)
async def test_killed_while_it_is_full(new_server, room):
    """What was refused stays refused, though gateways say again what is not acknowledged."""
    server = new_server(gateways=2)
    server.tolerate("journal_failing")
    john = await server.connect(room=room + "-2", nickname="John")
    async with checker(server, room, talkers=3, rooms=1) as check:
        for n in range(3):
            await check.progress(50)
            await until_it_fails(server)
            assert (await john.ask("message", content="refused"))["code"] == "unavailable"
            await server.restart_async("hub")
            assert (await john.ask("message", content="taken"))["offset"] == n + 1
        await check.progress(100)
    assert len(john.received(content="taken")) == 3 and not john.received(content="refused")


async def test_damaged_and_moved_aside(new_server, room):
    """The hub begins anew, and gateways tell it who is there."""
    server = new_server()
    server.tolerate("journal")
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    before = await john.ask("message", content="x")
    server.kill("hub")
    for path in glob.glob(journal_of(server) + "*"):
        with open(path, "r+b") as file:
            file.write(b"no journal" * 1000)
    await server.start_async("hub")
    users = await john.ask("users", room=room)
    assert sorted(users["content"]) == ["Jane", "John"]
    john.send("message", content="y")
    await jane.recv_until(type="message", content="y")
    history = await john.ask("history", room=room)
    assert [m["content"] for m in history["messages"]] == ["y"] and before["offset"] == 1
    for client in (john, jane):
        assert not [m for m in client.received(type="system") if "left" in m["content"]]
    assert glob.glob(journal_of(server) + ".damaged-*")
    server["hub"].wait_line("journal_moved")


async def test_not_writable_at_the_start(new_server, room):
    """A hub that cannot begin says so; what was said meanwhile is taken when one can."""
    server = new_server()
    server.tolerate("journal")
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    server.kill("hub")
    server.env_of["hub"] = {"STATE_DIRECTORY": "/proc/self/fd"}
    hub = server.spawn("hub")
    assert hub.wait_exit() == 1
    hub.wait_line("journal")
    hub.killed = True
    for n in range(20):
        john.send("message", n=n)
    server.env_of.clear()
    await server.start_async("hub")
    await jane.recv_until(type="message", n=19)
    assert [m["n"] for m in jane.received(type="message")] == list(range(20))


@pytest.mark.deadline(40)
async def test_put_back_to_an_older_one(new_server, room):
    """As after a power cut, or from a backup, while the gateway goes on: its clients come again."""
    server = new_server()
    john = await server.connect(room=room, nickname="John")
    assert (await john.ask("message", n=1))["type"] == "ack"
    server.kill("hub")
    kept = {path: open(path, "rb").read() for path in glob.glob(journal_of(server) + "*")}
    await server.start_async("hub")
    for n in range(2, 30):
        assert (await john.ask("message", n=n))["type"] == "ack"
    server.kill("hub")
    for path in glob.glob(journal_of(server) + "*"):
        os.unlink(path)
    for path, content in kept.items():
        with open(path, "wb") as file:
            file.write(content)
    await server.start_async("hub")
    assert (await john.closed())[0] == 1012
    back = await server.connect(room=room, nickname="John", id=john.id, resume=john.resume,
                                announced=False)
    for n in range(30, 40):
        assert (await back.ask("message", n=n))["type"] == "ack"
    assert [m["n"] for m in back.received(type="message")][-10:] == list(range(30, 40))
