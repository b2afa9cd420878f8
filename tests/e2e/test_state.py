# test_state.py - a room's keyed values: changes, conflicts, snapshots, bounds, rights
# SPDX-License-Identifier: MIT
import asyncio
import json

import pytest

from atrium import Client, CommandClient, RawClient, server_fixture

server = server_fixture(hub={"state_bytes": "64K", "state_keys": "50"})


def put(key, value):
    return {"key": key, "value": value}


def gone(key):
    return {"key": key, "delete": True}


def values(snapshot):
    return {entry["key"]: entry["value"] for entry in snapshot["entries"]}


def revs(snapshot):
    return {entry["key"]: entry["rev"] for entry in snapshot["entries"]}


async def change(client, *ops, **members):
    return await client.ask("state", ops=list(ops), **members)


async def snapshot(client, **members):
    """All parts as one."""
    part = await client.ask("state_get", **members)
    whole = {**part, "entries": list(part["entries"])}
    while part.get("more"):
        part = await client.recv_until(type="state_snapshot")
        assert part["rev"] == whole["rev"] and part["ref"] == whole["ref"]
        whole["entries"] += part["entries"]
    whole.pop("more", None)
    return whole


# ---- changes

async def test_a_change_is_told_to_all_and_acknowledged(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    ack = await change(john, put("a", 1), put("b", {"x": [1.50, "\u00e9"]}))
    assert ack == {"type": "ack", "ref": ack["ref"], "room": room, "rev": 1}
    for client in (john, jane):
        client.at = 0
        assert await client.recv_until(type="state") == {
            "type": "state", "room": room, "rev": 1, "id": john.id, "nickname": john.nickname,
            "ops": [put("a", 1), put("b", {"x": [1.50, "\u00e9"]})]}
    assert (await change(jane, gone("a"), put("c", None)))["rev"] == 2
    told = await john.recv_until(type="state", rev=2)
    assert told["ops"] == [gone("a"), put("c", None)] and told["id"] == jane.id
    assert revs(await snapshot(john)) == {"b": 1, "c": 2}


async def test_values_are_given_on_byte_for_byte(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    value = r'{"n":1.50e+3, "s":"caf\u00e9\/" ,"z":[ 1,2 ],"n":0.10}'
    john.send_text('{"type":"state","ops":[{"value":%s,"key":"k\\u0061"}]}' % value)
    told = await jane.recv_until(type="state")
    assert value in told.raw and told["ops"][0]["key"] == "ka"
    assert value in (await jane.ask("state_get")).raw


async def test_the_sender_can_be_left_out(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    await change(john, put("a", 1), echo=False)
    assert (await jane.recv_until(type="state"))["rev"] == 1
    await change(john, put("a", 2))
    assert [m["rev"] for m in john.received(type="state")] == [2]


async def test_it_is_no_message_of_the_room(server, room):
    john = await server.connect(room=room)
    await change(john, put("a", 1))
    assert (await john.ask("message", n=1))["offset"] == 1
    assert [m["type"] for m in (await john.ask("history"))["messages"]] == ["message"]


async def test_a_change_with_a_mid_is_applied_once(server, room):
    john = await server.connect(room=room)
    first = await change(john, put("a", 1), mid="m1")
    await change(john, put("a", 2))
    again = await change(john, put("a", 1), mid="m1")
    assert (first["rev"], again["rev"]) == (1, 1)
    assert values(await snapshot(john)) == {"a": 2}


# ---- conflicts

async def test_a_revision_that_is_another_one_is_a_conflict(server, room):
    john = await server.connect(room=room)
    await change(john, put("a", 1))
    await change(john, put("a", 2), put("b", "\u20ac"), **{"if": {"a": 1, "b": 0}})
    refused = await change(john, put("a", 3), gone("c"), **{"if": {"a": 1, "b": 2, "c": 7, "d": 0}})
    assert refused == {"type": "error", "code": "conflict", "content": refused["content"],
                       "room": room, "ref": refused["ref"], "rev": 2,
                       "current": [{"key": "a", "value": 2, "rev": 2}, {"key": "c", "rev": 0}]}
    assert values(await snapshot(john)) == {"a": 2, "b": "\u20ac"}
    assert (await change(john, gone("a"), **{"if": {"a": 2}}))["rev"] == 3
    refused = await change(john, put("a", 1), **{"if": {"a": 2}})
    assert refused["current"] == [{"key": "a", "rev": 0}]
    assert (await change(john, put("a", 1), **{"if": {"a": 0}}))["rev"] == 4
    await server.until_metrics(lambda m: m.get("atrium_hub_state_conflicts_total") >= 2
                               and m.get("atrium_gateway_error_conflict_total") >= 2)


async def test_a_conflict_changes_nothing(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    refused = await change(john, put("a", 1), put("b", 1), **{"if": {"b": 1}})
    assert refused["code"] == "conflict" and refused["rev"] == 0
    assert (await snapshot(john))["entries"] == []
    await change(john, put("z", 1))
    assert (await jane.recv_until(type="state"))["rev"] == 1


# ---- snapshots

async def test_who_joins_is_given_the_state_first(server, room):
    john = await server.connect(room=room)
    await change(john, put("a", 1), put("b", [2]))
    await change(john, put("a", "one"))
    await john.ask("message", n=1)
    jane = await server.connect(room="elsewhere")
    joined = await jane.ask("join", room=room, state=True)
    got = await jane.recv()
    assert got == {"type": "state_snapshot", "room": room, "rev": 2, "offset": 1,
                   "epoch": joined["epoch"], "full": True,
                   "entries": [{"key": "b", "value": [2], "rev": 1},
                               {"key": "a", "value": "one", "rev": 2}]}
    late = await server.open(room=room, state="1")
    await late.recv_until(type="joined")
    assert {**await late.recv()} == got


async def test_it_comes_before_what_is_replayed(server, room):
    john = await server.connect(room=room)
    await john.ask("message", n=1)
    await change(john, put("a", 1))
    epoch = (await john.ask("history"))["epoch"]
    jane = await server.connect(room="elsewhere")
    joined = await jane.ask("join", room=room, state=True, since=0, epoch=epoch)
    assert joined["recovered"]
    assert [(await jane.recv())["type"] for _ in range(2)] == ["state_snapshot", "message"]


async def test_who_does_not_ask_gets_none(server, room):
    john = await server.connect(room=room)
    await change(john, put("a", 1))
    for state in (None, False):
        jane = await server.connect(room="elsewhere")
        await jane.ask("join", room=room, **({} if state is None else {"state": state}))
        await jane.ask("ping")
        assert not jane.received(type="state_snapshot")


async def test_who_was_away_is_given_what_changed(server, room):
    john = await server.connect(room=room)
    for n in range(4):
        await change(john, put(f"k{n}", n))
    known = await snapshot(john)
    await change(john, put("k0", "new"), gone("k1"))
    await change(john, gone("k2"), put("k9", 9), gone("never"))
    await change(john, put("k2", "back"))
    jane = await server.connect(room="elsewhere")
    await jane.ask("join", room=room, state={"rev": known["rev"], "epoch": known["epoch"]})
    got = await jane.recv_until(type="state_snapshot")
    assert got["full"] is False and got["rev"] == 7 and got["deleted"] == ["k1"]
    assert revs(got) == {"k0": 5, "k9": 6, "k2": 7}
    late = await server.open(room=room, state="1", rev=str(known["rev"]), epoch=known["epoch"])
    again = await late.recv_until(type="state_snapshot")
    assert {**again} == {**got}
    await jane.ask("join", room=room, state={"rev": 7, "epoch": known["epoch"]})
    got = await jane.recv_until(type="state_snapshot")
    assert got["full"] is False and got["entries"] == [] and "deleted" not in got


@pytest.mark.parametrize("place", [{"rev": 1, "epoch": "0123456789abcdef"}, {"rev": 99}])
async def test_of_what_is_not_known_all_is_given(server, room, place):
    john = await server.connect(room=room)
    await change(john, put("a", 1))
    epoch = (await snapshot(john))["epoch"]
    jane = await server.connect(room="elsewhere")
    await jane.ask("join", room=room, state={"epoch": epoch, **place})
    got = await jane.recv_until(type="state_snapshot")
    assert got["full"] is True and values(got) == {"a": 1}


async def test_deletions_are_forgotten_when_there_are_many(server, room):
    john = await server.connect(room=room)
    await change(john, put("stays", 1))
    epoch = (await snapshot(john))["epoch"]
    for n in range(0, 1040, 40):
        keys = [f"k{n + i}" for i in range(40)]
        john.send("state", ops=[put(key, 0) for key in keys], echo=False)
        await change(john, *(gone(key) for key in keys), echo=False)
    last = await change(john, put("x", 1))
    jane = await server.connect(room="elsewhere")
    await jane.ask("join", room=room, state={"rev": 1, "epoch": epoch})
    assert (await jane.recv_until(type="state_snapshot"))["full"] is True
    await jane.ask("join", room=room, state={"rev": last["rev"] - 2, "epoch": epoch})
    got = await jane.recv_until(type="state_snapshot")
    assert got["full"] is False and len(got["deleted"]) == 40


async def test_a_large_state_comes_in_parts(new_server, room):
    server = new_server(hub={"state_bytes": "4M"}, gateway={"max_queue": "64K", "max_message": "256K"})
    john = await server.connect(room=room)
    for n in range(40):
        await change(john, put(f"k{n}", "x" * 100000), echo=False)
    whole = await snapshot(john)
    assert len([m for m in john.received(type="state_snapshot")]) >= 20
    assert len(whole["entries"]) == 40
    jane = await server.open(room=room, state="1")
    await jane.recv_until(type="joined")
    count = 0
    while True:
        part = await jane.recv()
        assert part["type"] == "state_snapshot"
        count += len(part["entries"])
        if "more" not in part:
            break
    assert count == 40


@pytest.mark.deadline(40)
async def test_many_who_join_at_once_are_all_given_it(new_server, room):
    """More in all than the hub leaves a gateway: it goes there once."""
    server = new_server(hub={"history": "0"})
    john = await server.connect(room=room)
    for n in range(20):
        await change(john, put(f"k{n}", [n, "x" * 25000]), echo=False)
    kinds = [Client, CommandClient, RawClient]
    paths = [None, None, f"/ws/{room}"]
    late = await asyncio.gather(*(
        server.open(kind=kinds[n % 3], path=paths[n % 3], state="1", **({"room": room} if n % 3 < 2 else {}))
        for n in range(90)))
    for n, client in enumerate(late):
        if kinds[n % 3] is RawClient:
            continue
        kind, found = ("type", "cmd")[n % 3], []
        while True:
            part = await client.recv_until(20, **{kind: "state_snapshot"})
            part = part.get("param", part)
            assert part["full"] and part["rev"] == 20
            found += part["entries"]
            if "more" not in part:
                break
        assert [entry["value"][0] for entry in found] == list(range(20))
    await change(john, put("k0", "new"), echo=False)
    for client in late[:2]:
        await client.recv_until(**({"type": "state"} if client.dialect == "room" else {"cmd": "state"}))


# ---- bounds

async def test_a_state_has_a_bound_of_bytes(server, room):
    john = await server.connect(room=room)
    for n in range(6):
        assert (await change(john, put(f"k{n}", "x" * 10000)))["type"] == "ack"
    refused = await change(john, put("k6", "x" * 10000))
    assert refused["code"] == "state_full"
    assert (await change(john, gone("k0"), put("k6", "x" * 9000)))["type"] == "ack"
    assert (await change(john, put("k1", "small")))["type"] == "ack"
    await server.until_metrics(lambda m: m.get("atrium_hub_state_refused_total") >= 1
                               and m.get("atrium_gateway_error_state_full_total") >= 1
                               and m.get("atrium_hub_state_bytes") >= 50000)


async def test_and_one_of_keys(server, room):
    john = await server.connect(room=room)
    assert (await change(john, *(put(f"k{n}", n) for n in range(50))))["type"] == "ack"
    assert (await change(john, put("one-more", 1)))["code"] == "state_full"
    assert (await change(john, gone("k0"), put("one-more", 1)))["type"] == "ack"


# ---- what cannot be

@pytest.mark.parametrize("members", [
    {}, {"ops": []}, {"ops": {}}, {"ops": [1]}, {"ops": [{"key": "a"}]}, {"ops": [{"value": 1}]},
    {"ops": [{"key": "a", "value": 1, "delete": True}]}, {"ops": [{"key": "a", "delete": False}]},
    {"ops": [{"key": 1, "value": 1}]}, {"ops": [{"key": "", "value": 1}]},
    {"ops": [{"key": "x" * 256, "value": 1}]}, {"ops": [{"key": "a\n", "value": 1}]},
    {"ops": [put("a", 1), put("a", 2)]}, {"ops": [put("a", 1), gone("a")]},
    {"ops": [put("a", 1)], "if": []}, {"ops": [put("a", 1)], "if": {"a": "1"}},
    {"ops": [put("a", 1)], "if": {"a": -1}}, {"ops": [put("a", 1)], "if": {"": 1}},
    {"ops": [put("a", 1)], "mid": ""},
], ids=json.dumps)
async def test_what_is_no_change_is_refused(server, room, members):
    john = await server.connect(room=room)
    answer = await john.ask("state", **members)
    assert answer["type"] == "error" and answer["code"] == "bad_message"
    assert (await snapshot(john))["rev"] == 0


@pytest.mark.parametrize("state", [1, "yes", [], {}, {"rev": 1}, {"epoch": "0123456789abcdef"},
                                   {"rev": "1", "epoch": "0123456789abcdef"},
                                   {"rev": 1, "epoch": "x"}], ids=json.dumps)
async def test_what_is_no_place_in_a_state_is_refused(server, room, state):
    john = await server.connect(room=room)
    assert (await john.ask("join", room=room + "-2", state=state))["code"] == "bad_message"


async def test_one_must_be_in_the_room(server, room):
    john = await server.connect(room=room)
    assert (await change(john, put("a", 1), room=room + "-2"))["code"] == "not_in_room"
    assert (await john.ask("state_get", room=room + "-2"))["code"] == "not_in_room"
    assert (await john.ask("state_get", room=""))["code"] == "bad_room"
    assert (await change(john, put("a", 1), room=""))["code"] == "bad_room"


async def test_no_one_says_a_snapshot(server, room):
    john = await server.connect(room=room)
    assert (await john.ask("state_snapshot"))["code"] == "forbidden"


# ---- how long it is kept

async def test_it_survives_a_kill_of_the_hub_and_an_empty_room(new_server, room):
    server = new_server()
    john = await server.connect(room=room)
    await change(john, put("a", {"n": 1.0}), put("b", 2))
    await change(john, gone("b"), put("c", [3]))
    before = await snapshot(john)
    await server.restart_async("hub")
    assert {**await snapshot(john), "ref": 0} == {**before, "ref": 0}
    assert (await change(john, put("d", 4)))["rev"] == 3
    await john.close()
    await server.restart_async("hub")
    jane = await server.open(room=room, state="1", rev="1", epoch=before["epoch"])
    got = await jane.recv_until(type="state_snapshot")
    assert (got["full"], got["rev"], got["deleted"]) == (False, 3, ["b"])
    assert values(got) == {"c": [3], "d": 4}
    await change(jane, *(gone(key) for key in "acd"))
    await jane.close()
    late = await server.open(room=room, state="1")
    got = await late.recv_until(type="state_snapshot")
    assert got["entries"] == [] and got["full"]


async def test_a_room_with_a_state_makes_no_room_for_another(new_server, room):
    server = new_server(hub={"max_rooms": "3", "history": "5"})
    john = await server.connect(room=room)
    await john.ask("join", room="kept")
    await change(john, put("a", 1), room="kept")
    await john.ask("leave", room="kept")
    await john.ask("join", room="said")
    await john.ask("message", room="said")
    await john.ask("leave", room="said")
    assert (await john.ask("join", room="new"))["type"] == "joined"  # in the place of "said"
    assert (await john.ask("join", room="one-more"))["code"] == "unavailable"
    await john.ask("join", room="kept", state=True)
    assert values(await john.recv_until(type="state_snapshot")) == {"a": 1}


# ---- rights

@pytest.mark.parametrize("rules, may", [
    ({}, "nobody user grant"), ({"state_access": "token"}, "user grant"),
    ({"state_access": "grant"}, "grant"), ({"state_access": "nobody"}, ""),
    ({"publish": "token"}, "user grant"), ({"publish": "nobody"}, ""),
    ({"publish": "nobody", "state_access": "anyone"}, "nobody user grant")], ids=str)
async def test_who_may_change_it(new_server, room, rules, may):
    server = new_server(**{f'room "{room}"': rules} if rules else {})
    tokens = {"nobody": None, "user": server.token("ann"),
              "grant": server.token(
                  "bob", claims={"rooms": [{"match": "*", "can": ["state"]}]})}
    for who, token in tokens.items():
        client = await server.connect(room=room, token=token)
        answer = await change(client, put(who, 1))
        assert answer.get("code") == (None if who in may.split() else "forbidden"), who
        assert set(values(await snapshot(client))) <= set(may.split())
    root = await server.connect(room=room, token=server.token("root", claims={"admin": True}))
    assert (await change(root, put("x", 1)))["type"] == "ack"


# ---- the other dialects

async def test_command_clients_do_the_same(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(kind=CommandClient, ch=room)
    jane.send("state", {"ops": [put("a", {"n": 1})]}, ref="x")
    told = await jane.recv_until(cmd="state")
    assert told == {"channel": room, "cmd": "state", "from": jane.id,
                    "param": {"rev": 1, "ops": [put("a", {"n": 1})]}}
    assert await jane.recv_until(cmd="ack") == {
        "channel": room, "cmd": "ack", "param": {"rev": 1}, "ref": "x"}
    assert (await john.recv_until(type="state"))["ops"] == [put("a", {"n": 1})]
    jane.send("state", {"ops": [gone("a")], "if": {"a": 9}}, ref="y")
    assert (await jane.recv_until(ref="y"))["param"]["current"] == [
        {"key": "a", "value": {"n": 1}, "rev": 1}]
    late = await server.open(kind=CommandClient, ch=room, state="1")
    got = await late.recv_until(cmd="state_snapshot")
    assert got["channel"] == room and got["param"]["full"] and values(got["param"]) == {"a": {"n": 1}}
    late.send("join", {"room": room, "state": {"rev": 1, "epoch": got["param"]["epoch"]}})
    assert (await late.recv_until(cmd="state_snapshot"))["param"]["full"] is False


async def test_raw_clients_are_not_told(server, room):
    john = await server.connect(room=room)
    eve = await server.open(kind=RawClient, path=f"/ws/{room}", state="1")
    await john.recv_until(type="users_update", count=2)
    await change(john, put("a", 1))
    await john.ask("message", n=1)
    assert json.loads(await eve.recv())["type"] == "message"
