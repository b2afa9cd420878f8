# test_handler_actions.py - what handlers do in their rooms and to who is there, and what they may not
# SPDX-License-Identifier: MIT
import asyncio
import json

import pytest

from atrium import Closed, server_fixture
from atrium.handler import Handler
from atrium.wire import BINARY, MESSAGES, PARAM, TEXT

server = server_fixture(hub={"handler_message": "1K"},
                        **{'handler "bot"': {"rooms": "hall-*"}, 'handler "all"': {"rooms": "*"}})


@pytest.fixture(name="hall")
def a_hall(room):
    return f"hall-{room}"


async def said_to(client, **members):
    return await client.recv_until(type="message", **members)


async def test_a_message_to_a_room(server, hall):
    bot = await Handler.open(server.runtime, "bot")
    await bot.serve("hall-*")
    other = await Handler.open(server.runtime, "all")
    await other.serve(hall, what=MESSAGES)
    ann = await server.connect(room=hall, nickname="Ann")
    bob = await server.connect(room=hall, nickname="Bob")
    acted = await bot.call("act_publish", room=hall, type="message", body='"text":"hi","n":1.50')
    assert acted["error"] == "" and acted["offset"] == 1 and acted["epoch"]
    told = await said_to(ann)
    assert (told["nickname"], told["id"], told["offset"]) == ("bot", "handler", 1)
    assert '"n":1.50' in told.raw and "user" not in told
    # Another handler is told; itself is not.
    said = await other.next("said", room=hall)
    assert (said["nickname"], said["id"], said["body"]) == ("bot", "handler", b'"text":"hi","n":1.50')
    acted = await bot.call("act_publish", room=hall, type="message", body='"text":"but Ann"',
                           **{"except": ann.id})
    await said_to(bob, text="but Ann")
    await bot.call("act_publish", room=hall, type="message", body='"text":"last"')
    assert (await said_to(ann, text=lambda text: text != "hi"))["text"] == "last"
    assert not bot.came("said")


async def test_once_for_each_mid(server, hall):
    bot = await Handler.open(server.runtime, "bot")
    ann = await server.connect(room=hall)
    first = await bot.call("act_publish", room=hall, type="message", body='"n":1', mid="m1")
    again = await bot.call("act_publish", room=hall, type="message", body='"n":1', mid="m1")
    assert (again["offset"], again["epoch"]) == (first["offset"], first["epoch"]) == (1, again["epoch"])
    # It is the handler's, whatever process of it says so; and another handler's is another.
    await bot.close()
    bot = await Handler.open(server.runtime, "bot")
    assert (await bot.call("act_publish", room=hall, type="message", mid="m1"))["offset"] == 1
    other = await Handler.open(server.runtime, "all")
    assert (await other.call("act_publish", room=hall, type="message", body='"n":2', mid="m1"))["offset"] == 2
    assert (await said_to(ann))["n"] == 1 and (await said_to(ann))["n"] == 2


async def test_formats(server, hall):
    bot = await Handler.open(server.runtime, "bot")
    ann = await server.connect(room=hall)
    await bot.call("act_publish", room=hall, type="text", format=TEXT, body="plain")
    assert (await ann.recv_until(type="text"))["content"] == "plain"
    await bot.call("act_publish", room=hall, type="binary", format=BINARY, body=b"\0\1\xff")
    assert (await ann.recv_until(type="binary"))["content"] == "AAH/"
    await bot.call("act_publish", room=hall, type="chat", format=PARAM, body='"type":"mine"')
    assert (await ann.recv_until(type="chat"))["param"] == {"type": "mine"}


@pytest.mark.parametrize("wrong", [
    {"body": '"id":"me"'}, {"body": '"nickname":"me"'}, {"body": '"\\u0074ype":"me"'}, {"body": "no"},
    {"body": '"a":1}'}, {"body": '"a":' + "[" * 40 + "]" * 40}, {"body": '"a":"%s"' % ("x" * 1024)},
    {"format": TEXT, "body": b"\xff"}, {"format": 4}, {"flags": 1}, {"type": ""}, {"type": "x" * 65},
    {"mid": "x" * 129}])
