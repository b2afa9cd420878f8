# test_secrets.py - which process has which secret in its memory
# SPDX-License-Identifier: MIT
import os
import re

import pytest

from atrium import BUILD, Client, server_fixture

pytestmark = pytest.mark.skipif(BUILD.name != "release", reason="sanitizers map terabytes")

server = server_fixture(gateways=2)

MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r")


def memory(process):
    """All that the process may read, piece by piece."""
    with open(f"/proc/{process.pid}/maps", encoding="utf-8") as maps, \
         open(f"/proc/{process.pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            found = MAPPING.match(line)
            if found and "[v" not in line:
                begin, end = (int(number, 16) for number in found.groups())
                piece = os.pread(mem.fileno(), end - begin, begin)
                assert len(piece) == end - begin, line
                yield piece


def who_has(server, secret):
    """Their names; one that cannot be read fails the test, and is not taken for one without."""
    return {name for name, process in server.processes.items()
            if any(secret in piece for piece in memory(process))}


@pytest.fixture
def own_key(server):
    with open(os.path.join(server.directory, "state", "auth", "atrium.hs256"), "rb") as file:
        return file.read().strip()


async def test_only_auth_has_keys(server, room, own_key):
    for gateway in server.gateways:
        client = await server.connect(gateway=gateway, room=room, announced=False,
                                      token=server.token())
        await client.ask("auth", token=server.token())
        refused = await Client.open(server.port_for(None, gateway), room=room,
                                    token=server.token(kid="none"))
        assert (await refused.closed())[0] == 4401
    assert who_has(server, server.key) == {"auth"}
    assert who_has(server, own_key) == {"auth"}


async def test_the_hub_sees_no_token(server, room):
    token = server.token("ann", claims={"jti": "seen-by-few"})
    client = await server.connect(room=room, token=token)
    await client.ask("message", content="x")
    signature = token.split(".")[-1].encode()
    assert who_has(server, signature) <= {"auth", "gateway"}
    assert "hub" in who_has(server, room.encode())
