# test_handlers.py - processes of the users' own serve rooms: who may, and what they are told
# SPDX-License-Identifier: MIT
from atrium import server_fixture
from atrium.handler import Handler

server = server_fixture(hub={"handlers": "open"}, **{'handler "greeter"': {"rooms": "hall-*"}})


async def test_people_and_messages_are_told(server):
    bot = await Handler.open(server.runtime, "greeter")
    served = await bot.serve("hall-*")
    assert served["error"] == "" and served["allowed"] == [{"rooms": "hall-*", "what": 7}]
    ann = await server.connect(room="hall-1", nickname="Ann")
    came = await bot.next("came")
    assert (came["seq"], came["room"], came["id"], came["nickname"], came["count"]) == \
        (1, "hall-1", ann.id, "Ann", 1)
    ack = await ann.ask("message", text="hi")
    said = await bot.next("said")
    assert said["seq"] == 2 and said["offset"] == ack["offset"] and said["id"] == ann.id
    assert said["body"] == b'"text": "hi"'
    await ann.close()
    assert (await bot.next("went"))["count"] == 0
