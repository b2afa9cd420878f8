# test_forgotten.py - a gateway that stands still for longer than the grace time, and goes on
# SPDX-License-Identifier: MIT
import signal

import pytest

from atrium import server_fixture

server = server_fixture(gateways=2, hub={"grace": "500ms"})


@pytest.mark.deadline(40)
async def test_it_restates_what_it_has(server, room):
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, nickname="Jane", gateway="gateway-2")
    await john.recv_until(type="system", content="Jane joined the room")
    server.kill("gateway", signal.SIGSTOP)
    await jane.recv_until(20, type="system", content="John left the room")
    server.kill("gateway", signal.SIGCONT)
    # They are together again, though no one came.
    update = await jane.recv_until(type="users_update", room=room, count=2)
    assert sorted(update["content"]) == ["Jane", "John"]
    jane.send("message", content="a")
    assert (await john.recv_until(type="message"))["content"] == "a"
    john.send("message", content="b")
    await jane.recv_until(type="message", content="b")
    await john.expect_silence(passing=("rooms", "users_update", "message"))
    assert not jane.received(content="John joined the room")
    assert john.ws.open
