# test_api_state.py - rooms' states, read and changed by the server API
# SPDX-License-Identifier: MIT
import json

import pytest

from atrium import server_fixture
from atrium.api import Api, Failed

server = server_fixture(gateway={"api_rate": 0}, hub={"state_keys": "20"})


@pytest.fixture
def api(server):
    return Api(server)


def put(key, value):
    return {"key": key, "value": value}


def keys(answer):
    return [entry["key"] for entry in answer["entries"]]


async def test_a_change_is_told_to_members(server, api, room):
    john = await server.connect(room=room)
    assert await api.state(room=room, ops=[put("a", 1), put("b", [2])]) == {"rev": 1}
    told = await john.recv_until(type="state")
    assert told["id"] == "api" and told["user"] == "root" and told["rev"] == 1
    assert told["ops"] == [put("a", 1), put("b", [2])]
    await john.ask("state", ops=[{"key": "a", "delete": True}])
    got = await api.state(room=room)
    assert (got["rev"], got["entries"]) == (2, [{"key": "b", "value": [2], "rev": 1}])
    assert got["epoch"] == (await john.ask("state_get"))["epoch"]


async def test_it_is_read_in_part(api, room):
    await api.state(room=room, ops=[put(key, 0) for key in ("a/1", "a/2", "b", "c")])
    assert keys(await api.state(room=room, prefix="a/")) == ["a/1", "a/2"]
    assert keys(await api.state(room=room, keys=["c", "nothing", "a/1"])) == ["c", "a/1"]
    assert keys(await api.state(room=room, prefix="x")) == []


async def test_a_room_that_there_is_not_has_none(api, room):
    assert await api.state(room=room) == {"rev": 0, "offset": 0, "epoch": None, "entries": []}
    assert (await api.rooms(match=room))["rooms"] == []


async def test_values_are_kept_byte_for_byte(api, room):
    value = b'{"n":1.50e+3, "s":"caf\\u00e9\\/" ,"z":[ 1,2 ]}'
    got = await api.post("state", b'{"room":"%s","ops":[{"key":"k","value":%s}]}' % (room.encode(), value))
    assert got.status == 200
    assert value in (await api.post("state", {"room": room})).body


async def test_conflicts(api, room):
    await api.state(room=room, ops=[put("a", 1)])
    assert await api.state(room=room, ops=[put("a", 2)], **{"if": {"a": 1, "b": 0}}) == {"rev": 2}
    with pytest.raises(Failed) as failed:
        await api.state(room=room, ops=[put("a", 3), put("b", 1)], **{"if": {"a": 1, "b": 1}})
    assert (failed.value.status, failed.value.code, failed.value.error["rev"]) == (409, "conflict", 2)
    assert failed.value.error["current"] == [{"key": "a", "value": 2, "rev": 2}, {"key": "b", "rev": 0}]
    assert keys(await api.state(room=room)) == ["a"]


async def test_again_with_its_mid(api, room):
    first = await api.state(room=room, ops=[put("a", 1)], mid="m")
    await api.state(room=room, ops=[put("a", 2)])
    assert await api.state(room=room, ops=[put("a", 1)], mid="m") == first
    assert (await api.state(room=room))["entries"] == [{"key": "a", "value": 2, "rev": 2}]


async def test_bounds_hold(api, room):
    status, code, _ = await api.fails("state", room=room, ops=[put(f"k{n}", n) for n in range(21)])
    assert (status, code) == (409, "state_full")
    assert (await api.state(room=room))["epoch"] is None  # no room was left behind


@pytest.mark.parametrize("members", [
    {"ops": []}, {"ops": [{"key": "a"}]}, {"ops": [put("", 1)]}, {"if": {}}, {"mid": "m"},
    {"keys": []}, {"keys": ["a"], "prefix": "a"}, {"keys": ["a"], "ops": [put("a", 1)]}], ids=json.dumps)
async def test_what_is_no_request(api, room, members):
    status, code, _ = await api.fails("state", room=room, **members)
    assert (status, code) == (400, "bad_params")


async def test_a_key_twice(api, room):
    status, code, _ = await api.fails("state", room=room, ops=[put("a", 1), put("a", 2)])
    assert (status, code) == (400, "bad_message")


async def test_it_outlives_the_hub(server, api, room):
    await api.state(room=room, ops=[put("a", 1), put("b", 2)])
    await api.state(room=room, ops=[{"key": "b", "delete": True}])
    before = await api.state(room=room)
    await server.restart_async("hub")
    assert await api.state(room=room) == before
    assert await api.state(room=room, ops=[put("c", 3)]) == {"rev": 3}


async def test_in_a_batch(api, room):
    got = await api.batch(requests=[
        {"method": "state", "room": room, "ops": [put("a", 1)]},
        {"method": "state", "room": room, "ops": [put("a", 2)], "if": {"a": 7}},
        {"method": "state", "room": room}])
    assert got["results"][0]["result"] == {"rev": 1}
    assert got["results"][1]["error"]["code"] == "conflict"
    assert got["results"][2]["result"]["entries"] == [{"key": "a", "value": 1, "rev": 1}]


async def test_a_revision_of_a_state_that_is_gone_never_holds_again(new_server, room):
    server = new_server()
    api = Api(server)
    await api.state(room=room, ops=[put("a", 1)])
    assert await api.state(room=room, ops=[put("a", 2)]) == {"rev": 2}
    await api.state(room=room, ops=[{"key": "a", "delete": True}])
    john = await server.connect(room=room)
    await john.close()
    await server.until_metrics(lambda m: m.get("atrium_hub_rooms") == 0)
    await server.restart_async("hub")
    assert (await api.state(room=room))["rev"] == 0
    first = await api.state(room=room, ops=[put("a", 1)])
    assert first["rev"] > 3
    for rev in range(1, 4):
        with pytest.raises(Failed) as failed:
            await api.state(room=room, ops=[put("a", 3)], **{"if": {"a": rev}})
        assert failed.value.code == "conflict"
    assert await api.state(room=room, ops=[put("a", 3)], **{"if": {"a": first["rev"]}}) \
        == {"rev": first["rev"] + 1}
