# test_anonymous.py - who brings no token: auth says once what becomes of them, and is not asked
# SPDX-License-Identifier: MIT
import asyncio
import json
import signal

import pytest

from atrium import Client, RawClient, request, until_async

# How long ZeroMQ takes to notice that a peer was stopped is not in our hands.
pytestmark = pytest.mark.deadline(60)

GATEWAYS = ("gateway", "gateway-2")
TOLD = "atrium_gateway_anonymous_told"
# Let in, and told that a token is needed, without a question; questions of clients; and those
# without a token that auth has answered.
COUNTED = ("atrium_gateway_anonymous_total", "atrium_gateway_needed_total",
           "atrium_gateway_verdict_seconds_count", "atrium_auth_anonymous_total",
           "atrium_auth_needed_total")


@pytest.fixture(name="server")
def make_server(new_server):
    return new_server(gateways=2, metrics={"interval": "200ms"}, auth={"anonymous": "yes"},
                      gateway={"verdict_timeout": "60s"})


def total(samples, counter):
    return sum(value for name, _, value in samples if name == counter)


async def until_counted(server, **wanted):
    """Since the server's start, in all processes together."""
    names = {name.split("_", 1)[1].removesuffix("_total").removesuffix("_count"): name
             for name in COUNTED}
    await server.until_metrics(
        lambda m: {short: total(m, names[short]) for short in wanted} == wanted, 15)


async def until_told(server, gateways):
    """So many gateways know what auth says."""
    await server.until_metrics(lambda m: total(m, TOLD) == gateways, 15)


async def set_anonymous(server, yes):
    """Gateways are told before auth answers what is asked later."""
    server.settings["auth"]["anonymous"] = "yes" if yes else "no"
    await asyncio.to_thread(server.reload, "auth")
    for gateway in GATEWAYS:
        answer = await request(server.ports[gateway], "/api/auth/me")
        assert json.loads(answer.body)["anonymous"] is yes


async def is_not_let_in(client):
    client.send("message", content="let me in", ref=7)
    assert (await client.recv_until(type="error", ref=7))["code"] == "unauthorized"
    assert not client.received(type="welcome")


async def shows(server, client):
    client.send("auth", token=server.token())
    assert (await client.recv_until(type="welcome"))["user"] == "demo"


async def test_auth_is_not_asked(server, room):
    await until_told(server, 2)
    for n in range(6):
        client = await server.connect(room=room, nickname=f"N{n}", gateway=GATEWAYS[n % 2])
        assert (client.user, client.nickname, client.room) == (None, f"N{n}", room)
    await server.connect(room=room, token=server.token())
    await until_counted(server, gateway_anonymous=6, gateway_needed=0, gateway_verdict_seconds=1,
                        auth_anonymous=0, auth_needed=0)


async def test_what_follows_the_handshake_at_once_is_heard(server, room):
    await until_told(server, 2)
    raws = [await server.raw(f"/api/ws?room={room}") for _ in range(5)]
    for n, raw in enumerate(raws):
        raw.say(type="message", content=f"early {n}")
    for n, raw in enumerate(raws):
        assert not (await raw.message(type="message", content=f"early {n}")).get("user")


async def test_settings_that_change_count_for_who_comes_next(server, room):
    await until_told(server, 2)
    inside = await server.connect(room=room, nickname="Inside")
    await set_anonymous(server, False)
    for gateway in GATEWAYS:
        client = await Client.open(server.ports[gateway], room=room)
        await is_not_let_in(client)
        await shows(server, client)
        bare = await RawClient.open(server.ports[gateway], path=f"/ws/{room}")
        assert (await bare.closed())[0] == 4401
    inside.send("message", content="still here")
    await inside.recv_until(type="message", content="still here")
    await set_anonymous(server, True)
    for gateway in GATEWAYS:
        await server.connect(room=room, gateway=gateway)
    # Two have shown a token.
    await until_counted(server, gateway_anonymous=3, gateway_needed=4, gateway_verdict_seconds=2)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_an_auth_that_has_gone_lets_no_one_in(server, room, how):
    """What it had said counts no more, and the next one says something else."""
    await until_told(server, 2)
    john = await server.connect(room=room, nickname="John")
    server.kill("auth", how)
    await until_told(server, 0)
    waiting = [await Client.open(server.ports[gateway], room=room) for gateway in GATEWAYS]
    john.send("message", content="without auth")
    await john.recv_until(type="message", content="without auth")
    assert not any(client.messages for client in waiting)
    server.settings["auth"]["anonymous"] = "no"
    server.write_conf()
    await server.start_async("auth")
    for client in waiting:
        await is_not_let_in(client)
    # Both were asked about: what an auth says when it comes is for who comes later.
    await until_counted(server, gateway_anonymous=1, gateway_needed=0, gateway_verdict_seconds=2,
                        auth_anonymous=0, auth_needed=2)
    for client in waiting:
        await shows(server, client)


async def test_an_auth_that_stands_still(server, room):
    """Noticed by the heartbeat: who comes then waits, and is let in when it goes on."""
    await until_told(server, 2)
    server.kill("auth", signal.SIGSTOP)
    try:
        await until_told(server, 0)
        waiting = [await Client.open(server.ports[gateway], room=room) for gateway in GATEWAYS]
    finally:
        server.kill("auth", signal.SIGCONT)
    for client in waiting:
        await client.welcomed()
    await until_told(server, 2)
    for gateway in GATEWAYS:
        await server.connect(room=room, gateway=gateway)
    await until_counted(server, gateway_anonymous=2, gateway_verdict_seconds=2, auth_anonymous=2)


async def test_a_gateway_that_comes_later_is_told(server, room):
    await until_told(server, 2)
    await server.restart_async("gateway-2", signal.SIGTERM)

    async def comes():
        """A gateway that has just come has to be linked first, and may ask."""
        client = await Client.open(server.ports["gateway-2"], room=room)
        await client.welcomed()
        return total(server.metrics(), COUNTED[0]) > 0
    await until_async(comes, 20, "someone who was let in without a question")
