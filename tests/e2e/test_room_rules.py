# test_room_rules.py - [room "pattern"]: what holds in the rooms of a name
# SPDX-License-Identifier: MIT
from atrium import server_fixture

SECTIONS = {
    'room "full-*"': {"max_members": 2},
    'room "quiet-*"': {"presence": "no", "history": 2},
    'room "quiet-not"': {"presence": "yes"},  # the one before it counts
    'room "?-dots"': {"ephemeral": "dot", "conflate": "dot place"},
}
server = server_fixture(metrics={"interval": "200ms"}, **SECTIONS)


async def test_a_room_that_is_full(server):
    jane = await server.connect(room="full-1", nickname="Jane")
    await server.connect(room="full-1")
    bob = await server.connect(room="other", nickname="Bob")
    bob.send("join", room="full-1", ref=1)
    await bob.error("room_full", ref=1)
    eve = await server.open(room="full-1")  # stays connected, and may go elsewhere
    await eve.recv_until(type="welcome")
    await eve.error("room_full")
    assert (await eve.ask("join", room="full-2"))["type"] == "joined"
    await jane.close()
    assert (await bob.ask("join", room="full-1"))["type"] == "joined"
    await server.until_metrics(lambda m: m.get("atrium_gateway_error_room_full_total") == 2)


async def test_who_comes_back_to_a_full_room_has_its_place(server):
    clients = [await server.connect(room="full-3") for _ in range(2)]
    clients[0].drop()
    again = await server.connect(room="full-3", id=clients[0].id, resume=clients[0].resume,
                                 announced=False)
    assert again.received(type="joined") and not again.received(type="error")


async def test_a_room_without_presence(server):
    for room in ("quiet-1", "quiet-not"):
        jane = await server.connect(room=room, nickname="Jane", announced=False)
        john = await server.connect(room=room, nickname="John", announced=False)
        assert [m["nickname"] for m in john.received(type="joined")[0]["users"]] == ["Jane", "John"]
        assert (await jane.ask("users", room=room))["count"] == 2  # who asks is told
        await john.close()
        jane.send("message", content="x", ref=1)
        await jane.recv_until(type="ack", ref=1)
        assert not jane.received(type="system")
        assert len(jane.received(type="users_update")) == 1


async def test_a_history_of_its_own(server):
    jane = await server.connect(room="quiet-2", announced=False)
    for n in range(5):
        assert (await jane.ask("message", n=n))["offset"] == n + 1
    assert [m["n"] for m in (await jane.ask("history", room="quiet-2"))["messages"]] == [3, 4]


async def test_types_of_its_own(server):
    jane = await server.connect(room="a-dots")
    assert "offset" not in await jane.ask("dot")
    assert (await jane.ask("typing"))["offset"] == 1
    assert (await jane.ask("place"))["offset"] == 2
    assert (await jane.ask("join", room="ab-dots"))["offset"] == 0
    assert "offset" not in await jane.ask("typing", room="ab-dots")
    assert (await jane.ask("dot", room="ab-dots"))["offset"] == 1


async def test_sighup_changes_the_rooms_there_are(new_server, room):
    server = new_server()
    jane = await server.connect(room=room, nickname="Jane")
    for n in range(6):
        await jane.ask("message", n=n)
    server.settings['room "other"'] = {"history": 1}
    server.settings[f'room "{room[:5]}*"'] = {"history": 3, "max_members": 1, "ephemeral": "dot"}
    server.reload("hub")
    assert [m["n"] for m in (await jane.ask("history", room=room))["messages"]] == [3, 4, 5]
    john = await server.connect(room="other")
    john.send("join", room=room)
    await john.error("room_full")
    assert "offset" not in await jane.ask("dot")
    await server.restart_async("hub")
    assert [m["n"] for m in (await jane.ask("history", room=room))["messages"]] == [3, 4, 5]
    del server.settings[f'room "{room[:5]}*"']
    server.reload("hub")
    assert (await john.ask("join", room=room))["type"] == "joined"
    assert (await jane.ask("dot"))["offset"] == 7