async def test_messages_that_cannot_be(server, hall, wrong):
    bot = await Handler.open(server.runtime, "bot")
    acted = await bot.call("act_publish", **{"room": hall, "type": "message", **wrong})
    assert (acted["error"], acted["offset"]) == ("bad_message", 0)


async def test_only_in_its_rooms(server, hall, room):
    bot = await Handler.open(server.runtime, "bot")
    ann = await server.connect(room=room, nickname="Ann", token=server.token("ann"))
    bob = await server.connect(room=hall, nickname="Bob")
    other = await Handler.open(server.runtime, "all")
    await other.call("act_publish", room=room, type="message")
    errors = {}
    for name, values in {
            "act_publish": {"type": "message"}, "act_state": {"ops": [{"key": "a", "value": "1"}]},
            "act_join": {"target": bob.id}, "act_leave": {"target": ann.id}, "ask_state": {},
            "ask_history": {}, "ask_page": {}, "ask_members": {"limit": 10}}.items():
        answer = await bot.call(name, room=room, **values)
        errors[name] = answer["error"]
        assert not answer.get("epoch") and not answer.get("offset"), answer
    assert set(errors.values()) == {"forbidden"}, errors
    assert (await bot.call("act_publish", room="", type="message"))["error"] == "bad_room"
    # Who is in none of its rooms is not there, by id or by name.
    for target in (ann.id, "user:ann", "no-one", "user:no-one"):
        for name in ("act_send", "act_join", "act_close"):
            more = {"act_send": {"type": "message"}, "act_join": {"room": hall}}.get(name, {})
            assert (await bot.call(name, target=target, **more))["error"] == "no_such_target"
    assert (await bot.call("ask_connection", id=ann.id))["error"] == "no_such_target"
    assert (await bot.call("act_broadcast", type="message"))["error"] == "forbidden"
    rooms = await bot.call("ask_rooms")
    assert {info["name"] for info in rooms["rooms"]} and \
        all(info["name"].startswith("hall-") for info in rooms["rooms"])
    await server.until_metrics(lambda s: s.get("atrium_hub_handler_denied_total", instance="hub") >= 8)


async def test_to_connections(server, hall):
    bot = await Handler.open(server.runtime, "bot")
    ann = await server.connect(room=hall, nickname="Ann", token=server.token("ann"))
    # Another of Ann's, in no room of the handler's.
    far = await server.connect(room="elsewhere", nickname="Ann", token=server.token("ann"))
    assert (await bot.call("act_send", target=ann.id, type="psst", body='"n":1'))["error"] == ""
    told = await ann.recv_until(type="psst")
    assert (told["id"], told["nickname"], told["n"]) == ("handler", "bot", 1)
    assert (await bot.call("act_send", target="user:ann", type="psst", body='"n":2'))["error"] == ""
    assert (await ann.recv_until(type="psst"))["n"] == 2
    every = await Handler.open(server.runtime, "all")
    await every.call("act_send", target="user:ann", type="psst", body='"n":3')
    assert (await ann.recv_until(type="psst"))["n"] == (await far.recv_until(type="psst"))["n"] == 3
    assert (await bot.call("act_send", target="user:", type="psst"))["error"] == "bad_target"
    assert (await bot.call("act_send", target=ann.id, type="psst", body="x"))["error"] == "bad_message"


