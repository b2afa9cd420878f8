# test_restart.py - any process is killed and comes back; clients see nothing of it
# SPDX-License-Identifier: MIT
import asyncio
import random
import signal

import pytest

from atrium import Client, Traffic, server_fixture

server = server_fixture()


def nothing_announced(client, *nicknames):
    for nickname in nicknames:
        assert not client.received(content=f"{nickname} left the room")
        assert len(client.received(room=client.room, content=f"{nickname} joined the room")) <= 1
    assert len(client.received(type="welcome")) == 1
    assert client.ws.open


async def test_the_hub_comes_back_and_knows_everyone(server, room):
    john = await server.connect(room=room, nickname="John", token=server.token("john", name="John"))
    jane = await server.connect(room=room, nickname="Jane")
    await jane.ask("join", room=room + "-2")
    before = await john.ask("users", room=room)
    await server.restart_async("hub")
    after = await john.ask("users", room=room)
    assert after["count"] == 2
    assert sorted(after["members"], key=str) == sorted(before["members"], key=str)
    rooms = {r["name"]: r["users"] for r in (await john.ask("rooms"))["rooms"]}
    assert rooms[room] == 2 and rooms[room + "-2"] == 1
    jane.send("message", content="x", room=room + "-2")
    await jane.recv_until(type="message", room=room + "-2")
    john.send("private", target=jane.id, content="psst")
    await jane.recv_until(type="private")
    jane.send("private", target="user:john", content="psst")
    await john.recv_until(type="private")
    for client in (john, jane):
        nothing_announced(client, "John", "Jane")


