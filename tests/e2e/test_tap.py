# test_tap.py - administrators are shown all that is said: filters, limits, restarts, and the log
# SPDX-License-Identifier: MIT
import pytest

from atrium import CommandClient, RawClient, server_fixture
from atrium.api import Api

server = server_fixture(gateways=2, hub={"settle": "100ms", "tap_rate": 20, "max_taps": 3})


async def admin(server, user="root", gateway="gateway", **options):
    token = server.token(user, name=user.title(), claims={"admin": True})
    return await server.connect(room=f"user-{user}", token=token, gateway=gateway, **options)


async def tap(client, **filter):
    answer = await client.ask("tap", filter=filter)
    assert answer["type"] == "tapping", answer
    return answer


async def test_what_is_said_on_every_gateway_is_shown(server, room):
    root = await admin(server)
    assert (await tap(root, room=room))["rate"] == 20
    ann = await server.connect(room=room, nickname="Ann", gateway="gateway-2",
                               token=server.token("ann", name="Ann"))
    joined = await root.recv_until(type="tapped", kind="join")
    assert (joined["in"], joined["id"], joined["user"]) == (room, ann.id, "ann")
    ann.send_text('{"type":"draw","n":1.50,"s":"\\u00e9"}')
    shown = await root.recv_until(type="tapped", kind="message")
    assert shown["in"] == room and shown["time"] > 1.6e12
    assert shown.raw.endswith(r'"offset":1,"n":1.50,"s":"\u00e9"}}')
    bob = await server.connect(kind=CommandClient, room=room)
    bob.send("chat", {"type": "mine", "n": 1})
    shown = await root.recv_until(type="tapped", kind="message")
    assert shown["message"]["param"] == {"type": "mine", "n": 1}
    raw = await RawClient.open(server.port, f"/ws/{room}")
    await raw.send(b"\0\1\xff")
    shown = await root.recv_until(type="tapped", kind="message")
    assert (shown["message"]["type"], shown["message"]["content"]) == ("binary", "AAH/")
    await ann.close()
    assert (await root.recv_until(type="tapped", kind="leave", id=ann.id))["in"] == room


async def test_private_messages_are_shown_and_tokens_are_not(server, room):
    root = await admin(server)
    ann = await server.connect(room=room, nickname="Ann", token=server.token("ann", name="Ann"))
    bob = await server.connect(room=room, nickname="Bob")
    await tap(root, user="ann")
    token = server.token("ann")
    assert (await ann.ask("auth", token=token))["type"] == "authorized"
    await ann.ask("private", target=bob.id, content="psst", token="of another kind")
    shown = await root.recv_until(type="tapped", kind="private")
    assert (shown["target"], shown["message"]["content"]) == (bob.id, "psst")
    bob.send("private", target="user:ann", content="what?")
    shown = await root.recv_until(type="tapped", kind="private")
    assert (shown["id"], shown["target"]) == (bob.id, "user:ann")
    secrets = (token, ann.resume, "of another kind")
    assert not [m for m in root.messages for secret in secrets if secret in m.raw]


async def test_filters(server, room):
    root = await admin(server)
    ann = await server.connect(room=room)
    other = await server.connect(room=room + "-2")
    await tap(root, room=room + "*", type="m*")
    ann.send("message", n=1)
    await ann.ask("note", n=2)
    other.send("move", n=3)
    got = [(await root.recv_until(type="tapped"))["message"]["n"] for _ in range(2)]
    assert got == [1, 3]
    await tap(root, connection=other.id)
    await ann.ask("message", n=4)
    await other.ask("note", n=5)
    assert (await root.recv_until(type="tapped"))["message"]["n"] == 5
    assert (await root.ask("untap"))["type"] == "untapped"
    await ann.ask("message", n=6)
    await root.ask("ping")
    assert not [m for m in root.received(type="tapped") if m["message"]["n"] in (2, 4, 6)]


async def test_changes_of_a_state_are_shown(server, room):
    root = await admin(server)
    ann = await server.connect(room=room)
    await tap(root, room=room, type="state")
    ops = [{"key": "a", "value": {"n": 1.50}}, {"key": "b", "delete": True}]
    ann.send("state", ops=ops)
    shown = await root.recv_until(type="tapped", kind="state")
    assert (shown["in"], shown["id"], shown["message"]["rev"]) == (room, ann.id, 1)
    assert shown["message"]["type"] == "state" and shown["message"]["ops"][0] == ops[0]


