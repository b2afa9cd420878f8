# test_api.py - each method of the server API, and what clients see of it
# SPDX-License-Identifier: MIT
import asyncio
import json
import signal

import pytest

from atrium import CommandClient, RawClient, server_fixture
from atrium.api import Api, Failed

server = server_fixture(gateways=2, gateway={"api_rate": 0})


@pytest.fixture
def api(server):
    return Api(server)


async def pair(server, room):
    john = await server.connect(room=room, nickname="John", token=server.token("john", name="John"))
    jane = await server.connect(room=room, nickname="Jane", gateway="gateway-2")
    await john.recv_until(type="system", content="Jane joined the room")
    return john, jane


async def test_publish(server, api, room):
    john, jane = await pair(server, room)
    body = json.dumps({"room": room, "type": "price"})[:-1] + r', "n": 1.50, "s":"\u00e9","n":1e2}'
    got = await api.post("publish", body.encode())
    assert got.status == 200, got
    for client in (john, jane):
        message = await client.recv_until(type="price")
        assert message.raw.endswith(r'"n": 1.50,"s":"\u00e9","n":1e2}')
        assert (message["id"], message["nickname"], message["user"]) == ("api", "API", "root")
        assert message["room"] == room
        assert message["offset"] == json.loads(got.body)["result"]["offset"]


async def test_publish_reaches_all_dialects(server, api, room):
    command = await server.open(CommandClient, room=room)
    raw = await RawClient.open(server.port, f"/ws/{room}")
    await command.welcomed()
    while (await api.presence(room=room))["count"] < 2:
        pass
    await api.publish(room=room, type="message", content="hi")
    assert (await command.recv_until(cmd="message"))["param"] == {"content": "hi"}
    assert "hi" in await raw.recv()


async def test_publish_but_to_one(server, api, room):
    john, jane = await pair(server, room)
    await api.publish(room=room, type="secret", **{"except": jane.id})
    await api.publish(room=room, type="open", **{"except": "nobody"})
    await john.recv_until(type="secret")
    await jane.recv_until(type="open")
    assert not jane.received(type="secret")


async def test_publish_of_the_moment_is_not_kept(api, room):
    assert await api.publish(room=room, type="t", ephemeral=True) == {}
    assert (await api.publish(room=room, type="t"))["offset"] == 1
    kept = await api.history(room=room)
    assert [m["message"]["offset"] for m in kept["messages"]] == [1]


async def test_a_room_keeps_what_is_said_while_no_one_is_there(server, api, room):
    said = await api.publish(room=room, type="message", content="early")
    john = await server.connect(room=room)
    history = await john.ask("history", room=room)
    assert [m["content"] for m in history["messages"]] == ["early"]
    assert history["epoch"] == said["epoch"]


async def test_publish_again_with_its_mid(server, api, room):
    john = await server.connect(room=room)
    first = await api.publish(room=room, type="t", n=1, mid="m")
    assert await api.publish(room=room, type="t", n=2, mid="m") == first
    # an id is the user's own, and the room's
    assert await api.publish(room=room + "-2", type="t", n=9, mid="m") != first
    other = Api(server, server.token("other", claims={"admin": True}), gateway="gateway-2")
    assert await other.publish(room=room, type="t", n=3, mid="m") != first
    await john.recv_until(type="t", n=3)
    assert [m["n"] for m in john.received(type="t")] == [1, 3]


async def test_send(server, api, room):
    john, jane = await pair(server, room)
    await api.send(connection=jane.id, type="private", content="a")
    await api.send(user="john", type="hello", content="b", mid="1")
    await api.send(user="john", type="hello", content="c", mid="1")
    await jane.recv_until(type="private", content="a", id="api")
    await john.recv_until(type="hello", content="b")
    assert not john.received(type="private")
    await john.expect_silence()
    for target in ({"connection": "nobody"}, {"user": "nobody"}):
        assert (await api.fails("send", type="t", **target))[:2] == (404, "no_such_target")


