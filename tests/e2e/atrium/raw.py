# raw.py - WebSocket frames by hand, for what no library would send
# SPDX-License-Identifier: MIT
import asyncio
import base64
import json
import os
import socket
import struct
import zlib

from .authority import way_to
from .http import read_head
from .where import patient

TEXT, BINARY, CLOSE, PING, PONG, MORE = 1, 2, 8, 9, 10, 0


def frame(opcode, payload=b"", *, fin=True, mask=True, rsv=0):
    """The bytes of a client's frame."""
    if isinstance(payload, str):
        payload = payload.encode()
    head = bytes([fin << 7 | rsv << 4 | opcode])
    bit = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", len(payload))
    if not mask:
        return head + payload
    key = os.urandom(4)
    stream = (key * (len(payload) // 4 + 1))[:len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")
    return head + key + masked.to_bytes(len(payload), "big")


RSV1 = 4  # of `rsv`: the message is compressed
DEFLATE = "permessage-deflate"


def deflate(payload, level=6):
    """As RFC 7692 section 7.2.1 wants it."""
    if isinstance(payload, str):
        payload = payload.encode()
    maker = zlib.compressobj(level, zlib.DEFLATED, -15)
    return (maker.compress(payload) + maker.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflate(payload, bits=15):
    return zlib.decompressobj(-bits).decompress(payload + b"\0\0\xff\xff")


def close_payload(code, reason=b""):
    return struct.pack(">H", code) + reason


class RawSocket:
    """A TCP connection, after open() with its handshake done or refused (see status)."""

    live = []

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.status, self.headers = None, {}
        self.bits = 15  # of the window that what comes is inflated with
        self.compressed = False  # the last frame was
        RawSocket.live.append(self)

    @classmethod
    async def dial(cls, port, receive_buffer=None, tls=None):
        port, tls = way_to(port, tls)
        sock = socket.socket()
        sock.setblocking(False)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        return cls(*await asyncio.open_connection(
            sock=sock, limit=2048 if receive_buffer else 2**20, ssl=tls,
            server_hostname="127.0.0.1" if tls else None))

    @classmethod
    async def open(cls, port, target="/api/ws", headers=None, without=(), receive_buffer=None,
                   tls=None, behind=b""):
        """
        `without`: names of usual headers to leave out; `behind`: bytes that follow the head at
        once; `tls`: an ssl.SSLContext, for wss.
        """
        self = await cls.dial(port, receive_buffer, tls)
        lines = {"Host": f"127.0.0.1:{port}", "Connection": "Upgrade", "Upgrade": "websocket",
                 "Sec-WebSocket-Version": "13",
                 "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), **(headers or {})}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if name not in without)
        self.write(f"GET {target} HTTP/1.1\r\n{text}\r\n".encode("latin-1") + behind)
        self.status, self.headers = await asyncio.wait_for(read_head(self.reader), patient(8))
        return self

    def write(self, data):
        self.writer.write(data)

    def send(self, opcode, payload=b"", **options):
        self.write(frame(opcode, payload, **options))

    def say(self, **message):
        self.send(TEXT, json.dumps(message))

    async def frame(self, seconds=8):
        """(opcode, payload) of the next frame; None at the end of the connection."""
        return await asyncio.wait_for(self._frame(), patient(seconds))

    async def _frame(self):
        try:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                size, = struct.unpack(">H", await self.reader.readexactly(2))
            elif size == 127:
                size, = struct.unpack(">Q", await self.reader.readexactly(8))
            payload = b""
            while len(payload) < size:  # the reader's own limit may be small
                piece = await self.reader.read(size - len(payload))
                if not piece:
                    return None
                payload += piece
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        assert first & 0x80 and not second & 0x80, "a server's frame is whole and not masked"
        self.compressed = bool(first & 0x40)
        if self.compressed:
            assert DEFLATE in self.headers["sec-websocket-extensions"] and first & 0x0F < CLOSE
            payload = inflate(payload, self.bits)
        assert not first & 0x30, "reserved bits"
        return first & 0x0F, payload

    async def until(self, opcode, seconds=8):
        """The payload of the next frame of this kind."""
        while True:
            got = await self.frame(seconds)
            assert got is not None, f"the connection ended before opcode {opcode}"
            if got[0] == opcode:
                return got[1]

    async def message(self, **members):
        """The next JSON message that has these members."""
        while True:
            message = json.loads(await self.until(TEXT))
            if all(message.get(name) == value for name, value in members.items()):
                return message

    async def closing(self, seconds=8):
        """The code of the close frame; None at the end of the connection."""
        while (got := await self.frame(seconds)) is not None:
            if got[0] == CLOSE:
                return struct.unpack(">H", got[1][:2])[0] if got[1] else 1005
        return None

    async def closed(self, seconds=8):
        """Code and reason of the close frame; (None, "") where there is none. TCP has ended then."""
        code, reason = None, ""
        while True:
            got = await self.frame(seconds)
            if got is None:
                return code, reason
            if got[0] == CLOSE and code is None:
                code = struct.unpack(">H", got[1][:2])[0] if got[1] else 1005
                reason = got[1][2:].decode()
                self.send(CLOSE, got[1][:2])

    def abort(self):
        self.writer.transport.abort()
