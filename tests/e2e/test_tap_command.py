# test_tap_command.py - atrium tap: all that is said, as lines
# SPDX-License-Identifier: MIT
import asyncio
import contextlib
import json

from atrium import BUILD, patient, server_fixture
from atrium.server import clean_environment

server = server_fixture(hub={"max_taps": 1})


@contextlib.asynccontextmanager
async def tap(server, *options):
    process = await asyncio.create_subprocess_exec(
        str(BUILD / "atrium"), "tap", "--url", f"http://127.0.0.1:{server.port}",
        "--keys", server.keys, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=clean_environment())
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line(stream):
    text = await asyncio.wait_for(stream.readline(), patient(15))
    return text.decode().rstrip("\n")


async def begun(server, room):
    """Until it is on: each is in the log of the gateway."""
    return await asyncio.to_thread(server["gateway"].wait_line, rf"tap_begin .*room={room}")


async def test_lines(server, room):
    ann = await server.connect(room=room, nickname="Ann")
    async with tap(server, "--room", room, "--count", "3") as process:
        await begun(server, room)
        ann.send("message", content="hello\n\x9b31m")
        bob = await server.connect(room=room, nickname="Bob")
        ann.send("draw", x=[1, 2])
        first, second, third = [await line(process.stdout) for _ in range(3)]
        assert first[8:] == fr' message in {room} Ann (message): {{"content":"hello\n?31m"}}'
        assert second[8:] == f" join in {room} Bob"
        assert third[8:] == f' message in {room} Ann (draw): {{"x":[1,2]}}'
        assert await asyncio.wait_for(process.wait(), patient(15)) == 0
    await bob.close()


async def test_as_json_and_not_two(server, room):
    ann = await server.connect(room=room, nickname="Ann")
    async with tap(server, "--type", "private", "--id", ann.id, "--json") as process:
        await asyncio.to_thread(server["gateway"].wait_line, rf"tap_begin .*connection={ann.id}")
        async with tap(server) as second:
            assert "too_many_taps" in await line(second.stderr)
            assert await asyncio.wait_for(second.wait(), patient(15)) == 1
        ann.send("private", target=ann.id, content="to myself")
        shown = json.loads(await line(process.stdout))["param"]
        assert (shown["kind"], shown["target"]) == ("private", ann.id)
        assert shown["message"]["param"] == {"target": ann.id, "content": "to myself"}


async def test_who_may_not_and_no_server(server):
    async with tap(server, "--token", server.token("ann")) as process:
        assert "forbidden" in await line(process.stderr)
        assert await asyncio.wait_for(process.wait(), patient(15)) == 4
    async with tap(server, "--url", "http://127.0.0.1:1") as process:
        assert await asyncio.wait_for(process.wait(), patient(15)) == 3
