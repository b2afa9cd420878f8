# test_real_clients.py - libraries that no one here wrote chat with each other, in each dialect in turn
# SPDX-License-Identifier: MIT
import asyncio
import base64
import json
import sys

import pytest

from atrium import ROOT, patient, server_fixture

server = server_fixture()

PEERS = ROOT / "tests/peers"
LIBRARIES = {"websockets": [sys.executable, str(PEERS / "peer.py"), "websockets"],
             "websocket-client": [sys.executable, str(PEERS / "peer.py"), "websocket-client"],
             "node ws": ["node", str(PEERS / "peer.cjs")]}
DIALECTS = ("room", "command", "raw")


def target(dialect, room, id):
    return {"room": f"/api/ws?room={room}&id={id}", "command": f"/connect?ch={room}&id={id}",
            "raw": f"/ws/{room}?id={id}"}[dialect]


def said(dialect, text):
    return {"room": json.dumps({"type": "message", "content": text}),
            "command": json.dumps({"cmd": "message", "param": {"content": text}}),
            "raw": text}[dialect]


def meaning(dialect, frame):
    """What someone said, or None for what only the server says."""
    if dialect == "raw" and not frame.startswith("{"):
        return frame
    message = json.loads(frame)
    if message.get("type", message.get("cmd")) not in ("message", "text"):
        return None
    return message.get("param", message).get("content")


class Peer:
    @classmethod
    async def start(cls, library, server, dialect, room):
        self = cls()
        self.dialect, self.id = dialect, library.replace(" ", "-") + f"-{dialect}"
        self.process = await asyncio.create_subprocess_exec(
            *LIBRARIES[library], f"ws://127.0.0.1:{server.port}{target(dialect, room, self.id)}",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**20)
        return self

    def send(self, frame):
        line = frame if isinstance(frame, str) else {"binary": base64.b64encode(frame).decode()}
        self.process.stdin.write(json.dumps(line).encode() + b"\n")

    async def frame(self):
        line = json.loads(await asyncio.wait_for(self.process.stdout.readline(), patient(10)))
        return line if isinstance(line, str) else base64.b64decode(line["binary"])

    async def hear(self, texts):
        """All of these, in this order; what the server itself says between them is passed over."""
        for text in texts:
            while (got := meaning(self.dialect, await self.frame())) is None:
                pass
            assert got == text

    async def end(self):
        self.process.stdin.close()
        assert await asyncio.wait_for(self.process.wait(), patient(10)) == 0


async def gathered(server, room, peers):
    witness = await server.connect(room=room)
    ids = {peer.id for peer in peers}
    while not ids <= {m["id"] for m in (await witness.ask("users"))["members"]}:
        pass
    return witness


@pytest.mark.deadline(60)
@pytest.mark.parametrize("turn", range(3))
async def test_each_chats_with_the_others(server, room, turn):
    dialects = DIALECTS[turn:] + DIALECTS[:turn]
    peers = [await Peer.start(library, server, dialect, room)
             for library, dialect in zip(LIBRARIES, dialects)]
    witness = await gathered(server, room, peers)
    texts = []
    for peer in peers:
        texts.append(f"{peer.id} says \"hé\" ☃")
        peer.send(said(peer.dialect, texts[-1]))
        await witness.recv_until(content=texts[-1])
    for peer in peers:
        await peer.hear(texts)
    for peer in peers:
        await peer.end()


@pytest.mark.deadline(60)
async def test_binary_among_raw_clients(server, room):
    peers = [await Peer.start(library, server, "raw", room) for library in LIBRARIES]
    witness = await gathered(server, room, peers)
    frames = [bytes([n, 0, 255]) * 1000 for n in range(3)]
    for peer, frame in zip(peers, frames):
        peer.send(frame)
        await witness.recv_until(type="binary", content=base64.b64encode(frame).decode())
    for peer in peers:
        assert [await peer.frame() for _ in frames] == frames
        await peer.end()
