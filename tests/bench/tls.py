#!/usr/bin/env python3
"""tls.py - what TLS costs: the same clients over ws:// and wss://.

    tests/bench/tls.py [--build DIR] [--rounds N] [--clients N]

Each round, on a server of its own for each: so many clients come one after the other into rooms of
ten and are idle; then one of them publishes, one message at a time, in a room that all have joined.
The processor time is the server's, of all its processes; this program's own is not in it. TLS 1.3
with a certificate of P-256, nothing resumed.

SPDX-License-Identifier: MIT
"""
import argparse
import base64
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from figures import Figure  # noqa: E402
from measure import Clocks  # noqa: E402
from servers import Atrium, PATIENCE  # noqa: E402

MESSAGES, BYTES = 200, 128


def certificate(directory):
    """{setting: file}"""
    files = {"TLS_CERTIFICATE": f"{directory}/cert.pem", "TLS_KEY": f"{directory}/key.pem"}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-subj", "/CN=localhost", "-out", files["TLS_CERTIFICATE"],
                    "-keyout", files["TLS_KEY"]], check=True, stderr=subprocess.DEVNULL)
    return files


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Peer:
    """A client that reads when it is asked to."""

    def __init__(self, port, context, room):
        self.sock, self.came = socket.create_connection(("127.0.0.1", port), PATIENCE), b""
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            self.sock = context.wrap_socket(self.sock)
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall((f"GET /api/ws?room={room} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                           f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
        self.read_to(b'"type":"joined"')

    def read_to(self, mark):
        while (at := self.came.find(mark)) < 0:
            more = self.sock.recv(65536)
            if not more:
                raise EOFError("closed by the server")
            self.came += more
        self.came = self.came[at + len(mark):]

    def send(self, text):
        data = text.encode()  # less than 64 KB
        size = bytes([0x80 | len(data)]) if len(data) < 126 else struct.pack("!BH", 0xfe, len(data))
        self.sock.sendall(b"\x81" + size + bytes(4) + data)  # a mask of zeros


def join(peers):
    for peer in peers:
        peer.send('{"type":"join","room":"all"}')
        peer.read_to(b'"type":"joined"')


def publish(peers):
    for n in range(MESSAGES):
        peers[0].send(f'{{"type":"message","room":"all","content":"{"x" * (BYTES - 60)}","n":"<{n}>"}}')
        for peer in peers:
            peer.read_to(b"<%d>" % n)


def run(build, files, secure, clients):
    """The figures of one round; `files`: the certificate's."""
    context, port = None, free_port()
    settings = {f"ATRIUM_GATEWAY_{name}": file for name, file in files.items()} if secure else {}
    server = Atrium(build, **settings, **({"ATRIUM_GATEWAY_TLS_PORT": str(port)} if secure else {}))
    if secure:
        context = ssl.create_default_context(cafile=files["TLS_CERTIFICATE"])
        context.check_hostname = False
    try:
        idle = Clocks(server)
        peers = [Peer(port if secure else server.port, context, f"tls-{n // 10}") for n in range(clients)]
        connected = Clocks(server)
        join(peers)
        publish(peers)  # meanwhile all are told of who has come
        before = Clocks(server)
        publish(peers)
        used = sum(Clocks(server).since(before).values())
    finally:
        server.stop()
    return {"KB of memory, idle": (connected.kb - idle.kb) / clients,
            "µs to connect": 1e6 * sum(connected.since(idle).values()) / clients,
            "µs a delivery": 1e6 * used / clients / MESSAGES}


def report(results):
    names = list(results[0][0])
    print("\n| | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for secure, title in enumerate(("ws", "wss")):
        cells = [Figure([each[name] for each in results[secure]]).text(1) for name in names]
        print(f"| {title} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description="what TLS costs")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=1000)
    options = parser.parse_args()
    build, results = os.path.abspath(options.build), ([], [])
    with tempfile.TemporaryDirectory(prefix="atrium-tls-") as directory:
        files = certificate(pathlib.Path(directory))
        for _ in range(options.rounds):
            for secure in (False, True):
                results[secure].append(run(build, files, secure, options.clients))
    report(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
