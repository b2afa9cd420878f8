# test_auth_away.py - auth is stopped or killed: who is inside notices nothing
# SPDX-License-Identifier: MIT
import json
import signal
import time

from atrium import Client, server_fixture
from atrium.where import patient

server = server_fixture()


async def test_auth_that_does_not_answer_is_try_later(server, room):
    john = await server.connect(room=room)
    server.kill("auth", signal.SIGSTOP)
    try:
        begin = time.monotonic()
        late = await Client.open(server.port, room=room, token=server.token())
        code, reason = await late.closed()
        took = time.monotonic() - begin
        assert code == 1013 and json.loads(reason)["retry_ms"] > 0
        assert 1 < took < patient(4)
        assert not late.messages
        john.send("message", content="still talking")
        await john.recv_until(type="message")
    finally:
        server.kill("auth", signal.SIGCONT)
    back = await server.connect(room=room, token=server.token())
    assert back.user == "demo"
    await john.recv_until(type="system", content="Demo joined the room")


async def test_a_verdict_that_comes_in_time_lets_in(server, room):
    server.kill("auth", signal.SIGSTOP)
    client = await Client.open(server.port, room=room, token=server.token())
    server.kill("auth", signal.SIGCONT)
    await client.welcomed()
    assert client.user == "demo"


async def test_auth_killed_and_back(server, room):
    john = await server.connect(room=room, nickname="John", token=server.token("john", name="John"))
    server.kill("auth")
    john.send("message", content="without auth")
    await john.recv_until(type="message")
    waiting = await Client.open(server.port, room=room, nickname="Waiting")
    server.start("auth")
    await waiting.welcomed()  # within the two seconds
    again = await server.connect(room=room, token=server.token())
    assert again.user == "demo"
    john.send("message", content="still the same")
    assert (await john.recv_until(type="message", content="still the same"))["user"] == "john"
    assert not john.received(content="John left the room")


async def test_ready_says_whether_auth_answers(server):
    assert (await server.get("/readyz")).status == 200
    server.kill("auth", signal.SIGKILL)
    try:
        await server.until_status("/readyz", 503)
        assert (await server.get("/healthz")).status == 200
    finally:
        server.start("auth")
    await server.until_status("/readyz", 200)
