# test_drain.py - a gateway ends: what it has read is done, and its clients go one after the other
# SPDX-License-Identifier: MIT
import asyncio
import json
import os
import signal
import time

import pytest

from atrium import Client, RawSocket, until_async


async def end_of(client):
    """When it was closed, with which code, and in how many ms it may come back."""
    code, reason = await client.closed(15)
    return time.monotonic(), code, json.loads(reason)["retry_ms"]


@pytest.mark.deadline(40)
async def test_clients_are_closed_one_after_the_other_each_with_a_slot_of_its_own(new_server, room):
    server = new_server(gateway={"drain": "2s"})
    clients = [await server.connect(room=room, announced=False) for _ in range(20)]
    ends = [asyncio.create_task(end_of(client)) for client in clients]
    server.kill("gateway", signal.SIGTERM)
    times, codes, slots = zip(*[await end for end in ends])
    assert set(codes) == {1012}
    assert len(set(slots)) == 20 and min(slots) >= 500
    assert list(slots) == sorted(slots)
    # over the first half of the time; the rest is for those who take long
    assert 0.5 < max(times) - min(times) < 1.6
    assert len({round(t, 2) for t in times}) >= 10
    assert await asyncio.to_thread(server["gateway"].wait_exit) == 0


async def test_who_has_not_had_its_turn_is_served(new_server, room):
    server = new_server(gateway={"drain": "4s"})
    clients = [await server.connect(room=room, announced=False) for _ in range(4)]
    server.kill("gateway", signal.SIGTERM)
    assert (await clients[0].closed())[0] == 1012
    last = clients[-1]
    last.send("message", content="still here", ref=1)
    await last.recv_until(type="message", content="still here")
    await last.recv_until(type="ack", ref=1)
    assert last.ws.open
    assert await asyncio.to_thread(server["gateway"].wait_exit) == 0


@pytest.mark.deadline(40)
async def test_what_was_read_is_handed_on_and_acknowledged(new_server, room):
    """Though the hub stands still when the gateway is told to end."""
    server = new_server(gateways=2, gateway={"drain": "6s"}, hub={"grace": "10s"})
    jane = await server.connect(room=room, nickname="Jane", gateway="gateway-2")
    john = await server.connect(room=room, nickname="John")
    server.kill("hub", signal.SIGSTOP)
    for n in range(200):
        john.send("message", n=n, ref=n, mid=f"m{n}")
    await john.ask("ping")
    server.kill("gateway", signal.SIGTERM)
    await asyncio.to_thread(server["gateway"].wait_note, "STOPPING=1")
    server.kill("hub", signal.SIGCONT)
    code, reason = await john.closed()
    assert code == 1012 and json.loads(reason)["retry_ms"] > 0
    acks = john.received(type="ack")
    assert [m["ref"] for m in acks] == list(range(200))
    assert [m["offset"] for m in acks] == list(range(1, 201))
    await jane.recv_until(type="message", n=199)
    assert [m["n"] for m in jane.received(type="message")] == list(range(200))
    assert await asyncio.to_thread(server["gateway"].wait_exit) == 0


@pytest.mark.deadline(40)
async def test_what_it_may_not_yet_say_is_handed_on_too(new_server, room):
    """Messages of someone who has not been let in when the gateway is told to end."""
    server = new_server(gateways=2, gateway={"drain": "6s"})
    jane = await server.connect(room=room, nickname="Jane", gateway="gateway-2")
    server.kill("hub", signal.SIGSTOP)
    john = await Client.open(server.port, room=room, nickname="John")
    john.send("message", n=1, ref=1)
    await (await john.ws.ping())
    server.kill("gateway", signal.SIGTERM)
    await asyncio.to_thread(server["gateway"].wait_note, "STOPPING=1")
    server.kill("hub", signal.SIGCONT)
    await john.welcomed()
    assert (await john.recv_until(ref=1))["type"] == "ack"
    assert (await john.closed())[0] == 1012
    await jane.recv_until(type="message", n=1)
    assert await asyncio.to_thread(server["gateway"].wait_exit) == 0


@pytest.mark.parametrize("gone", [signal.SIGKILL, signal.SIGSTOP])
async def test_without_a_hub_it_ends_in_time(new_server, room, gone):
    server = new_server(gateway={"drain": "1s"})
    john = await server.connect(room=room)
    server.kill("hub", gone)
    john.send("message", n=1, ref=1)
    await john.ask("ping")
    begin = time.monotonic()
    server.kill("gateway", signal.SIGTERM)
    assert (await john.closed())[0] == 1012
    assert await asyncio.to_thread(server["gateway"].wait_exit, 5) == 0
    assert time.monotonic() - begin > 0.7
    assert not john.received(type="ack")


async def test_with_nothing_to_do_it_ends_at_once(new_server, room):
    server = new_server(gateway={"drain": "1m"})
    john = await server.connect(room=room)
    await john.close()
    server.kill("gateway", signal.SIGTERM)
    assert await asyncio.to_thread(server["gateway"].wait_exit, 5) == 0


@pytest.mark.deadline(60)
async def test_all_come_back_elsewhere_and_no_one_is_told(new_server, room):
    """As a client does it: after its slot, with id, key and place; nothing is missed meanwhile."""
    # a history longer than what Jane can say while a busy machine leaves a John waiting
    server = new_server(gateways=2, gateway={"drain": "1s"}, hub={"history": 10000})
    jane = await server.connect(room=room, nickname="Jane", gateway="gateway-2")
    johns = [await server.connect(room=room, nickname=f"John{n}") for n in range(10)]
    epoch = (await jane.ask("history"))["epoch"]
    server.kill("gateway", signal.SIGTERM)

    async def follow(john):
        await john.closed()
        since = max((m["offset"] for m in john.received(type="message")), default=0)
        back = await Client.open(server.ports["gateway-2"], room=room, id=john.id,
                                 resume=john.resume, since=since, epoch=epoch)
        assert (await back.recv_until(type="welcome"))["resumed"] is True
        assert (await back.recv_until(type="joined"))["recovered"] is True
        return john, back

    following = asyncio.gather(*(follow(john) for john in johns))
    n = 0
    while not following.done():
        await jane.ask("message", n=n)
        n += 1
    await jane.ask("message", n=n)
    for john, back in await following:
        await back.recv_until(type="message", n=n)
        heard = [m["n"] for client in (john, back) for m in client.received(type="message")]
        assert heard == list(range(n + 1))
    assert (await jane.ask("users", room=room))["count"] == 11
    assert not jane.received(content=lambda c: isinstance(c, str) and c.endswith("left the room"))
    assert await asyncio.to_thread(server["gateway"].wait_exit) == 0


async def test_a_download_is_finished(new_server):
    size = 8 * 1024 * 1024
    server = new_server(gateway={"drain": "6s"})
    with open(os.path.join(server.static, "big.bin"), "wb") as file:
        file.write(b"x" * size)
    raw = await RawSocket.dial(server.port, receive_buffer=4096)
    raw.write(b"GET /static/big.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b"200 OK" in await raw.reader.readline()
    server.kill("gateway", signal.SIGTERM)
    await asyncio.to_thread(server["gateway"].wait_note, "STOPPING=1")
    rest = b""
    while piece := await raw.reader.read(65536):
        rest += piece
    assert rest.endswith(b"x" * 1000) and len(rest) > size
    await until_async(lambda: server["gateway"].exit == 0, what="the end")
