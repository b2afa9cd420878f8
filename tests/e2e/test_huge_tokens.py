# test_huge_tokens.py - tokens that are well signed and far too long, by every way in
# SPDX-License-Identifier: MIT
import pytest

from atrium import Client, server_fixture

# Of the ways in, so wide that it is auth that has to say no.
server = server_fixture(gateway={"max_head": "32K", "max_message": "1M"},
                        atrium={"log_level": "debug"})

LONGEST = 8192


def long_token(server, length):
    """Good in all but its length."""
    token = server.token(claims={"pad": ""})
    token = server.token(claims={"pad": "p" * ((length - len(token)) * 3 // 4)})
    assert length - 4 <= len(token) <= length
    return token


DENIED, ERRORS = "atrium_auth_denied_malformed_total", "atrium_gateway_error_unauthorized_total"


def value(server, counter):
    return sum(value for name, _, value in server.metrics() if name == counter)


async def counted(server, counter, before):
    await server.until_metrics(lambda m: m.get(counter) > before)


def not_logged(server, token):
    log = "\n".join(line for process in server.all_processes() for line in process.lines)
    assert "pppppppp" not in log and token[:40] not in log and token[-40:] not in log


async def test_the_longest_is_good(server, room):
    token = long_token(server, LONGEST)
    client = await Client.open(server.port, room=room, headers={"Authorization": f"Bearer {token}"})
    await client.welcomed()
    assert client.user == "demo"
    assert (await client.ask("auth", token=token))["type"] == "authorized"


@pytest.mark.parametrize("length", [LONGEST + 8, 20000])
@pytest.mark.parametrize("way", ["query", "header", "subprotocol"])
async def test_at_the_door(server, room, way, length):
    token, before = long_token(server, length), value(server, DENIED)
    options = {"query": {"token": token}, "header": {"headers": {"Authorization": f"Bearer {token}"}},
               "subprotocol": {"subprotocols": ["bearer", token]}}[way]
    client = await Client.open(server.port, room=room, **options)
    assert (await client.closed())[0] == 4401
    assert not client.messages
    await counted(server, DENIED, before)
    not_logged(server, token)


@pytest.mark.parametrize("length", [LONGEST + 8, 65533, 65540, 500000])
async def test_as_a_message(server, room, length):
    client = await server.connect(room=room, token=server.token("ann", name="Ann"))
    # What is so long that no token can be is not even asked about.
    counter = DENIED if length < 10000 else ERRORS
    token, before = long_token(server, length), value(server, counter)
    client.send("auth", token=token, ref="r")
    await client.error("unauthorized", ref="r")
    client.send("message", content="still Ann")
    assert (await client.recv_until(type="message"))["user"] == "ann"
    await counted(server, counter, before)
    not_logged(server, token)


async def test_a_head_that_is_too_long_is_not_asked_about(new_server, room):
    server = new_server()
    raw = await server.raw(f"/api/ws?room={room}",
                           headers={"Authorization": f"Bearer {long_token(server, 9000)}"})
    assert raw.status == 431
    assert value(server, DENIED) == 0
