# test_auth_away.py - auth is stopped or killed: who is inside notices nothing
# SPDX-License-Identifier: MIT
import asyncio
import json
import signal
import time

import pytest

from atrium import Client, Closed, mint, server_fixture
from atrium.where import patient

CROWD = 30  # a multiple of three: each third has a forged token

server = server_fixture()


async def told_to_try_later(client):
    code, reason = await client.closed()
    assert code == 1013 and json.loads(reason)["retry_ms"] > 0
    assert not client.messages, "nothing is said to who is not let in"


async def until_noticed(server):
    """Until then, who brings no token is let in as auth has said. It was linked before."""
    await server.until_status("/readyz", 503, seconds=15)


async def chats(client, content):
    client.send("message", content=content)
    await client.recv_until(type="message", content=content)


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


@pytest.mark.parametrize("kind", ["a token", "no token", "a bad token"])
async def test_stopped_for_long_and_continued(server, room, kind):
    """The limit is the setting; who is inside, with a token or without, chats on meanwhile."""
    token = {"a token": server.token("late"), "no token": None,
             "a bad token": mint(b"x" * 48, "late")}[kind]
    john = await server.connect(room=room, nickname="John")
    jane = await server.connect(room=room, token=server.token("jane", name="Jane"))
    server.kill("auth", signal.SIGSTOP)
    try:
        if not token:
            await until_noticed(server)
        begin = time.monotonic()
        late = [await Client.open(server.port, room=room, token=token) for _ in range(5)]
        closing = asyncio.gather(*map(told_to_try_later, late))
        for number in range(20):
            await chats(john, f"john {number}")
            await jane.recv_until(type="message", content=f"john {number}")
            await chats(jane, f"jane {number}")
        await closing
        assert time.monotonic() - begin < patient(2 + 4)
        assert not [m for m in john.received(type="system") if "Late" in m["content"]]
    finally:
        server.kill("auth", signal.SIGCONT)
    back = await Client.open(server.port, room=room, token=token)
    if kind == "a bad token":
        assert (await back.closed())[0] == 4401
    else:
        await back.welcomed()
    # Verdicts that came too late let in nobody.
    members = (await john.ask("users", room=room))["members"]
    assert len(members) == (2 if kind == "a bad token" else 3)


async def test_how_long_is_a_setting(new_server, room):
    """With a longer one who came first is still waiting when auth is back; with a shorter, not."""
    server = new_server(gateway={"verdict_timeout": "60s"})
    await server.until_status("/readyz", 200)
    server.kill("auth", signal.SIGSTOP)
    await until_noticed(server)
    patient_one = await Client.open(server.port, room=room)
    server.settings["gateway"]["verdict_timeout"] = "100ms"
    server.reload("gateway")
    for token in (None, server.token()):
        await told_to_try_later(await Client.open(server.port, room=room, token=token))
    server.kill("auth", signal.SIGCONT)
    await patient_one.welcomed()
    await server.until_metrics(lambda m: m.get("atrium_gateway_verdict_timeouts_total") == 2)


async def comes(server, room, token):
    """Again after each 1013, at once. Returns the closing code of who is refused."""
    while True:
        client = await Client.open(server.port, room=room, token=token)
        try:
            await client.welcomed()
            return client
        except Closed as end:
            if end.code != 1013:
                return end.code
            assert json.loads(end.reason)["retry_ms"] > 0


@pytest.mark.deadline(60)
async def test_killed_under_a_crowd_that_comes_back(server, room):
    """All get in when it is back, each as who they are; those with forged tokens never."""
    john = await server.connect(room=room, nickname="John")
    tokens = [mint(b"x" * 48, f"forged-{n}") if n % 3 == 0 else server.token(f"user-{n}")
              for n in range(3 * CROWD)]
    crowd = []
    for begin in range(0, len(tokens), CROWD):
        crowd += [asyncio.ensure_future(comes(server, room, token))
                  for token in tokens[begin:begin + CROWD]]
        server.kill("auth")
        await chats(john, "without auth")
        assert not [c for c in crowd[::3] if c.done() and c.result() != 4401]
        await server.start_async("auth")
    for n, ended in enumerate(await asyncio.gather(*crowd)):
        if n % 3 == 0:
            assert ended == 4401, n
        else:
            assert ended.user == f"user-{n}"
    inside = {m.get("user") for m in (await john.ask("users", room=room))["members"]}
    assert inside == {None} | {f"user-{n}" for n in range(len(tokens)) if n % 3}


async def test_auth_killed_and_back(server, room):
    john = await server.connect(room=room, nickname="John", token=server.token("john", name="John"))
    server.kill("auth")
    john.send("message", content="without auth")
    await john.recv_until(type="message")
    await until_noticed(server)
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