async def test_broadcast(server, api, room):
    john, jane = await pair(server, room)
    await jane.ask("join", room=room + "-2")
    await api.broadcast(rooms=[room + "-2", "nowhere"], type="one")
    await api.broadcast(rooms="*", type="two")
    await api.broadcast(all=True, type="three", n=[1])
    assert (await jane.recv_until(type="one"))["room"] == room + "-2"
    for client in (john, jane):
        assert (await client.recv_until(type="three"))["n"] == [1]
    assert not john.received(type="one")
    assert [m["room"] for m in john.received(type="two")] == [room]
    assert sorted(m["room"] for m in jane.received(type="two")) == [room, room + "-2"]


async def test_join_and_leave(server, api, room):
    john, jane = await pair(server, room)
    other = room + "-2"
    assert await api.join(user="john", room=other) == {"connections": 1}
    assert await api.join(connection=jane.id, room=other) == {"connections": 1}
    await john.recv_until(type="joined", room=other)
    await john.recv_until(type="system", room=other, content="Jane joined the room")
    john.send("message", room=other, content="here")
    await jane.recv_until(type="message", room=other, content="here")
    assert await api.leave(connection=jane.id, room=other) == {"connections": 1}
    await jane.recv_until(type="left", room=other)
    await john.recv_until(type="system", room=other, content="Jane left the room")
    assert (await api.fails("leave", connection=jane.id, room=other))[:2] == (404, "not_in_room")
    assert (await api.fails("join", user="nobody", room=other))[:2] == (404, "no_such_target")


async def test_disconnect(server, api, room):
    john, jane = await pair(server, room)
    watcher = await server.connect(room=room, nickname="Watcher")
    assert await api.disconnect(connection=jane.id) == {"connections": 1}
    assert await jane.closed() == (4410, "you were disconnected by an administrator")
    await watcher.recv_until(type="system", content="Jane left the room")
    assert await api.disconnect(user="john", code=4403, reason="go away") == {"connections": 1}
    assert await john.closed() == (4403, "go away")
    assert await api.disconnect(connection=watcher.id, code=4501, reason="x") == {"connections": 1}
    code, reason = await watcher.closed()
    assert code == 4501 and json.loads(reason)["retry_ms"] > 0
    assert (await api.fails("disconnect", connection=jane.id))[:2] == (404, "no_such_target")
    assert (await api.presence(room=room))["count"] == 0


async def test_disconnect_of_all_of_a_user(server, api, room):
    token = server.token("many")
    clients = [await server.connect(room=room, token=token, announced=False,
                                    gateway=("gateway", "gateway-2")[n % 2]) for n in range(4)]
    assert await api.disconnect(user="many") == {"connections": 4}
    for client in clients:
        assert (await client.closed())[0] == 4410