async def test_the_api_and_broadcasts_are_shown(server, room):
    root = await admin(server)
    await tap(root, user="shop")
    api = Api(server, server.token("shop", claims={"admin": True}), gateway="gateway-2")
    await api.publish(room=room, type="price", n=1)
    assert (await root.recv_until(type="tapped"))["message"]["id"] == "api"
    await api.broadcast(all=True, type="price", n=2)
    assert (await root.recv_until(type="tapped", kind="broadcast"))["message"]["n"] == 2
    await api.send(connection=root.id, type="price", n=3)
    assert (await root.recv_until(type="tapped", kind="private"))["target"] == root.id


async def test_what_is_too_much_is_counted_and_told(server, room):
    root = await admin(server)
    ann = await server.connect(room=room)
    await tap(root, room=room, type="flood")
    for n in range(300):
        ann.send("flood", n=n)
    shown, left_out = 0, 0
    while shown + left_out < 300:
        got = await root.recv_until(type="tapped")
        shown += got["kind"] == "message"
        left_out += got.get("count", 0)
    assert shown + left_out == 300 and left_out >= 100
    await server.until_metrics(lambda samples: samples.get("atrium_hub_tap_left_out_total") >= left_out)


async def test_only_for_administrators_and_not_too_many(server, room):
    ann = await server.connect(room=room, token=server.token("ann"))
    refused = await ann.ask("tap")
    assert (refused["type"], refused["code"]) == ("error", "forbidden")
    clients = [await admin(server, gateway=g) for g in ("gateway", "gateway-2", "gateway")]
    for client in clients:
        await tap(client, room=room)
    late = await admin(server)
    assert (await late.ask("tap"))["code"] == "too_many_taps"
    await tap(clients[0], room=room + "-2")
    await clients[1].ask("untap")
    await tap(late, room=room)
    bad = await late.ask("tap", filter={"rooms": "a"})
    assert bad["code"] == "bad_message"


async def test_who_is_no_administrator_any_more_sees_nothing_more(server, room):
    root = await admin(server)
    ann = await server.connect(room=room)
    await tap(root, room=room)
    await root.ask("auth", token=server.token("root"))
    await root.recv_until(type="untapped")
    await ann.ask("message", content="unseen")
    await root.ask("ping")
    assert not root.received(type="tapped")


async def test_it_goes_on_when_the_hub_was_killed(server, room):
    root = await admin(server)
    ann = await server.connect(room=room, gateway="gateway-2")
    await tap(root, room=room)
    await server.restart_async("hub")
    await root.recv_until(type="tapping")
    await ann.ask("message", content="after")
    shown = await root.recv_until(type="tapped", kind="message")
    assert shown["message"]["content"] == "after"


async def test_in_the_command_dialect(server, room):
    token = server.token("root", claims={"admin": True})
    root = await server.connect(kind=CommandClient, room="user-root", token=token)
    ann = await server.connect(room=room)
    answer = await root.ask("tap", {"filter": {"room": room}})
    assert answer["cmd"] == "tapping" and answer["param"]["rate"] == 20
    await ann.ask("message", content="hi")
    shown = (await root.recv_until(cmd="tapped"))["param"]
    assert shown["message"] == {"channel": room, "cmd": "message", "param": {"content": "hi"},
                                "from": ann.id, "offset": 1}
    assert (await root.ask("untap"))["cmd"] == "untapped"


async def test_each_is_logged_with_who_did_it(server, room):
    root = await admin(server, user="auditor")
    await tap(root, room=room, type="pri*")
    line = server["gateway"].wait_line(rf"tap_begin .*room={room}").string
    assert f" by=auditor conn={root.id} address=127.0.0.1 " in line and "type=pri*" in line
    await root.ask("untap")
    assert server["gateway"].wait_line(rf"tap_end by=auditor conn={root.id} shown=0")
    await tap(root, room=room)
    ann = await server.connect(room=room)
    await root.recv_until(type="tapped", id=ann.id)
    await root.close()
    assert server["gateway"].wait_line(rf"tap_end by=auditor conn={root.id} shown=1")
