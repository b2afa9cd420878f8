# test_tail.py - atrium tail: what is said in a room, over interruptions
# SPDX-License-Identifier: MIT
import asyncio
import contextlib
import json
import socket

import pytest

from atrium import BUILD, patient, server_fixture
from atrium.server import clean_environment

server = server_fixture()


@contextlib.asynccontextmanager
async def tail(server, *options, keys=True):
    identity = ["--keys", server.keys] if keys else []
    process = await asyncio.create_subprocess_exec(
        str(BUILD / "atrium"), "tail", *options, "--url", f"http://127.0.0.1:{server.port}",
        *identity, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=clean_environment())
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line(process):
    text = await asyncio.wait_for(process.stdout.readline(), patient(15))
    assert text, (await process.stderr.read()).decode()
    return text.decode().rstrip("\n")


async def said_by(process, start):
    """The next line that begins so."""
    while not (text := await line(process)).startswith(start):
        pass
    return text


async def listener(server, room):
    """A client that has seen tail come in."""
    ann = await server.connect(room=room, nickname="Ann")
    return ann


async def test_messages_as_lines(server, room):
    ann = await listener(server, room)
    async with tail(server, room, "--count", "5") as process:
        await ann.recv_until(type="system", content="atrium joined the room")
        ann.send("message", content="hello\n\x1b[31mred\u009b")
        ann.send("draw", x=[1, 2])
        ann.send("message", content="with more", n=1)
        ann.send("message", content="x" * 30000)
        assert await said_by(process, "Ann: ") == "Ann: hello??[31mred?"
        assert await line(process) == 'Ann (draw): {"x":[1,2]}'
        assert await line(process) == 'Ann: {"content":"with more","n":1}'
        assert await line(process) == "Ann: " + "x" * 30000
        assert await asyncio.wait_for(process.wait(), patient(15)) == 0
        assert await process.stderr.read() == b""


async def test_messages_as_they_came(server, room):
    ann = await listener(server, room)
    async with tail(server, room, "--json") as process:
        await ann.recv_until(type="system", content="atrium joined the room")
        ann.send_text('{"type":"x",\n "n": 1.50,"s":"\\u00e9"}')
        while '"system"' in (text := await line(process)):
            pass
        assert text.endswith('"n": 1.50,"s":"\\u00e9"}')
        assert json.loads(text)["nickname"] == "Ann"


@pytest.mark.deadline(60)
async def test_it_comes_back_and_misses_nothing(new_server, room):
    server = new_server(gateways=2, gateway={"drain": "500ms"})
    ann = await server.connect(room=room, nickname="Ann", gateway="gateway-2")
    async with tail(server, room) as process:
        await ann.recv_until(type="system", content="atrium joined the room")
        ann.send("message", content="1")
        assert await said_by(process, "Ann: ") == "Ann: 1"
        server.kill("gateway")
        for n in range(2, 6):
            await ann.ask("message", content=str(n))
        await server.start_async("gateway")
        for n in range(2, 6):
            assert await said_by(process, "Ann: ") == f"Ann: {n}"
        await server.restart_async("hub")
        await ann.ask("message", content="6")
        assert await said_by(process, "Ann: ") == "Ann: 6"


async def test_what_is_refused(server, room):
    for token in ("no.such.token", ""):
        async with tail(server, room, "--token", token or "x", keys=False) as process:
            assert await asyncio.wait_for(process.wait(), patient(15)) == 4
            assert b"4401" in await process.stderr.read()


async def test_no_server(tmp_path):
    class Nowhere:
        keys = None
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
    async with tail(Nowhere, "lobby", "--token", "x", keys=False) as process:
        assert await asyncio.wait_for(process.wait(), patient(15)) == 3
        assert f":{Nowhere.port}: ".encode() in await process.stderr.read()
