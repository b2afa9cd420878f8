# test_expiry.py - a token runs out while its client is connected
# SPDX-License-Identifier: MIT
import json
import time

from atrium import mint, server_fixture

server = server_fixture(auth={"leeway": "1s"})


async def test_it_is_told_and_then_closed(server, room):
    made = server.token(ttl=2)
    expires = int(time.time()) + 2
    client = await server.connect(room=room, token=made)
    told = await client.recv_until(type="expiring")
    assert list(told) == ["type", "expires"] and abs(told["expires"] - expires) <= 1
    code, reason = await client.closed()
    assert code == 4501 and json.loads(reason)["retry_ms"] > 0
    assert time.time() >= told["expires"] + 1, "not before the leeway is over"
    assert len(client.received(type="expiring")) == 1


async def test_a_new_token_in_time_goes_on(server, room):
    client = await server.connect(room=room, token=server.token(ttl=2))
    other = await server.connect(room=room, token=server.token(ttl=2, user="other"))
    await client.recv_until(type="expiring")
    answer = await client.ask("auth", token=server.token(ttl=600))
    assert answer["type"] == "authorized"
    assert (await other.closed())[0] == 4501
    client.send("message", content="still here")
    await client.recv_until(type="message")
    assert len(client.received(type="expiring")) == 1


async def test_a_new_token_that_runs_out_as_well(server, room):
    client = await server.connect(room=room, token=server.token(ttl=600))
    answer = await client.ask("auth", token=server.token(ttl=1))
    assert answer["type"] == "authorized"
    await client.recv_until(type="expiring")
    assert (await client.closed())[0] == 4501


async def test_a_bad_token_changes_nothing(server, room):
    client = await server.connect(room=room, token=server.token(ttl=2))
    await client.recv_until(type="expiring")
    client.send("auth", token=mint(b"x" * 48), ref=1)
    await client.error("unauthorized", ref=1)
    assert (await client.closed())[0] == 4501


async def test_without_an_end_there_is_nothing_to_say(server, room):
    client = await server.connect(room=room, token=server.token(claims={"exp": None}))
    other = await server.connect(room=room, token=server.token(ttl=1, user="other"))
    assert (await other.closed())[0] == 4501
    client.send("message", content="for ever")
    await client.recv_until(type="message", content="for ever")
    assert not client.received(type="expiring")
    await server.until_metrics(lambda m: m.get("atrium_gateway_closed_expired_total") >= 1
                               and m.get("atrium_gateway_expiring_total") >= 1)