async def test_rooms_in_pages(server, api, room):
    john = await server.connect(room=room)
    names = sorted(f"{room}-{n:02}" for n in range(25))
    await asyncio.gather(*(john.ask("join", room=name) for name in names))
    seen, after = [], {}
    while True:
        page = await api.rooms(match=room + "-*", limit=10, **after)
        assert page["total"] == 25 and len(page["rooms"]) <= 10
        seen += [r["name"] for r in page["rooms"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == names
    assert (await api.rooms(match="no-such-*")) == {"rooms": [], "total": 0, "next": None}


async def test_connections_in_pages(server, api, room):
    clients = [await server.connect(room=room, nickname=f"Nick{n}", announced=False,
                                    gateway=("gateway", "gateway-2")[n % 2]) for n in range(7)]
    seen, after = [], {}
    while True:
        page = await api.connections(room=room, limit=3, **after)
        assert page["total"] == 7
        seen += page["connections"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert [c["id"] for c in seen] == [c.id for c in clients]
    assert all(c["rooms"] == [room] and c["here"] and c["dialect"] == "room" for c in seen)
    assert all(c["address"] == "127.0.0.1" and c["user"] is None for c in seen)
    found = await api.connections(search="nICK3", room=room)
    assert [c["nickname"] for c in found["connections"]] == ["Nick3"] and found["total"] == 1
    assert (await api.connections(search=clients[0].id))["connections"][0]["nickname"] == "Nick0"


async def test_pages_in_any_order(server, api, room):
    names = [f"{n:02}" for n in range(12)]
    for n, name in enumerate(names):
        await server.connect(room=room, nickname=f"{name}-{room}", id=f"{room}-{11 - n}",
                             gateway=("gateway", "gateway-2")[n % 2])
    for order, key in (("nickname", "nickname"), ("-nickname", "nickname"), ("-id", "id"),
                       ("-since", "since"), ("rooms", None), ("address", None)):
        page, seen = {"next": None}, []
        while page["next"] or not seen:
            after = {"after": page["next"]} if seen else {}
            page = await api.connections(room=room, order=order, limit=5, **after)
            seen += page["connections"]
        assert len(seen) == len({c["id"] for c in seen}) == 12, order
        if key:
            assert [c[key] for c in seen] == sorted((c[key] for c in seen), reverse=order[0] == "-")
    with pytest.raises(Failed) as refused:
        await api.connections(order="rate")
    assert refused.value.code == "bad_params"


async def test_rooms_by_their_rate(server, api, room):
    ann = await server.connect(room=room + "-busy")
    await server.connect(room=room + "-quiet")
    for n in range(50):
        ann.send("message", n=n)
    await ann.ask("message", n=50)
    page = await api.rooms(match=room + "*", order="-rate", limit=1)
    assert page["rooms"][0]["name"] == room + "-busy" and page["rooms"][0]["rate"] > 0
    rest = await api.rooms(match=room + "*", order="-rate", after=page["next"])
    # the rate goes down meanwhile: what was on the first page may be on the second as well
    assert rest["rooms"][-1]["name"] == room + "-quiet" and rest["next"] is None
    by_name = await api.rooms(match=room + "*", order="-name")
    assert [r["name"] for r in by_name["rooms"]] == [room + "-quiet", room + "-busy"]


async def test_figures_of_connections_on_all_gateways(server, api, room):
    john, jane = await pair(server, room)
    for n in range(3):
        await john.ask("message", content="x" * 100)
    await jane.ask("ping")
    page = await api.connections(room=room, figures=True, order="nickname")
    first, second = page["connections"]
    assert (first["id"], second["id"]) == (jane.id, john.id)
    assert second["received"] == 3 and second["received_bytes"] > 300
    assert first["received"] == 1 and first["sent_bytes"] > 300
    assert first["sent"] >= 5 and first["queued"] == 0
    assert "sent" not in (await api.connections(room=room))["connections"][0]


async def with_figures(api, count, **options):
    """On a machine that is busy a gateway may need more than its half second."""
    for _ in range(30):
        page = await api.connections(**options)
        if sum("sent" in c for c in page["connections"]) == count:
            break
    return page


async def test_connections_in_the_order_of_what_they_sent(server, api, room):
    john, jane = await pair(server, room)
    ann = await server.connect(room=room, announced=False)
    for client, count in ((john, 2), (jane, 5), (ann, 3)):
        for n in range(count):
            await client.ask("message", n=n)
    page = await with_figures(api, 2, room=room, order="-received", limit=2)
    assert [(c["id"], c["received"]) for c in page["connections"]] == [(jane.id, 5), (ann.id, 3)]
    rest = await with_figures(api, 1, room=room, order="-received", after=page["next"])
    assert [(c["id"], c["received"]) for c in rest["connections"]] == [(john.id, 2)] and rest["next"] is None
    assert (page["total"], rest["total"]) == (3, 3)
    both = await asyncio.gather(*(with_figures(api, 3, room=room, order=order)
                                  for order in ("received_bytes", "queued")))
    assert [c["id"] for c in both[0]["connections"]] == [john.id, ann.id, jane.id]
    assert [c["queued"] for c in both[1]["connections"]] == [0, 0, 0]


async def test_order_by_figures_does_not_wait_for_a_gateway_that_hangs(server, api, room):
    john, jane = await pair(server, room)
    await john.ask("message")
    server.kill("gateway-2", signal.SIGSTOP)
    try:
        page = await with_figures(api, 1, room=room, order="received")
    finally:
        server.kill("gateway-2", signal.SIGCONT)
    assert [(c["id"], "sent" in c) for c in page["connections"]] == [(jane.id, False), (john.id, True)]


async def test_figures_of_a_gateway_that_hangs_are_left_out(server, api, room):
    john, jane = await pair(server, room)
    server.kill("gateway-2", signal.SIGSTOP)
    try:
        page = await api.connections(room=room, figures=True, order="nickname")
    finally:
        server.kill("gateway-2", signal.SIGCONT)
    assert ["sent" in c for c in page["connections"]] == [False, True]


async def test_connections_of_a_user(server, api, room):
    token = server.token("paul")
    one = await server.connect(room=room, token=token, announced=False)
    two = await server.open(CommandClient, room=room, token=token)
    await two.welcomed()
    got = (await api.connections(user="paul"))["connections"]
    assert [c["dialect"] for c in got] == ["room", "command"] and got[0]["id"] == one.id
    assert (await api.connections(user="nobody"))["total"] == 0


async def test_presence(server, api, room):
    await pair(server, room)
    got = await api.presence(room=room)
    assert got["count"] == 2 and got["users"] == 2
    assert [(m["nickname"], m["user"]) for m in got["members"]] == [("John", "john"), ("Jane", None)]
    assert (await api.presence(room=room + "-x"))["members"] == []


async def test_history(api, room):
    for n in range(5):
        await api.publish(room=room, type="t", n=n)
    got = await api.history(room=room, since=1, limit=3)
    assert [m["message"]["n"] for m in got["messages"]] == [2, 3, 4] and got["offset"] == 5
    assert (await api.history(room=room, since=5))["messages"] == []
    got = await api.history(room=room, before=3, limit=1)
    assert [m["message"]["offset"] for m in got["messages"]] == [2]
    assert await api.history(room=room + "-x") == {"epoch": None, "offset": 0, "messages": []}


async def test_status(server, api, room):
    await server.connect(room=room)
    got = await Api(server, gateway="gateway-2").status()
    assert got["answered_by"] == "gateway-2" and not got["journal_failing"]
    assert sorted(g["name"] for g in got["gateways"]) == ["gateway-1", "gateway-2"]
    assert got["counters"]["hub_connections"] >= 1


async def test_a_batch_is_done_in_its_order(server, api, room):
    john = await server.connect(room=room)
    requests = [{"method": "publish", "room": room, "type": "t", "n": n} for n in range(50)]
    requests[10] = {"method": "publish", "room": "", "type": "t"}
    requests[20] = {"method": "send", "connection": "nobody", "type": "t"}
    requests[30] = {"method": "batch", "requests": []}
    requests[40] = {"method": "history", "room": room, "limit": 1}
    results = (await api.batch(requests=requests))["results"]
    assert len(results) == 50
    assert [results[n]["error"]["code"] for n in (10, 20, 30)] == \
        ["bad_params", "no_such_target", "unknown_method"]
    assert results[40]["result"]["messages"][0]["message"]["n"] == 39
    await john.recv_until(type="t", n=49)
    assert [m["n"] for m in john.received(type="t")] == \
        [n for n in range(50) if n not in (10, 20, 30, 40)]


@pytest.mark.deadline(40)
async def test_many_publishers_at_once(server, room):
    john = await server.connect(room=room)
    apis = [Api(server, gateway=("gateway", "gateway-2")[n % 2]) for n in range(64)]

    async def say(n):
        for m in range(5):
            await apis[n].publish(room=room, type="t", who=n, n=m)

    await asyncio.gather(*(say(n) for n in range(64)))
    while len(john.received(type="t")) < 320:
        await john.recv_until(type="t")
    for n in range(64):
        assert [m["n"] for m in john.received(type="t", who=n)] == list(range(5))
    assert len({m["offset"] for m in john.received(type="t")}) == 320


async def test_no_client_gets_its_id(server, room):
    eve = await server.open(room=room, id="api")
    assert (await eve.closed())[0] == 4409


async def test_since_and_dialect_outlive_the_hub(server, api, room):
    await server.connect(room=room)
    before = await api.connections(room=room)
    await server.restart_async("hub")
    assert await api.connections(room=room) == before