async def test_joining_and_leaving(server, hall):
    bot = await Handler.open(server.runtime, "bot")
    await bot.serve("hall-*")
    ann = await server.connect(room=hall, nickname="Ann")
    acted = await bot.call("act_join", target=ann.id, room=f"{hall}-2")
    assert (acted["error"], acted["count"]) == ("", 1)
    await ann.recv_until(type="joined", room=f"{hall}-2")
    assert (await bot.next("came", room=f"{hall}-2"))["id"] == ann.id
    assert (await bot.call("act_leave", target=ann.id, room=f"{hall}-2"))["count"] == 1
    await ann.recv_until(type="left", room=f"{hall}-2")
    assert (await bot.next("went", room=f"{hall}-2"))["count"] == 0
    assert (await bot.call("act_leave", target=ann.id, room=f"{hall}-2"))["error"] == "not_in_room"


async def test_closing(server, hall):
    bot = await Handler.open(server.runtime, "bot")
    for code, text, seen in ((0, "", 4410), (4403, "not you", 4403)):
        ann = await server.connect(room=hall)
        assert (await bot.call("act_close", target=ann.id, code=code, text=text))["count"] == 1
        with pytest.raises(Closed) as closed:
            await ann.recv_until(type="never")
        assert closed.value.code == seen and text in closed.value.reason
    ann = await server.connect(room=hall)
    for wrong in ({"code": 1000}, {"code": 4999}, {"text": "x" * 124}, {"text": "a\nb"}):
        assert (await bot.call("act_close", target=ann.id, **wrong))["error"] == "bad_message"


async def test_broadcasts(server, hall, room):
    every = await Handler.open(server.runtime, "all")
    ann = await server.connect(room=hall)
    bob = await server.connect(room=room)
    acted = await every.call("act_broadcast", type="news", body='"n":1', mid="b1", **{"except": bob.id})
    assert acted["error"] == ""
    assert (await ann.recv_until(type="news"))["id"] == "handler"
    assert (await every.call("act_broadcast", type="news", body='"n":1', mid="b1"))["error"] == ""
    await every.call("act_broadcast", type="news", body='"n":2')
    assert (await bob.recv_until(type="news"))["n"] == (await ann.recv_until(type="news"))["n"] == 2
    assert (await every.call("act_broadcast", type="news", body="["))["error"] == "bad_message"
    assert (await every.call("act_broadcast", type="news", **{"except": "a b"}))["error"] == "bad_target"


async def test_states(server, hall):
    bot = await Handler.open(server.runtime, "bot")
    ann = await server.connect(room=hall)
    done = await bot.call("act_state", room=hall, mid="s1",
                          ops=[{"key": "a", "value": '{"n":1.0}'}, {"key": "b", "value": "2"}])
    assert (done["error"], done["rev"], done["entries"]) == ("", 1, [])
    told = await ann.recv_until(type="state")
    assert '{"n":1.0}' in told.raw and told["nickname"] == "bot"
    assert (await bot.call("act_state", room=hall, mid="s1", ops=[{"key": "a", "value": "7"}]))["rev"] == 1
    conflict = await bot.call("act_state", room=hall, ops=[{"key": "a", "value": "3"}],
                              checks=[{"key": "b", "rev": 7}])
    assert conflict["error"] == "conflict"
    assert conflict["entries"] == [{"key": "b", "rev": 1, "value": b"2"}]
    state = await bot.call("ask_state", room=hall)
    assert {e["key"]: e["value"] for e in state["entries"]} == {"a": b'{"n":1.0}', "b": b"2"}
    assert state["rev"] == 1 and state["epoch"]
    state = await bot.call("ask_state", room=hall, keys=[{"key": "b"}, {"key": "c"}])
    assert [e["key"] for e in state["entries"]] == ["b"]
    assert [e["key"] for e in (await bot.call("ask_state", room=hall, prefix="a"))["entries"]] == ["a"]
    for wrong in ([], [{"key": "", "value": "1"}], [{"key": "a", "value": "x"}], [{"key": "a", "value": ""}],
                  [{"key": "a", "value": "1,2"}], [{"key": "a", "remove": 2}],
                  [{"key": "a", "remove": 1, "value": "1"}]):
        assert (await bot.call("act_state", room=hall, ops=wrong))["error"] == "bad_message"
    await bot.call("act_state", room=hall, ops=[{"key": "a", "remove": 1}])
    assert [e["key"] for e in (await bot.call("ask_state", room=hall))["entries"]] == ["b"]