async def test_messages_sent_while_the_hub_is_away_arrive_in_order(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    server.kill("hub")
    for n in range(500):
        john.send("message", n=n, ref=n)
    john.send("ping", ref="p")  # is not the hub's to answer: all before it is in the gateway's hands
    await server.start_async("hub")
    for n in range(500):
        await john.recv_until(type="ack", ref=n)
    await jane.recv_until(type="message", n=499)
    for client in (john, jane):
        assert [m["n"] for m in client.received(type="message")] == list(range(500))
        nothing_announced(client, "John", "Jane")


async def test_what_is_asked_while_the_hub_is_away_is_answered_after(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    server.kill("hub")
    john.send("join", room=room + "-2", ref=1)
    john.send("message", room=room + "-2", content="x", ref=2)
    john.send("private", target=jane.id, content="y", ref=3)
    john.send("leave", room=room, ref=4)
    john.send("users", room=room + "-2", ref=5)
    waiting = await Client.open(server.port, room=room, nickname="Waiting")
    await server.start_async("hub")
    kinds = [(await john.recv_until(ref=n))["type"] for n in range(1, 6)]
    assert kinds == ["joined", "ack", "ack", "left", "users_update"]
    await jane.recv_until(type="private", content="y")
    await waiting.welcomed()
    await jane.recv_until(type="system", content="Waiting joined the room")
    assert len(jane.received(content="John left the room")) == 1
    assert len(jane.received(content="John joined the room")) <= 1


async def test_who_leaves_while_the_hub_is_away_has_left_after(server, room):
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    await jane.recv_until(type="system", content="John joined the room")
    server.kill("hub")
    await john.close()
    await server.start_async("hub")
    await jane.recv_until(type="system", content="John left the room")
    assert (await jane.ask("users", room=room))["count"] == 1


async def test_who_connects_while_the_hub_is_away_gets_in(server, room):
    server.kill("hub")
    clients = [await Client.open(server.port, room=room, nickname=f"C{n}") for n in range(5)]
    clients[0].send("message", content="early")
    await server.start_async("hub")
    for client in clients:
        await client.welcomed()
    assert (await clients[0].recv_until(type="message"))["content"] == "early"


@pytest.mark.deadline(60)
@pytest.mark.parametrize("name", ["hub", "auth", "metrics"])
async def test_killed_under_traffic(server, room, name):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    async with Traffic(john, jane) as traffic:
        for _ in range(3):
            await traffic.more()
            await server.restart_async(name)
            await traffic.more()
    for client in (john, jane):
        nothing_announced(client, "John", "Jane")
    late = await server.connect(room=room, token=server.token())
    assert late.user == "demo"


@pytest.mark.deadline(60)
async def test_all_but_the_gateway_killed_at_once_under_traffic(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    async with Traffic(john, jane) as traffic:
        await traffic.more()
        for name in ("hub", "auth", "metrics"):
            server.kill(name)
        for name in ("metrics", "auth", "hub"):
            await server.start_async(name)
        await traffic.more()
    nothing_announced(jane, "John", "Jane")


async def test_the_hub_killed_again_before_it_has_settled(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    async with Traffic(john, jane) as traffic:
        await traffic.more()
        for _ in range(5):
            await server.restart_async("hub")
        await traffic.more()
        for _ in range(5):  # each as soon as it has heard of the gateway
            await server.restart_async("hub")
            await asyncio.to_thread(server["hub"].wait_line, "link_up .* peer=gateway")
        await traffic.more()
    for client in (john, jane):
        nothing_announced(client, "John", "Jane")
    assert (await jane.ask("users", room=room))["count"] == 2


async def test_the_hub_ended_in_order_under_traffic(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    async with Traffic(john, jane) as traffic:
        await traffic.more()
        await server.restart_async("hub", signal.SIGTERM)
        await traffic.more()
    nothing_announced(jane, "John", "Jane")


@pytest.mark.deadline(40)
async def test_a_hub_that_hangs_and_goes_on(server, room):
    """Stopped until the gateway has noticed; then all that was sent meanwhile arrives."""
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    server.kill("hub", signal.SIGSTOP)
    try:
        for n in range(200):
            john.send("message", n=n, ref=n)
        await server.until_status("/readyz", 503, seconds=15)
        for n in range(200, 400):
            john.send("message", n=n, ref=n)
    finally:
        server.kill("hub", signal.SIGCONT)
    await server.until_status("/readyz", 200)
    for n in range(400):
        await john.recv_until(type="ack", ref=n, seconds=15)
    await jane.recv_until(type="message", n=399)
    for client in (john, jane):
        assert [m["n"] for m in client.received(type="message")] == list(range(400))
        nothing_announced(client, "John", "Jane")


async def test_a_hub_that_hangs_for_a_moment(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane")
    server.kill("hub", signal.SIGSTOP)
    for n in range(100):
        john.send("message", n=n, ref=n)
    await john.ws.ping()
    server.kill("hub", signal.SIGCONT)
    await john.recv_until(type="ack", ref=99)
    await jane.recv_until(type="message", n=99)
    assert [m["n"] for m in jane.received(type="message")] == list(range(100))
    nothing_announced(jane, "John", "Jane")


async def test_metrics_comes_back_with_numbers_of_all(server):
    await server.restart_async("metrics")
    names = {"gateway", "hub", "auth", "metrics"}
    await server.until_metrics(
        lambda m: names <= {labels.get("process") for _, labels, _ in m})
    monitor = await server.connect(room="system_monitor")
    await monitor.recv_until(type="system_metrics")


@pytest.mark.deadline(40)
async def test_resume_works_after_a_restart_of_the_hub(server, room):
    """The key is the hub's, and outlives it."""
    jane = await server.connect(room=room, nickname="Jane")
    john = await server.connect(room=room, nickname="John")
    await server.restart_async("hub")
    await john.ask("users", room=room)
    john.drop()
    back = await server.connect(room=room, id=john.id, resume=john.resume, announced=False)
    assert back.id == john.id and back.nickname == "John"
    back.send("message", content="back")
    await jane.recv_until(type="message", content="back")
    nothing_announced(jane, "John")
    eve = await Client.open(server.port, room=room, id=john.id, resume="x" * 26)
    assert (await eve.closed())[0] == 4409


async def wander(client, rooms, steps, chance):
    """Joins and leaves rooms; what it is in at the end."""
    inside = {client.room}
    for _ in range(steps):
        room = chance.choice(rooms)
        answer = await client.ask("leave" if room in inside else "join", room=room)
        assert answer["type"] == ("left" if room in inside else "joined"), answer
        inside ^= {room}
    return inside


@pytest.mark.deadline(60)
async def test_kills_amid_joins_and_leaves(server, room):
    """Each request is answered once and rightly, and in the end the hub knows who is where."""
    rooms = [f"{room}-{n}" for n in range(6)]
    people = await asyncio.gather(*(server.connect(room=room, nickname=f"P{n}", announced=False)
                                    for n in range(8)))
    walks = asyncio.gather(*(wander(client, rooms, 60, random.Random(n))
                             for n, client in enumerate(people)))
    for _ in range(3):
        await people[0].ear().recv_until(type="joined", seconds=20)
        await server.restart_async("hub")
    inside = await walks
    for name in [room] + rooms:
        users = await people[0].ask("users", room=name)
        there = sorted(p.nickname for p, where in zip(people, inside) if name in where)
        assert sorted(users["content"]) == there, name
        assert users["count"] == len(there)
