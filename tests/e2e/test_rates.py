# test_rates.py - how much a client may say in a time
# SPDX-License-Identifier: MIT
import json
import signal

import pytest

from atrium import raw as ws
from atrium import server_fixture, until_async

BURST, RATE, PATIENCE = 10, 10, 30
LIMITS = {"rate_messages": RATE, "rate_burst": BURST, "rate_patience": PATIENCE}

server = server_fixture(gateway={**LIMITS, "ping_interval": "250ms"}, metrics={"interval": "200ms"})


async def after(ms, idle):
    """Time as the server has it: it pings an idle connection each 250 ms."""
    for _ in range(ms // 250 + 2):
        idle.send(ws.PONG, await idle.until(ws.PING))


def answers(client, since=0):
    """Of each ref the kind of its answers, in the order in which they came."""
    return [(m["ref"], "ack" if m["type"] == "ack" else m["code"]) for m in client.messages[since:]
            if m["type"] in ("ack", "error")]


async def test_who_says_too_much_is_told_and_may_say_it_again(server, room):
    listener = await server.connect(room=room)
    client = await server.connect(room=room)
    for n in range(BURST + 5):
        client.send("message", n=n, ref=n)
    error = None
    while error is None or error["ref"] < BURST + 4:
        error = await client.recv_until(type="error")
        assert error["code"] == "rate" and "again" in error["content"]
        assert 0 < error["retry_ms"] <= 1000 * BURST / RATE
    refused = [ref for ref, kind in answers(client) if kind == "rate"]
    assert refused == list(range(refused[0], BURST + 5)), "once one is refused, all that follow are"
    await after(error["retry_ms"], await server.raw(f"/api/ws?room={room}-idle"))
    for n in refused:
        client.send("message", n=n, ref=n)
    for n in refused:
        assert (await client.recv_until(ref=n))["type"] == "ack"
    await listener.recv_until(type="message", n=BURST + 4)
    assert [m["n"] for m in listener.received(type="message")] == list(range(BURST + 5))
    await server.until_metrics(lambda m: m.get("atrium_gateway_error_rate_total") >= 5)


async def test_who_goes_on_is_closed_with_4529(server, room):
    watcher = await server.connect(room=room)
    client = await server.connect(room=room, nickname="Loud")
    before = server.metrics().get("atrium_gateway_closed_rate_total")
    for n in range(500):
        client.send("message", n=n, echo=False)
    code, reason = await client.closed()
    assert code == 4529 and json.loads(reason)["retry_ms"] >= 0
    assert len(client.received(type="error", code="rate")) == PATIENCE
    await watcher.recv_until(content="Loud left the room")
    heard = [m["n"] for m in watcher.received(type="message")]
    assert heard == list(range(len(heard))) and len(heard) <= BURST + 1
    await server.until_metrics(lambda m: m.get("atrium_gateway_closed_rate_total") == before + 1)


async def test_a_flood_of_pings_is_not_answered_without_end(server, room):
    raw = await server.raw(f"/api/ws?room={room}")
    await raw.message(type="system")
    for n in range(500):
        raw.send(ws.PING, b"%d" % n)
    pongs = []
    while (got := await raw.frame()) is not None and got[0] != ws.CLOSE:
        pongs += [got[1]] if got[0] == ws.PONG else []
    assert got[1][:2] == (4529).to_bytes(2, "big")
    assert pongs == [b"%d" % n for n in range(len(pongs))] and len(pongs) <= BURST + 1
    await server.until_metrics(
        lambda m: m.get("atrium_gateway_pings_ignored_total") >= PATIENCE)


async def test_it_is_each_for_itself(server, room):
    loud, quiet = [await server.connect(room=f"{room}-{n}") for n in range(2)]
    for n in range(BURST * 2):
        loud.send("message", n=n, echo=False)
        if n < BURST // 2:
            quiet.send("message", n=n, ref=n)
    await loud.error("rate")
    await quiet.recv_until(type="ack", ref=BURST // 2 - 1)
    assert not quiet.received(type="error")


async def test_what_is_held_until_the_hub_answers_counts_when_it_came(server, room):
    idle = await server.raw(f"/api/ws?room={room}-idle")
    server.kill("hub", signal.SIGSTOP)
    try:
        client = await server.open(room=room)
        for n in range(BURST + 5):
            client.send("message", n=n, ref=n)
        await after(1000 * BURST // RATE, idle)  # the bucket is full again
    finally:
        server.kill("hub", signal.SIGCONT)
    await client.recv_until(type="ack", ref=BURST - 1)  # errors do not go to the hub and back
    got = sorted(answers(client))
    assert [ref for ref, _ in got] == list(range(BURST + 5))
    assert [kind for _, kind in got] == ["ack"] * BURST + ["rate"] * 5


@pytest.mark.deadline(40)
async def test_what_waits_for_the_hub_is_not_too_fast(new_server, room):
    """Who is not read meanwhile has talked on at its rate; all is read at once then, and taken."""
    server = new_server(gateway={**LIMITS, "max_unacked": "64K", "ping_interval": "250ms"},
                        metrics={"interval": "200ms"})
    listener = await server.connect(room=room)
    client = await server.connect(room=room)
    idle = await server.raw(f"/api/ws?room={room}-idle")
    server.kill("hub", signal.SIGSTOP)
    try:
        client.send("message", n=0, ref=0, content="x" * 60000)
        client.send("message", n=1, ref=1, content="x" * 60000)
        await server.until_metrics(lambda m: m.get("atrium_gateway_paused_total") >= 1)
        await after(2500, idle)
        for n in range(2, 2 + BURST + 15):
            client.send("message", n=n, ref=n)
        await idle.until(ws.PING)
    finally:
        server.kill("hub", signal.SIGCONT)
    await client.recv_until(ref=BURST + 16)
    assert not client.received(type="error")
    await listener.recv_until(type="message", n=BURST + 16)
    assert [m["n"] for m in listener.received(type="message")] == list(range(BURST + 17))


async def test_bytes(new_server, room):
    server = new_server(gateway={"rate_bytes": "20K", "rate_bytes_burst": "20K",
                                 "ping_interval": "250ms"})
    listener = await server.connect(room=room)
    client = await server.connect(room=room)
    # larger than all that may come at once: taken all the same, and then there is a pause
    client.send("message", n=0, ref=0, content="x" * 30000)
    assert (await client.recv_until(ref=0))["type"] == "ack"
    client.send("message", n=1, ref=1)
    error = await client.error("rate", ref=1)
    assert error["retry_ms"] > 500
    await after(error["retry_ms"], await server.raw(f"/api/ws?room={room}-idle"))
    assert (await client.ask("message", n=2))["type"] == "ack"
    await listener.recv_until(type="message", n=2)
    assert [m["n"] for m in listener.received(type="message")] == [0, 2]


async def test_another_rate_by_sighup(new_server, room):
    server = new_server(gateway={"rate_messages": 0})
    client = await server.connect(room=room)
    for n in range(100):
        client.send("message", n=n, ref=n)
    await client.recv_until(type="ack", ref=99)
    server.settings["gateway"].update(rate_messages=1, rate_burst=1)
    server.write_conf()
    server.kill("gateway", signal.SIGHUP)
    await until_async(lambda: "READY=1" in "\n".join(server["gateway"].notes[1:]))
    client.send("message", n=100)
    client.send("message", n=101, ref=101)
    await client.error("rate", ref=101)


async def test_many_small_pieces_are_a_message_too_big(new_server, room):
    """What is in the frames is bounded, and so are the frames."""
    server = new_server(gateway={"max_message": "1K"})
    raw = await server.raw(f"/api/ws?room={room}")
    await raw.message(type="system")
    raw.send(ws.TEXT, b"x", fin=False)
    piece = ws.frame(ws.MORE, b"", fin=False)
    for _ in range(20):
        raw.write(piece * 1000)
    assert await raw.closing() == 1009
