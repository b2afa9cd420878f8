#!/usr/bin/env python3
# flood.py - connects as fast as it can: flood.py PORT COUNT; prints what it was answered, as JSON
# SPDX-License-Identifier: MIT
import collections
import json
import socket
import sys

OPEN_AT_ONCE = 300
HANDSHAKE = (b"GET /api/ws?room=flood HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
             b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
# what each says: nothing, some of a head, a handshake, a request
KINDS = (b"", b"GET / HTTP/1.1\r\nHo", HANDSHAKE, HANDSHAKE, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")


def end(sock, text, answers):
    if text.endswith(b"\r\n\r\n"):
        try:
            answer = sock.recv(64)
        except OSError:
            answer = b""
        answers[answer[9:12].decode() or "none"] += 1
    sock.close()


def flood(port, count):
    answers, live = collections.Counter(), collections.deque()
    for n in range(count):
        sock = socket.socket()
        sock.settimeout(20)
        text = KINDS[n % len(KINDS)]
        try:
            sock.connect(("127.0.0.1", port))
            sock.sendall(text)
        except OSError:
            answers["unsent"] += 1
        live.append((sock, text))
        if len(live) > OPEN_AT_ONCE:
            end(*live.popleft(), answers)
    while live:
        end(*live.popleft(), answers)
    return answers


if __name__ == "__main__":
    print(json.dumps(flood(int(sys.argv[1]), int(sys.argv[2]))))
