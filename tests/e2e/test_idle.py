# test_idle.py - what an idle connection costs gateway and hub
# SPDX-License-Identifier: MIT
import base64
import os
import resource
import socket

import pytest

from atrium import BUILD, patient, server_fixture

FEW, MANY, ROOM = 1000, 4000, 10
LIMIT = 3 * 1024  # bytes of user space, of both processes together

server = server_fixture(gateway={"max_connections": 2 * MANY})


@pytest.fixture
def files():
    """As many descriptors as this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def private_bytes(pid):
    """Memory that this process alone has: what would be free without it."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file if ":" in line[:20])
    return sum(int(fields[name].split()[0]) * 1024 for name in ("Private_Clean", "Private_Dirty"))


class Idle:
    """Connections that say nothing and are not read, ten in a room."""

    def __init__(self, server):
        self.server, self.sockets, self.known = server, [], 0

    def more(self, count):
        for n in range(len(self.sockets), count):
            sock = socket.create_connection(("127.0.0.1", self.server.port), patient(8))
            self.sockets.append(sock)
            key = base64.b64encode(os.urandom(16)).decode()
            sock.sendall((f"GET /api/ws?room=idle-{n // ROOM}&nickname=nick-{n} HTTP/1.1\r\n"
                          "Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
                          ).encode())
            assert sock.recv(12) == b"HTTP/1.1 101"

    def all_joined(self):
        """Each that was not asked yet has been told that it is in its room."""
        for n in range(self.known, len(self.sockets)):
            said = b""
            while f"nick-{n} joined the room".encode() not in said:
                said += self.sockets[n].recv(65536)
        self.known = len(self.sockets)

    def close(self):
        for sock in self.sockets:
            sock.close()


@pytest.mark.skipif(BUILD.name != "release", reason="sanitizers need memory of their own")
@pytest.mark.deadline(90)
def test_an_idle_connection_is_small(server, files):
    idle = Idle(server)

    def used():
        return sum(private_bytes(server[name].pid) for name in ("gateway", "hub"))

    try:
        idle.more(FEW)
        idle.all_joined()
        before = used()
        idle.more(MANY)
        idle.all_joined()
        each = (used() - before) // (MANY - FEW)
        assert each < LIMIT
    finally:
        idle.close()
