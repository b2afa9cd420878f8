# test_presence.py - a room that many come to at once is told so in few messages
# SPDX-License-Identifier: MIT
import asyncio

import pytest

from atrium import server_fixture

server = server_fixture(hub={"presence_max": 20, "presence_interval": "200ms"})


async def crowd(server, room, count, prefix="p"):
    return await asyncio.gather(*(server.connect(room=room, nickname=f"{prefix}{n}", announced=False)
                                  for n in range(count)))


async def test_many_joins_few_updates_and_the_last_is_right(server, room):
    watcher = await server.connect(room=room, nickname="Watcher")
    people = await crowd(server, room, 15)
    last = await watcher.recv_until(type="users_update", count=16)
    assert sorted(last["content"]) == sorted([p.nickname for p in people] + ["Watcher"])
    assert len(last["members"]) == 16
    for person in people:
        await watcher.recv_until(type="system", content=f"{person.nickname} joined the room")
        watcher.at = 0
    updates = watcher.received(type="users_update")
    assert len(updates) < 10
    counts = [u["count"] for u in updates]
    assert counts == sorted(counts)


async def test_each_update_comes_between_who_left_and_who_joined(server, room):
    watcher = await server.connect(room=room, nickname="Watcher")
    first = await crowd(server, room, 5, "a")
    for person in first:
        await watcher.recv_until(content=f"{person.nickname} joined the room")
        watcher.at = 0
    watcher.at = len(watcher.messages)
    start = watcher.at
    await asyncio.gather(*(p.close() for p in first), crowd(server, room, 5, "b"))
    for person in ("b0", "b1", "b2", "b3", "b4"):
        await watcher.recv_until(content=f"{person} joined the room")
        watcher.at = start
    here = {"Watcher"} | {p.nickname for p in first}
    for message in watcher.messages[start:]:
        if message["type"] == "users_update":
            shown = set(message["content"])
            assert shown == set(message["content"]) and len(shown) == message["count"]
            assert here <= shown, "who left was said before the list without them"
            here = shown
        elif message["type"] == "system":
            name, what, *_ = message["content"].split()
            if what == "left":
                here.discard(name)
            else:
                assert name in here, "who joined is in the list that came before"
    assert here == {"Watcher", "b0", "b1", "b2", "b3", "b4"}


async def test_one_alone_is_told_at_once(server, room):
    """The first change after a quiet time does not wait for the interval."""
    watcher = await server.connect(room=room)
    john = await server.connect(room=room)
    await watcher.recv_until(type="users_update", count=2)
    users = await john.ask("users", room=room)
    assert users["count"] == 2


async def test_a_user_with_two_tabs_counts_once(server, room):
    ann = server.token("ann", name="Ann")
    watcher = await server.connect(room=room)
    tabs = [await server.connect(room=room, token=ann) for _ in range(2)]
    await watcher.recv_until(type="users_update", count=3, users=2)
    await tabs[0].close()
    await watcher.recv_until(type="users_update", count=2, users=2)


@pytest.mark.deadline(30)
async def test_above_presence_max_lists_are_cut_and_system_lines_stop(server, room):
    watcher = await server.connect(room=room, nickname="Watcher")
    await crowd(server, room, 30)
    update = await watcher.recv_until(type="users_update", count=31)
    assert len(update["content"]) == len(update["members"]) == 20
    await watcher.expect_silence()
    said = len(watcher.received(type="system"))
    late = await server.connect(room=room, nickname="Late", announced=False)
    update = await watcher.recv_until(type="users_update", count=32)
    assert len(update["content"]) == 20
    await late.close()
    await watcher.recv_until(type="users_update", count=31)
    await watcher.expect_silence()
    assert len(watcher.received(type="system")) == said
    joined = await watcher.ask("users", room=room)
    assert joined["count"] == 31 and len(joined["members"]) == 20


async def test_join_and_leave_within_one_interval_cancel_out(server, room):
    """Or are told both, in order: never one without the other."""
    watcher = await server.connect(room=room, nickname="Watcher")
    helper = await server.connect(room=room + "-2", nickname="Helper")
    for _ in range(20):
        helper.send("join", room=room)
        helper.send("leave", room=room)
    john = await server.connect(room=room, nickname="John", announced=False)
    await helper.expect_silence(passing=("rooms", "joined", "left", "users_update", "system"))
    await watcher.recv_until(type="system", content="John joined the room")
    lines = [m["content"].split()[1] for m in watcher.received(type="system")
             if m["content"].startswith("Helper")]
    assert lines == ["joined", "left"] * (len(lines) // 2)
    users = await john.ask("users", room=room)
    assert sorted(users["content"]) == ["John", "Watcher"]
