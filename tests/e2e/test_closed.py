# test_closed.py - connections that ended, and how: by the API, and as `atrium connections --closed`
# SPDX-License-Identifier: MIT
import asyncio
import json

import pytest

from atrium import CommandClient, RawClient, server_fixture
from atrium import raw as ws
from atrium.api import Api
from atrium.command import atrium as run

server = server_fixture(gateways=2, gateway={"api_rate": 0}, hub={"closed": 200})


@pytest.fixture
def api(server):
    return Api(server)


async def ended(api, connection):
    """What is known of this one, as soon as something is."""
    while True:
        page = await api.connections(closed=True, connection=connection)
        if page["closed"]:
            return page["closed"][0]


async def test_by_the_client(server, api, room):
    ann = await server.connect(room=room, nickname="Ann", token=server.token("ann", name="Ann"))
    await ann.ask("join", room=room + "-2")
    await ann.ws.close(1001, "off I go")
    got = await ended(api, ann.id)
    assert got["by"] == "client" and (got["code"], got["reason"]) == (1001, "off I go")
    assert (got["nickname"], got["user"], got["dialect"]) == ("Ann", "ann", "room")
    assert (got["gateway"], got["address"], got["rooms"]) == ("gateway-1", "127.0.0.1", 2)
    assert got["queued"] == 0 and got["at"] - got["since"] == got["lived"] < 60000
    bob = await server.open(CommandClient, room=room)
    await bob.welcomed()
    await bob.ws.close(1000)
    got = await ended(api, bob.id)
    assert (got["code"], got["reason"], got["user"], got["dialect"]) == (1000, None, None, "command")


async def test_without_a_code_and_without_a_frame(server, api, room):
    bare = await server.raw(f"/api/ws?room={room}&id={room}-bare")
    await bare.message(type="joined")
    bare.send(ws.CLOSE)
    got = await ended(api, f"{room}-bare")
    assert (got["by"], got["code"], got["reason"]) == ("client", 1005, None)
    lost = await server.raw(f"/api/ws?room={room}&id={room}-lost")
    await lost.message(type="joined")
    lost.abort()
    got = await ended(api, f"{room}-lost")
    assert (got["by"], got["code"], got["reason"]) == ("gone", 1006, None)


async def test_by_the_server(server, api, room):
    ann = await server.connect(room=room, gateway="gateway-2")
    await api.disconnect(connection=ann.id, code=4403, reason="not you")
    assert await ann.closed() == (4403, "not you")
    got = await ended(api, ann.id)
    assert (got["by"], got["code"], got["reason"]) == ("server", 4403, "not you")
    assert got["gateway"] == "gateway-2"
    bad = await server.raw(f"/api/ws?room={room}&id={room}-bad")
    await bad.message(type="joined")
    bad.send(ws.BINARY, b"\0")
    got = await ended(api, f"{room}-bad")
    assert (got["by"], got["code"]) == ("server", 1003) and got["reason"]


async def test_a_raw_client(server, api, room):
    client = await RawClient.open(server.port, f"/ws/{room}")
    found = []
    while not found:
        found = (await api.connections(room=room))["connections"]
    client.drop()
    got = await ended(api, found[0]["id"])
    assert (got["by"], got["code"], got["dialect"]) == ("gone", 1006, "raw")


async def test_who_was_turned_away(server, api, room):
    ann = await server.connect(room=room)
    eve = await server.raw(f"/api/ws?room={room}&id={ann.id}&token={server.token('eve')}")
    assert (await eve.closed())[0] == 4409
    got = (await api.connections(closed=True, user="eve"))["closed"]
    assert [(row["id"], row["code"], row["rooms"]) for row in got] == [(ann.id, 4409, 0)]
    assert [row["id"] for row in (await api.connections(connection=ann.id))["connections"]] == [ann.id]


@pytest.mark.deadline(60)
async def test_too_slow(new_server, room):
    """So much waited for it."""
    server = new_server(gateway={"max_queue": "64K", "rate_messages": 0, "rate_bytes": 0})
    api = Api(server)
    ann = await server.connect(room=room)
    slow = await server.raw(f"/api/ws?room={room}&id=slow", receive_buffer=4096)
    await slow.message(type="joined")
    while not (await api.connections(closed=True, connection="slow"))["closed"]:
        for _ in range(50):
            ann.send("fill", content="x" * 10000, echo=False)
        await ann.ask("message", echo=False)
    got = await ended(api, "slow")
    assert (got["by"], got["code"]) == ("server", 4508) and got["queued"] > 64 << 10


async def test_a_gateway_is_killed_and_another_answers(new_server, room):
    server = new_server(gateways=2, hub={"grace": "500ms"})
    api = Api(server, gateway="gateway-2")
    ann = await server.connect(room=room)
    await server.connect(room=room, gateway="gateway-2")
    server.kill("gateway")
    got = await ended(api, ann.id)
    assert (got["by"], got["code"], got["gateway"]) == ("gone", 1006, "gateway-1")
    assert (await api.connections(closed=True))["total"] == 1


async def test_pages_are_bounded_and_counted(new_server, room):
    server = new_server(hub={"closed": 5})
    api = Api(server)
    for n in range(8):
        client = await server.open(room=room, id=f"c{n}")
        await client.welcomed()
        await client.close()
        await ended(api, f"c{n}")
    page = await api.connections(closed=True, limit=2)
    assert [row["id"] for row in page["closed"]] == ["c7", "c6"]
    assert (page["total"], page["forgotten"]) == (5, 3)
    page = await api.connections(closed=True, limit=2, after=page["next"])
    assert [row["id"] for row in page["closed"]] == ["c5", "c4"]
    page = await api.connections(closed=True, limit=2, after=page["next"])
    assert [row["id"] for row in page["closed"]] == ["c3"] and page["next"] is None
    page = await api.connections(closed=True, search="C5")
    assert [row["id"] for row in page["closed"]] == ["c5"] and page["total"] == 1
    await server.until_metrics(lambda m: m.get("atrium_hub_closes_forgotten_total") == 3)
    assert await api.fails("connections", closed=True, room=room) == \
        (400, "bad_params", "`room` is not known of those that ended")


async def test_it_goes_on_after_the_hub_was_killed(new_server, room):
    """What was known is gone with it; what ends from then on is known again."""
    server = new_server()
    api = Api(server)
    ann = await server.connect(room=room)
    bob = await server.connect(room=room)
    await ann.close()
    await ended(api, ann.id)
    await server.restart_async("hub")
    await bob.close()
    assert (await ended(api, bob.id))["by"] == "client"


async def test_the_command(server, room):
    async def atrium(*options):
        return await asyncio.to_thread(run, "connections", "--closed", *options, "--url",
                                       f"http://127.0.0.1:{server.port}", "--keys", server.keys)
    name = f"{room}-dan"
    dan = await server.connect(room=room, token=server.token(name))
    await dan.ws.close(1000, "bye \x1b[31m")
    await ended(Api(server), dan.id)
    got = await atrium("--user", name)
    assert got.returncode == 0, got.stderr
    head, line = got.stdout.splitlines()
    assert head.split()[:6] == ["ENDED", "LIVED", "BY", "CODE", "QUEUED", "ROOMS"]
    assert " client  1000 " in line and dan.id in line and line.endswith("bye ?[31m")
    rows = json.loads((await atrium("--id", dan.id, "--json")).stdout)["result"]["closed"]
    assert [row["reason"] for row in rows] == ["bye \x1b[31m"]
    for options in (["--id", "nobody"], ["--search", "no one at all"]):
        assert len((await atrium(*options)).stdout.splitlines()) == 1
