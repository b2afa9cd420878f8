# test_libatrium.py - handlers of libatrium's and a real hub: observing, acting, restarts
# SPDX-License-Identifier: MIT
from atrium import server_fixture
from atrium.probe import MESSAGES, PEOPLE, Probe

server = server_fixture(hub={"handlers": "open"}, **{
    'handler "limited"': {"rooms": "hall-*"}})


async def test_people_and_messages_are_told(server, room):
    probe = await Probe.open(server.runtime, "bot", (room, PEOPLE | MESSAGES))
    ann = await server.connect(room=room, nickname="Ann")
    came = await probe.next("connect")
    assert (came["seq"], came["room"], came["id"], came["nickname"], came["count"]) == \
        (1, room, ann.id, "Ann", 1)
    ack = await ann.ask("message", text="hi")
    said = await probe.next("message")
    assert (said["seq"], said["offset"], said["id"], said["body"]) == \
        (2, ack["offset"], ann.id, '{"text": "hi"}')
    await ann.close()
    assert (await probe.next("disconnect"))["count"] == 0


async def test_what_is_not_acknowledged_comes_again_in_order(server, room):
    probe = await Probe.open(server.runtime, "bot", (room, MESSAGES))
    ann = await server.connect(room=room)
    await probe.do("defer", 1)
    for n in range(20):
        await ann.ask("message", n=n)
    events = [await probe.next("message") for n in range(20)]
    first = events[0]["seq"]
    for n in (0, 1, 5):
        assert await probe.do("done", first + n) == "0"
    await server.restart_async("hub")
    await probe.next("up")
    await ann.ask("message", n=20)
    assert (await probe.next("message"))["body"] == '{"n": 20}', "those it has do not come twice"
    await probe.kill()
    probe = await Probe.open(server.runtime, "bot", (room, MESSAGES))
    probe.at = 0  # what waited for it comes before it is up
    again = [await probe.next("message") for n in range(19)]
    assert [e["seq"] for e in again] == list(range(first + 2, first + 21))
