# test_commands.py - atrium status, rooms, connections, publish, kick: a server asked by its API
# SPDX-License-Identifier: MIT
import asyncio
import json
import socket

import pytest

from atrium import server_fixture
from atrium.command import atrium as run
from atrium.http import request

COMMANDS = {"status": [], "rooms": [], "connections": [], "publish": ["lobby", "hi"],
            "state": ["lobby"],
            "kick": ["nobody"]}
FOLLOWERS = {"tail": ["lobby"], "tap": []}
server = server_fixture()


@pytest.fixture
def atrium(server):
    async def call(name, *options, token=None, port=None, **env):
        """In a thread, so that clients of the test are served meanwhile."""
        identity = ["--token", token] if token else [] if env else ["--keys", server.keys]
        url = f"http://127.0.0.1:{port or server.port}"
        return await asyncio.to_thread(run, name, *options, "--url", url, *identity, **env)
    return call


async def needs_api(server):
    got = await request(server.port, "/api/status", "POST", body=b"{}",
                        headers={"Content-Length": "2", "Content-Type": "application/json"})
    if got.status == 404:
        pytest.skip("this gateway has no server API")


def rows(got):
    """Of a table: {first cell: [other cells]}"""
    assert got.returncode == 0, got.stderr
    lines = [line.split("  ") for line in got.stdout.splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    return {line[0]: line[1:] for line in cells if line}


async def test_status(server, atrium):
    await needs_api(server)
    got = await atrium("status")
    assert rows(got)["gateway-1"][0] == "yes" and "the journal is well" in got.stdout
    answer = json.loads((await atrium("status", "--json")).stdout)
    assert answer["result"]["gateways"][0]["name"] == "gateway-1"


async def test_publish_and_rooms(server, atrium, room):
    await needs_api(server)
    ann = await server.connect(room=room)
    got = await atrium("publish", room, "hello, \"wörld\"")
    assert (got.returncode, got.stdout, got.stderr) == (0, "offset 1\n", "")
    message = await ann.recv_until(type="message")
    assert message["content"] == "hello, \"wörld\"" and message["user"] == "atrium"
    got = await atrium("publish", room, "--json-body", '{"type":"draw","x":1}', "--json")
    assert json.loads(got.stdout)["result"]["offset"] == 2
    assert (await ann.recv_until(type="draw"))["x"] == 1
    for _ in range(2):
        got = await atrium("publish", room, "once", "--mid", "m1", "--type", "note")
        assert got.stdout == "offset 3\n"
    assert rows(await atrium("rooms", "--match", room))[room] == ["1", "1", "3", "3"]
    listed = json.loads((await atrium("rooms", "--match", room, "--json")).stdout)["result"]
    assert [row["name"] for row in listed["rooms"]] == [room]


async def test_state(server, atrium, room):
    await needs_api(server)
    ann = await server.connect(room=room)
    got = await atrium("state", room, "card/1", '{"title":"Milk"}')
    assert (got.returncode, got.stdout, got.stderr) == (0, "rev 1\n", "")
    told = await ann.recv_until(type="state")
    assert told["ops"] == [{"key": "card/1", "value": {"title": "Milk"}}] and told["user"] == "atrium"
    assert (await atrium("state", room, "card/2", "2", "--if", "0")).stdout == "rev 2\n"
    assert rows(await atrium("state", room))["card/1"] == ["1", '{"title":"Milk"}']
    assert list(rows(await atrium("state", room, "--prefix", "card/2"))) == ["KEY", "card/2"]
    got = await atrium("state", room, "card/1", "3", "--if", "7")
    assert got.returncode == 1 and "another revision" in got.stderr
    assert (await atrium("state", room, "card/1", "--delete")).stdout == "rev 3\n"
    answer = json.loads((await atrium("state", room, "--json")).stdout)
    assert answer["result"]["entries"] == [{"key": "card/2", "value": 2, "rev": 2}]


async def test_connections_and_kick(server, atrium, room):
    await needs_api(server)
    ann = await server.connect(room=room, nickname="Änn", token=server.token("ann", name="Änn"))
    bob = await server.connect(room=room, nickname="Bob")
    await server.connect(room=room + "-2", nickname="Eve")
    got = await atrium("connections", "--room", room)
    found = rows(got)
    assert set(found) == {"ID", ann.id, bob.id}
    assert found[ann.id][:2] == ["Änn", "ann"] and found[bob.id][:2] == ["Bob", "-"]
    assert len({line.find("room" if line[0] != "I" else "DIALECT")
                for line in got.stdout.splitlines()}) == 1  # aligned
    assert set(rows(await atrium("connections", "--user", "ann"))) == {"ID", ann.id}
    listed = json.loads((await atrium("connections", "--search", bob.id, "--json")).stdout)
    assert [row["nickname"] for row in listed["result"]["connections"]] == ["Bob"]
    got = await atrium("kick", bob.id, "--reason", "go away")
    assert (got.returncode, got.stdout) == (0, "closed: 1\n")
    assert await bob.closed() == (4410, "go away")
    assert (await atrium("kick", "user:ann", "--code", "4403")).stdout == "closed: 1\n"
    assert (await ann.closed())[0] == 4403
    got = await atrium("kick", bob.id)
    assert got.returncode == 1 and got.stdout == "" and "no_such_target" in got.stderr


async def test_tokens(server, atrium, tmp_path):
    await needs_api(server)
    for name, options in COMMANDS.items():
        got = await atrium(name, *options, token="no.such.token")
        assert got.returncode == 4 and "401" in got.stderr and got.stdout == "", name
        got = await atrium(name, *options, token=server.token("ann"))
        assert got.returncode == 4 and "403" in got.stderr and got.stdout == "", name
    token = server.token("root", claims={"admin": True})
    assert (await atrium("status", token=token)).returncode == 0
    assert (await atrium("status", ATRIUM_TOKEN=token)).returncode == 0
    assert (await atrium("status", ATRIUM_TOKEN="x", token=token)).returncode == 0
    assert (await atrium("status", "--keys", tmp_path, ATRIUM_TOKEN=token)).returncode == 1
    (tmp_path / "keys").symlink_to(server.keys)
    assert (await atrium("status", "--data", tmp_path, HOME="/nonexistent")).returncode == 0
    got = await atrium("status", HOME="/nonexistent")
    assert got.returncode == 1 and "default.hs256" in got.stderr


async def test_the_hub_is_down(new_server, room):
    server = new_server()
    await needs_api(server)
    server.kill("hub")
    got = await asyncio.to_thread(run, "rooms", "--url", f"http://127.0.0.1:{server.port}",
                                  "--keys", server.keys)
    assert got.returncode == 3 and got.stdout == "" and got.stderr.startswith("atrium: rooms: ")
    server.start("hub")


@pytest.mark.parametrize("name", COMMANDS | FOLLOWERS)
async def test_no_server(atrium, name):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        got = await atrium(name, *(COMMANDS | FOLLOWERS)[name], port=port)
    assert got.returncode == 3 and got.stdout == "" and f":{port}: " in got.stderr
    assert "Is it running? 'atrium up' starts one" in got.stderr


async def test_something_else_answers(server, atrium):
    got = await atrium("status", port=server.ports["metrics"])
    assert got.returncode in (1, 3) and got.stdout == "" and "not the API" in got.stderr


@pytest.mark.parametrize("options", [
    ["publish"], ["publish", "r"], ["publish", "r", "t", "--json-body", "{}"],
    ["publish", "r", "--json-body", "[]"], ["publish", "r", "--json-body", "{"], ["kick"], ["call"],
    ["call", "r"], ["call", "r", "c", "[]"], ["call", "r", "c", "{}", "--timeout", "x"],
    ["state"], ["state", "r", "k", "{"], ["state", "r", "--delete"], ["state", "r", "k", "--if", "1"],
    ["state", "r", "k", "1", "--if", "x"], ["state", "r", "k", "1", "--delete"],
    ["state", "r", "k", "--prefix", "k"], ["kick", "x", "--code", "x"], ["status", "--url", "localhost"], ["tail"],
    ["tail", "r", "--count", "x"], ["tail", "r", "--count", "0"],
])
def test_wrong_use(options):
    got = run(*options, "--token", "t")
    assert got.returncode == 2 and got.stdout == "" and "--help" in got.stderr
