# test_handler_unruly.py - handlers that do not keep to the wire, or to any measure: the hub stays as it is
# SPDX-License-Identifier: MIT
import json

from atrium import server_fixture
from atrium.handler import Handler
from atrium.wire import MESSAGES, encode

server = server_fixture(prepare=lambda server: server.tolerate("handlers.sock"),
                        **{f'handler "{name}"': {"rooms": "*"} for name in ("one", "two", "late")},
                        **{'handler "liar"': {"rooms": "*", "keep": "0"}})


async def linked(server, count):
    await server.until_metrics(lambda s: s.get("atrium_hub_handlers", instance="hub") == count)


async def text_of_next(handler):
    return json.loads(b"{%s}" % (await handler.next("said"))["body"])["text"]


# It was the hub's only link with two handlers at its end: when it broke, one of them had a link that was freed.
async def test_another_name_on_the_same_link(server, room):
    one = await Handler.open(server.runtime, "one")
    await one.serve(room, what=MESSAGES)
    ann = await server.connect(room=room)
    one.name, one.seen = "two", 0
    one.up.clear()
    one._hello()
    await one.welcomed()
    await linked(server, 1)
    await ann.ask("message", text="for one, who is not there")
    assert (await one.serve(room, what=MESSAGES))["error"] == ""
    await ann.ask("message", text="for both")
    assert await text_of_next(one) == "for both"
    await one.close()
    await linked(server, 0)
    await ann.ask("message", text="for no one who is there")
    back = await Handler.open(server.runtime, "one")
    for text in ("for one, who is not there", "for both", "for no one who is there"):
        assert await text_of_next(back) == text


async def test_more_is_asked_at_once_than_can_be_answered(server, room):
    bot = await Handler.open(server.runtime, "one")
    body = b'"text":"%s"' % (b"x" * 200000)
    for _ in range(25):
        await bot.call("act_publish", room=room, type="message", body=body)
    calls = range(1000, 1012)
    bot._put(b"".join(encode("ask_history", call=call, room=room) for call in calls))
    await bot._until(lambda: all(call in bot.answers for call in calls), 20)
    names = [bot.answers[call].name for call in calls]
    assert names == sorted(names, key=["history_is", "acted"].index)
    assert 4 <= names.count("history_is") <= 10, names
    assert {bot.answers[call]["error"] for call in calls} == {"", "unavailable"}
    await server.until_metrics(
        lambda s: s.get("atrium_hub_handler_unread_total", instance="hub") == names.count("acted"))
    assert len((await bot.call("ask_history", room=room))["messages"]) > 15
    assert not bot.drops


# Numbers of a name that was forgotten are not given again, whatever it said that they were: others go on from there.
async def test_numbers_that_were_never_given(server, room):
    liar = await Handler.open(server.runtime, "liar")
    liar.seen = 2 ** 60
    liar.up.clear()
    liar._hello()
    await liar.welcomed()
    await liar.gone(server)
    late = await Handler.open(server.runtime, "late", eager=True)
    await late.serve(room, what=MESSAGES)
    ann = await server.connect(room=room)
    await ann.ask("message", text="first")
    assert (await late.next("said"))["seq"] > 2 ** 60
    late.up.clear()
    late._hello()
    await late.welcomed()
    await ann.ask("message", text="second")
    assert await text_of_next(late) == "second"
    late.seen += 1000
    late._hello()
    assert "never sent" in await late.dropped()