async def test_history(server, hall):
    bot = await Handler.open(server.runtime, "bot")
    ann = await server.connect(room=hall, nickname="Ann")
    for n in range(5):
        await ann.ask("message", n=n)
    history = await bot.call("ask_history", room=hall, since=1, limit=2)
    assert history["offset"] == 5 and history["epoch"]
    assert [(m["offset"], json.loads(b"{" + m["body"] + b"}")["n"], m["nickname"]) for m in history["messages"]] \
        == [(4, 3, "Ann"), (5, 4, "Ann")]
    assert (await bot.call("ask_history", room="hall-none"))["messages"] == []

    async def page(**members):
        answer = await bot.call("ask_page", room=hall, **members)
        assert answer["error"] == "" and answer["offset"] == 5
        return [m["offset"] for m in answer["messages"]]
    assert await page(limit=2) == [4, 5]
    assert await page(limit=2, before=4) == [2, 3]
    assert await page(limit=2, before=2) == [1]
    assert await page(limit=10, before=1) == []
    assert await page(limit=10, since=1, before=4) == [2, 3]
    assert await page(limit=10, before=1000) == [1, 2, 3, 4, 5]


async def test_members(server, hall):
    bot = await Handler.open(server.runtime, "bot")
    clients = [await server.connect(room=hall, nickname=f"C{n}") for n in range(5)]
    page = await bot.call("ask_members", room=hall, limit=2)
    assert (page["count"], page["users"], page["more"]) == (5, 5, 1)
    assert [m["id"] for m in page["members"]] == [c.id for c in clients[:2]]
    page = await bot.call("ask_members", room=hall, limit=10, after=clients[1].id)
    assert [m["nickname"] for m in page["members"]] == ["C2", "C3", "C4"] and not page["more"]
    page = await bot.call("ask_members", room=hall)
    assert (page["count"], page["members"]) == (5, [])


async def test_a_connection(server, hall, room):
    bot = await Handler.open(server.runtime, "bot")
    ann = await server.connect(room=hall, nickname="Ann", token=server.token("ann"))
    await ann.ask("join", room=room)
    found = await bot.call("ask_connection", id=ann.id)
    assert (found["error"], found["id"], found["user"], found["dialect"], found["here"]) == \
        ("", ann.id, "ann", "room", 1)
    assert found["address"] in ("127.0.0.1", "::1") and found["since"] > 1.6e12
    # Of its rooms those that this handler may serve.
    assert [r["name"] for r in found["rooms"]] == [hall]
    every = await Handler.open(server.runtime, "all")
    found = await every.call("ask_connection", id=ann.id)
    assert {r["name"] for r in found["rooms"]} == {hall, room}


async def test_rooms(server, hall):
    bot = await Handler.open(server.runtime, "bot")
    names = [f"{hall}-{n}" for n in "abc"]
    clients = await asyncio.gather(*(server.connect(room=name) for name in names))
    assert clients
    page = await bot.call("ask_rooms", search=f"{hall}-*", limit=2)
    assert ([r["name"] for r in page["rooms"]], page["total"], page["more"]) == (names[:2], 3, 1)
    page = await bot.call("ask_rooms", search=f"{hall}-*", after=names[1])
    assert ([(r["name"], r["count"]) for r in page["rooms"]], page["more"]) == ([(names[2], 1)], 0)


async def test_no_client_has_its_id(server, hall):
    client = await server.open(room=hall, id="handler")
    with pytest.raises(Closed) as closed:
        await client.welcomed()
    assert closed.value.code == 4409
