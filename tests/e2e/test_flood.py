# test_flood.py - thousands who connect at once: who is in is served, and nothing is left of them
# SPDX-License-Identifier: MIT
import asyncio
import json
import os
import sys

import pytest

from atrium import server_fixture, until_async
from atrium import flood as flood_module
from atrium.where import BUILD, patient

COUNT = 6000 if BUILD.name == "release" else 1500

LIMITS = {"max_connections": 60, "max_waiting": 100, "handshake_timeout": "1s"}
server = server_fixture(gateway=LIMITS, metrics={"interval": "200ms"}, hub={"grace": "0"})


async def flood(server, count):
    process = await asyncio.create_subprocess_exec(
        sys.executable, flood_module.__file__, str(server.port), str(count),
        stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(out)


def descriptors(server):
    return len(os.listdir(f"/proc/{server['gateway'].pid}/fd"))


async def answered_during(task, clients):
    """How many rounds of questions were answered while the task ran: each by all, none is lost."""
    rounds = 0
    while not task.done():
        for client in clients:
            assert (await client.ask("ping"))["type"] == "pong"
            assert (await client.ask("message", n=rounds, echo=False))["type"] == "ack"
        rounds += 1
    return rounds


@pytest.mark.deadline(90)
async def test_who_is_in_is_served(server, room):
    clients = [await server.connect(room=f"{room}-{n}") for n in range(3)]
    before = descriptors(server)
    flooding = asyncio.create_task(flood(server, COUNT))
    rounds = await answered_during(flooding, clients)
    answers = flooding.result()
    asked = COUNT * 3 // 5
    assert sum(answers.values()) >= asked
    assert answers["101"] > 0 and answers["503"] > 0, answers
    assert set(answers) <= {"101", "200", "503", "none"} and answers.get("none", 0) < asked / 10
    # a question waited for no more than some hundred of those who came in its time
    assert rounds * len(clients) * 2 > COUNT / 100, (rounds, answers)
    await server.until_metrics(lambda m: m.get("atrium_gateway_connections") == 3 and
                               m.get("atrium_gateway_waiting") == 0, 20)
    assert server.metrics().get("atrium_gateway_refused_limit_total") > 0
    await until_async(lambda: descriptors(server) <= before, 20)
    assert (await server.get("/healthz")).status == 200
    late = await server.connect(room=f"{room}-0", announced=False)
    for client in clients:
        assert client.ws.open
    await late.ask("message", content="hello")
    await clients[0].recv_until(type="message", content="hello")


@pytest.mark.deadline(60)
async def test_of_one_address(new_server, room):
    """The same, where the address is what is too many."""
    server = new_server(gateway={**LIMITS, "max_connections": 10000, "max_per_address": 20},
                        metrics={"interval": "200ms"})
    client = await server.connect(room=room)
    flooding = asyncio.create_task(flood(server, COUNT // 4))
    assert await answered_during(flooding, [client])
    answers = flooding.result()
    assert answers["429"] > answers["101"] > 0, answers
    await server.until_metrics(lambda m: m.get("atrium_gateway_connections") == 1, 20)
    assert server.metrics().get("atrium_gateway_refused_address_total") >= answers["429"] * 0.9


@pytest.mark.skipif(bool(os.environ.get("ATRIUM_TLS")), reason="who shakes hands waits as well")
async def test_the_oldest_who_says_nothing_makes_room(new_server):
    server = new_server(gateway={"max_waiting": 5}, metrics={"interval": "200ms"})
    silent = []
    for _ in range(9):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HT")
        silent.append((reader, writer))
    for reader, _ in silent[:4]:
        assert (await asyncio.wait_for(reader.read(), patient(8))).startswith(b"HTTP/1.1 503 ")
    await server.until_metrics(lambda m: m.get("atrium_gateway_waiting") == 5)
    assert server.metrics().get("atrium_gateway_refused_waiting_total") == 4
    assert (await server.raw()).status == 101
    for reader, writer in silent[4:]:
        writer.write(b"TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), patient(8))).startswith(b"HTTP/1.1 404 ")
