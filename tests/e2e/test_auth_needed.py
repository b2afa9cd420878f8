# test_auth_needed.py - anonymous = no: who shows no token in time is not let in
# SPDX-License-Identifier: MIT
from atrium import Client, server_fixture

server = server_fixture(auth={"anonymous": "no"}, gateway={"auth_timeout": "1s"})


async def test_who_says_nothing_is_closed_in_time(server, room):
    client = await server.open(room=room)
    code, reason = await client.closed()
    assert code == 4401 and reason
    assert not client.received(type="welcome")


async def test_a_token_in_the_handshake(server, room):
    client = await server.connect(room=room, token=server.token())
    assert client.user == "demo"


async def test_a_token_as_the_first_message(server, room):
    client = await Client.open(server.port, room=room, nickname="Me")
    client.send("auth", token=server.token(), ref=1)
    welcome = await client.recv_until(type="welcome")
    assert welcome["user"] == "demo" and welcome["nickname"] == "Demo"
    await client.recv_until(type="joined", room=room)
    assert client.received(type="authorized", ref=1)


async def test_messages_after_auth_are_heard(server, room):
    raw = await server.raw(f"/api/ws?room={room}")
    raw.say(type="auth", token=server.token())
    raw.say(type="message", content="early")
    assert (await raw.message(type="message"))["user"] == "demo"


async def test_a_bad_token_as_the_first_message(server, room):
    client = await Client.open(server.port, room=room)
    client.send("auth", token=server.token(ttl=-60))
    assert (await client.closed())[0] == 4401


async def test_another_first_message_lets_no_one_in(server, room):
    insider = await server.connect(room=room, token=server.token())
    client = await Client.open(server.port, room=room)
    client.send("message", content="let me in")
    client.send("join", room=room)
    assert (await client.closed())[0] == 4401
    assert not client.received(type="welcome")
    await insider.expect_silence()


async def test_metrics_still_publishes(server):
    """The server's own processes need no token."""
    client = await server.connect(room="system_monitor", token=server.token())
    await client.recv_until(type="system_metrics")
