# test_slow.py - clients that read slowly, or not at all: what they cost, and what they get
# SPDX-License-Identifier: MIT
import asyncio
import json

import pytest

from atrium import BUILD, prom
from atrium import raw as ws
from atrium import server_fixture

DOTS = {'room "*dots*"': {"conflate": "dot place", "ephemeral": "dot"}}
server = server_fixture(gateway={"max_queue": "64M", "ping_interval": "1h"},
                        metrics={"interval": "200ms"}, **DOTS)


async def flood(server, sender, reached, step=150):
    """Sends until the gateway's numbers, said after all of it was taken, are so; how many it took."""
    sent = 0
    before = server.metrics().get("atrium_gateway_received_total")
    while True:
        assert sent < 3000
        for _ in range(step):
            sender.send("fill", n=sent, content="x" * 10000, echo=False)
            sent += 1
        await server.until_metrics(
            lambda m: m.get("atrium_gateway_received_total") >= before + sent, 20)
        if reached(prom.Samples(server.metrics())):
            return sent


async def behind(server, room, sender):
    """A client that does not read, and whose socket is full; how many messages that took."""
    slow = await server.raw(f"/api/ws?room={room}&nickname=Slow", receive_buffer=4096)
    await slow.message(type="joined")
    return slow, await flood(server, sender, lambda m: m.get("atrium_gateway_queue_bytes") > 0)


async def messages(slow, last):
    """All up to the one that has these members."""
    came = []
    while not came or any(came[-1].get(name) != value for name, value in last.items()):
        came.append(json.loads(await slow.until(ws.TEXT)))
    return came


@pytest.mark.deadline(60)
async def test_of_conflating_types_the_latest_of_each_sender(server):
    room = "dots-1"
    senders = [await server.connect(room=room, nickname=f"S{n}") for n in range(3)]
    slow, filled = await behind(server, room, senders[0])
    for n in range(200):
        for sender in senders:
            sender.send("dot", n=n, echo=False)
            sender.send("place", n=n, echo=False)
        if n % 50 == 49:
            for sender in senders:
                await sender.ask("message", n=n, echo=False)
    await senders[0].ask("message", end=True)
    bound = filled * 11000 + 3 * 2 * 400 + 14 * 400
    await server.until_metrics(lambda m: m.get("atrium_gateway_conflated_total") >= 3 * 199 * 2)
    assert server.metrics().get("atrium_gateway_queue_bytes") < bound
    came = await messages(slow, {"end": True})
    assert [m["n"] for m in came if m["type"] == "fill"] == list(range(filled))
    for sender in senders:
        own = [m for m in came if m.get("id") == sender.id and "n" in m and m["type"] != "fill"]
        for kind in ("dot", "place"):  # what came last was not held back, and nothing went back
            numbers = [m["n"] for m in own if m["type"] == kind]
            assert numbers[-1] == 199 and numbers == sorted(numbers) and len(numbers) < 20
        assert [m["n"] for m in own if m["type"] == "message"] == [49, 99, 149, 199]
    offsets = [m["offset"] for m in came if "offset" in m and m["type"] != "joined"]
    assert offsets == sorted(offsets) and len(offsets) < offsets[-1]


async def test_who_is_not_behind_gets_every_one(server):
    jane = await server.connect(room="dots-2")
    john = await server.connect(room="dots-2")
    for n in range(300):
        jane.send("dot", n=n)
    for client in (jane, john):
        await client.recv_until(type="dot", n=299)
        assert [m["n"] for m in client.received(type="dot")] == list(range(300))


@pytest.mark.deadline(60)
async def test_whose_socket_takes_nothing_is_closed_and_cut_off(new_server, room):
    server = new_server(gateway={"max_queue": "64M", "write_timeout": "500ms",
                                 "ping_interval": "1h"}, hub={"grace": "100ms"},
                        metrics={"interval": "200ms"})
    john = await server.connect(room=room)
    slow, _ = await behind(server, room, john)
    await john.recv_until(content="Slow left the room", seconds=20)
    await server.until_metrics(lambda m: m.get("atrium_gateway_connections") == 1, 20)
    numbers = server.metrics()
    assert numbers.get("atrium_gateway_write_timeouts_total") == 1
    assert numbers.get("atrium_gateway_closed_too_slow_total") == 1
    assert numbers.get("atrium_gateway_queue_bytes") == 0
    assert await slow.closed(20) == (None, "")


@pytest.mark.deadline(60)
async def test_who_reads_again_in_time_is_told_or_goes_on(new_server, room):
    server = new_server(gateway={"max_queue": "64M", "write_timeout": "1s",
                                 "ping_interval": "1h"}, metrics={"interval": "200ms"})
    john = await server.connect(room=room)
    told, _ = await behind(server, room, john)
    await server.until_metrics(lambda m: m.get("atrium_gateway_write_timeouts_total") == 1)
    code, reason = await told.closed(20)
    assert code == 4508 and json.loads(reason)["retry_ms"] >= 0
    slow, sent = await behind(server, room, john)
    await messages(slow, {"type": "fill", "n": sent - 1})
    await john.ask("message", end=True)
    await messages(slow, {"end": True})


@pytest.mark.deadline(60)
async def test_who_was_too_slow_and_comes_back_gets_what_it_missed(new_server, room):
    server = new_server(gateway={"max_queue": "256K"}, hub={"history": "5000", "grace": "60s"},
                        metrics={"interval": "200ms"})
    john = await server.connect(room=room)
    slow = await server.raw(f"/api/ws?room={room}&id=slow&nickname=Slow", receive_buffer=4096)
    welcome = await slow.message(type="welcome")
    epoch = (await slow.message(type="joined"))["epoch"]
    sent = await flood(
        server, john, lambda m: m.get("atrium_gateway_closed_too_slow_total") == 1, step=80)
    came = []
    while (got := await slow.frame()) and got[0] != ws.CLOSE:
        came += [m for m in [json.loads(got[1])] if m["type"] == "fill"]
    assert [m["n"] for m in came] == list(range(len(came))) and len(came) < sent
    again = await server.connect(room=room, id="slow", resume=welcome["resume"], epoch=epoch,
                                 since=came[-1]["offset"], announced=False)
    assert again.received(type="joined")[0]["recovered"]
    await again.recv_until(type="fill", n=sent - 1)
    assert [m["n"] for m in came + again.received(type="fill")] == list(range(sent))
    assert not john.received(content="Slow left the room")


STALLED, QUEUE_MB = 5, 4


@pytest.mark.deadline(90)
async def test_a_room_of_a_thousand_of_whom_some_do_not_read(new_server):
    """The others get all, at once and in order; so do these when they read; memory is bounded."""
    server = new_server(gateway={"max_queue": f"{QUEUE_MB}M", "ping_interval": "1h"})
    process = await asyncio.create_subprocess_exec(
        BUILD / "bench" / "stalled", "--port", str(server.port), "--pid", str(server["gateway"].pid),
        "--clients", "1000", "--stalled", str(STALLED), "--rounds", "2", "--messages", "20",
        stdout=asyncio.subprocess.PIPE)
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0
    *rounds, whole = [json.loads(line) for line in output.splitlines()]
    assert whole == {"whole": True, "sent": whole["sent"], "clients": 1000} and len(rounds) == 2
    before = rounds[0]["kb"][0]
    slack = 24 if BUILD.name == "release" else 400  # freed memory is kept back by sanitizers
    assert all(each["kb"][2] - before < (STALLED * QUEUE_MB + slack) * 1024 for each in rounds)
