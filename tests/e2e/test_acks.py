# test_acks.py - what carries a ref is answered with it, as it was written
# SPDX-License-Identifier: MIT
import json
import time

import pytest

from atrium import server_fixture

server = server_fixture()


@pytest.mark.parametrize("ref", ['"a1"', '""', '1', '0', '-7', '1.50', '1e2', '12345678901234567890',
                                 r'"\u00e9\"\\"', '"é 🦊"', '"' + "x" * 126 + '"'])
async def test_ref_comes_back_as_it_was_sent(server, room, ref):
    john = await server.connect(room=room)
    john.send_text(f'{{"type":"message","content":"x","ref":{ref}}}')
    echo = await john.recv_until(type="message")
    assert "ref" not in echo
    ack = await john.recv_until(type="ack")
    assert f'"ref":{ref}' in ack.raw
    assert ack == {"type": "ack", "ref": json.loads(ref), "room": room, "offset": echo["offset"]}


async def test_no_ref_no_ack(server, room):
    john = await server.connect(room=room)
    john.send("message", content="x")
    await john.recv_until(type="message")
    await john.expect_silence()


async def test_the_echo_comes_before_the_ack(server, room):
    john = await server.connect(room=room)
    john.send("message", content="x", ref="r")
    kinds = [(await john.recv_until(type=lambda t: t in ("message", "ack")))["type"]
             for _ in range(2)]
    assert kinds == ["message", "ack"]


async def test_ack_without_echo(server, room):
    john = await server.connect(room=room)
    john.send("message", content="x", ref="r", echo=False)
    await john.recv_until(type="ack", ref="r")
    await john.expect_silence()
    assert not john.received(type="message")


async def test_acks_come_in_order_of_the_messages(server, room):
    john = await server.connect(room=room)
    for n in range(300):
        john.send("message", n=n, ref=n, echo=False)
    for n in range(300):
        assert (await john.recv_until(type="ack"))["ref"] == n


async def test_answers_come_in_the_order_of_what_was_asked(server, room):
    john = await server.connect(room=room)
    john.send("message", ref=1, echo=False)
    john.send("users", ref=2, room=room)
    john.send("rooms", ref=3)
    john.send("join", ref=4, room=room + "-2")
    john.send("leave", ref=5, room=room + "-2")
    john.send("private", ref=6, target="nobody")
    john.send("message", ref=7, echo=False)
    got = [await john.recv_until(ref=n) for n in range(1, 8)]
    assert [m["type"] for m in got] == ["ack", "users_update", "rooms", "joined", "left", "error",
                                        "ack"]


async def test_ping_answers_with_the_time(server, room):
    john = await server.connect(room=room)
    before = time.time() * 1000
    pong = await john.ask("ping")
    assert list(pong) == ["type", "time", "ref"]
    assert before - 1000 <= pong["time"] <= time.time() * 1000 + 1000
    john.send("ping")
    assert list(await john.recv_until(type="pong")) == ["type", "time"]


@pytest.mark.parametrize("ref", ["null", "true", "[1]", '{"a":1}', '"' + "x" * 127 + '"'])
async def test_a_ref_is_a_short_string_or_a_number(server, room, ref):
    john = await server.connect(room=room)
    john.send_text(f'{{"type":"message","content":"x","ref":{ref}}}')
    await john.error("bad_message")
    await john.expect_silence()
