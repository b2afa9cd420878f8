# test_api_restart.py - the server API while the hub is away, and when it dies in the middle
# SPDX-License-Identifier: MIT
import asyncio
import json
import signal

import pytest

from atrium import server_fixture
from atrium.api import Api, Failed

server = server_fixture(gateway={"api_timeout": "1s", "api_rate": 0})


@pytest.fixture
def api(server):
    server.tolerate("api_timeout")
    return Api(server)


@pytest.mark.deadline(40)
async def test_what_could_not_be_said_is_not_done(server, api, room):
    """503 while the hub is away, and nothing of it comes later."""
    john = await server.connect(room=room)
    server.kill("hub")
    await server.until_status("/readyz", 503)
    got = await asyncio.gather(*(api.post("publish", {"room": room, "type": "lost", "n": n})
                                 for n in range(5)))
    for each in got:
        assert each.status == 503 and json.loads(each.body)["error"]["code"] == "unavailable"
    assert (await api.post("status", {})).status == 503
    batch = await api.post("batch", {"requests": [{"method": "status"}] * 2})
    assert [r["error"]["code"] for r in json.loads(batch.body)["result"]["results"]] == \
        ["unavailable"] * 2
    await server.start_async("hub")
    await server.until_status("/readyz", 200)
    await api.publish(room=room, type="kept")
    await john.recv_until(type="kept")
    assert not john.received(type="lost")


async def test_a_short_absence_is_waited_for(server, api, room):
    await server.connect(room=room)
    server.kill("hub")
    asked = asyncio.ensure_future(api.post("publish", {"room": room, "type": "t", "mid": "a"}))
    await server.start_async("hub")
    got = await asked
    assert got.status in (200, 503)  # as fast as the machine is
    first = json.loads(got.body)
    again = await api.publish(room=room, type="t", mid="a")
    assert got.status == 503 or again == first["result"]
    assert again["offset"] == 1


@pytest.mark.deadline(40)
async def test_what_was_said_to_a_hub_that_hangs_is_not_known(server, api, room):
    """504; sent again with the same mid it is done once."""
    john = await server.connect(room=room)
    server.kill("hub", signal.SIGSTOP)
    try:
        got = await api.post("publish", {"room": room, "type": "t", "mid": "a"})
    finally:
        server.kill("hub", signal.SIGCONT)
    assert got.status == 504 and json.loads(got.body)["error"]["code"] == "timeout"
    await server.until_status("/readyz", 200)
    assert (await api.publish(room=room, type="t", mid="a"))["offset"] == 1
    assert (await api.publish(room=room, type="t", mid="b"))["offset"] == 2
    await john.recv_until(type="t", offset=2)
    assert len(john.received(type="t")) == 2


async def insist(api, **members):
    """As a program would: again, with the same mid, until it is done."""
    while True:
        try:
            return await api.publish(**members)
        except Failed as error:
            assert error.status in (503, 504), error


@pytest.mark.deadline(90)
async def test_each_once_under_kills(server, api, room):
    john = await server.connect(room=room)
    done = 0

    async def say(who):
        nonlocal done
        for n in range(60):
            await insist(api, room=room, type="t", who=who, n=n, mid=f"{who}-{n}")
            done += 1

    async def kill():
        for wanted in (60, 180, 300):
            while done < wanted:
                await john.ear().recv_until(type="t", seconds=20)
            await server.restart_async("hub")

    await asyncio.gather(kill(), *(say(who) for who in range(8)))
    last = (await api.publish(room=room, type="end"))["offset"]
    assert last == 8 * 60 + 1
    await john.recv_until(type="end", seconds=20)
    for who in range(8):
        assert [m["n"] for m in john.received(type="t", who=who)] == list(range(60))


@pytest.mark.parametrize("point", ["received", "applied", "committed", "acked", "half"])
async def test_killed_at_each_point(new_server, room, point):
    server = new_server(gateway={"api_timeout": "10s"})
    api = Api(server)
    john = await server.connect(room=room)
    server.kill("hub")
    server["hub"].wait_exit()
    server.env_of["hub"] = {"ATRIUM_HUB_FAULT": point}
    asked = asyncio.ensure_future(api.post("publish", {"room": room, "type": "t", "mid": "a"}))
    hub = await asyncio.to_thread(server.spawn, "hub")
    assert await asyncio.to_thread(hub.wait_exit, 20) == 70
    hub.killed = True
    server.env_of["hub"] = {}
    await server.start_async("hub")
    got = await asked
    assert got.status == 200 and json.loads(got.body)["result"]["offset"] == 1
    assert (await api.publish(room=room, type="t", mid="a"))["offset"] == 1
    await api.publish(room=room, type="end")
    await john.recv_until(type="end")
    assert len(john.received(type="t")) == 1
