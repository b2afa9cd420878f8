# test_two_gateways.py - two gateways on one hub: one room, and one of them dies
# SPDX-License-Identifier: MIT
import asyncio
import json
import signal

import pytest

from atrium import Client, Traffic, server_fixture

server = server_fixture(gateways=2, hub={"grace": "1500ms", "settle": "250ms"})


async def pair(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane", gateway="gateway-2")
    await john.recv_until(type="system", content="Jane joined the room")
    return john, jane


async def test_they_share_rooms(server, room):
    john, jane = await pair(server, room)
    john.send("message", content="a")
    assert (await jane.recv_until(type="message"))["id"] == john.id
    jane.send("message", content="b")
    assert (await john.recv_until(type="message", content="b"))["nickname"] == "Jane"
    jane.send("private", target=john.id, content="c")
    await john.recv_until(type="private", content="c")
    users = await john.ask("users", room=room)
    assert users["count"] == 2
    jane.send("message", content="d", echo=False)
    await john.recv_until(type="message", content="d")
    await jane.expect_silence(passing=("rooms", "message"))
    assert not jane.received(content="d")


async def test_an_id_is_taken_over_across_gateways(server, room):
    john, jane = await pair(server, room)
    new = await Client.open(server.ports["gateway-2"], id=john.id, resume=john.resume, room=room)
    await new.welcomed()
    assert new.id == john.id
    assert (await john.closed())[0] == 4409
    new.send("message", content="moved")
    await jane.recv_until(type="message", content="moved")
    assert not jane.received(content="John left the room")


@pytest.mark.deadline(60)
async def test_both_keep_their_clients_through_a_hub_kill(server, room):
    """
    Without a journal a killed hub may have acknowledged to one gateway what it had not yet
    delivered to the other, or the other way round: at most the messages in flight.
    """
    john, jane = await pair(server, room)
    kills = 3
    spared = kills * Traffic.WINDOW
    async with Traffic(john, jane, spared=spared) as there, \
            Traffic(jane, john, spared=spared) as back:
        for _ in range(kills):
            await there.more(50)
            await back.more(50)
            await server.restart_async("hub")
    users = await jane.ask("users", room=room)
    assert sorted(users["content"]) == ["Jane", "John"]
    for client in (john, jane):
        assert client.ws.open
        assert not client.received(content=lambda c: isinstance(c, str) and c.endswith("left the room"))


async def test_a_gateway_that_dies_has_its_clients_leave_after_the_grace(server, room):
    john, jane = await pair(server, room)
    bob = await server.connect(room=room, nickname="Bob")
    await jane.recv_until(type="system", content="Bob joined the room")
    server.kill("gateway")
    jane.send("message", content="meanwhile")
    await jane.recv_until(type="message", content="meanwhile")
    await jane.recv_until(type="users_update", count=1)
    left = {m["content"] for m in jane.received(type="system")}
    assert {"John left the room", "Bob left the room"} <= left
    assert (await john.closed())[0] == (await bob.closed())[0] == 1006
    server.start("gateway")
    again = await server.connect(room=room, nickname="John")
    again.send("message", content="back")
    await jane.recv_until(type="message", content="back")


async def test_who_comes_back_elsewhere_in_time_did_not_leave(server, room):
    john, jane = await pair(server, room)
    server.kill("gateway")
    back = await Client.open(server.ports["gateway-2"], id=john.id, resume=john.resume, room=room)
    await back.welcomed()
    assert back.id == john.id and back.nickname == "John"
    server.start("gateway")
    back.send("message", content="back")
    await jane.recv_until(type="message", content="back")
    assert (await jane.ask("users", room=room))["count"] == 2
    assert not jane.received(content="John left the room")


async def test_who_comes_back_to_the_restarted_gateway_did_not_leave(server, room):
    john, jane = await pair(server, room)
    await server.restart_async("gateway")
    back = await server.connect(id=john.id, resume=john.resume, room=room, announced=False)
    back.send("message", content="back")
    assert (await jane.recv_until(type="message", content="back"))["id"] == john.id
    assert not jane.received(content="John left the room")


async def test_a_gateway_ended_in_order(server, room):
    """Each client is told when to come back; its end is not clean, so it has the grace time."""
    john, jane = await pair(server, room)
    server.kill("gateway", signal.SIGTERM)
    code, reason = await john.closed()
    assert code == 1012 and json.loads(reason)["retry_ms"] >= 0
    assert server["gateway"].wait_exit() == 0
    server.start("gateway")
    back = await server.connect(id=john.id, resume=john.resume, room=room, announced=False)
    back.send("message", content="back")
    assert (await jane.recv_until(type="message", content="back"))["id"] == john.id
    assert not jane.received(content="John left the room")


async def test_hub_and_one_gateway_die_together(server, room):
    john, jane = await pair(server, room)
    server.kill("gateway")
    server.kill("hub")
    jane.send("message", content="meanwhile")
    await server.start_async("hub")
    await jane.recv_until(type="message", content="meanwhile")
    await jane.recv_until(type="system", content="John left the room")
    server.start("gateway")
    again = await server.connect(room=room, nickname="Again")
    again.send("message", content="back")
    await jane.recv_until(type="message", content="back")
    users = await jane.ask("users", room=room)
    assert {"Jane", "Again"} <= set(users["content"])
    assert john.id not in {m["id"] for m in users["members"]}


async def hang(server, room, forgotten):
    """
    Missed by the hub, its clients have their grace time, and do not notice. When that is over they
    have left: they are told to come back, for there may be something that they have missed.
    """
    john, jane = await pair(server, room)
    hub = server["hub"]
    server.kill("gateway", signal.SIGSTOP)
    try:
        await asyncio.to_thread(hub.wait_line, "link_down link=hub.sock peer=gateway-1", 10,
                                len(hub.lines))
        if forgotten:
            await jane.recv_until(type="system", content="John left the room")
    finally:
        server.kill("gateway", signal.SIGCONT)
    if forgotten:
        assert (await john.closed())[0] == 1012
        john = await server.connect(room=room, nickname="John")
    jane.send("message", content="are you there?")
    await john.recv_until(type="message", content="are you there?")
    john.send("message", content="yes")
    await jane.recv_until(type="message", content="yes")
    users = await jane.ask("users", room=room)
    assert sorted(users["content"]) == ["Jane", "John"]
    assert len(jane.received(content="John left the room")) == forgotten


@pytest.mark.deadline(40)
async def test_a_gateway_that_hangs_and_goes_on(server, new_server, room):
    """For less and for more than the grace time; both at once, since each takes its time."""
    patient_server = new_server(gateways=2, hub={"grace": "1m"})
    await asyncio.gather(hang(server, room, True), hang(patient_server, room, False))
