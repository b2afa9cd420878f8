# test_conformance.py - RFC 6455 and RFC 7692, case by case, however the bytes arrive
# SPDX-License-Identifier: MIT
#
# Each case is what a client sends, and what the server has to answer: messages are echoed, as a room
# of one hears its own. `feed` says how the bytes are cut: whole, each alone, or at random.
import asyncio
import contextlib
import json
import random
import struct
import zlib

import pytest

from atrium import raw as ws
from atrium import patient, server_fixture
from atrium.http import read_head

server = server_fixture(gateway={"compression": "yes", "compression_min": 1, "max_message": "1M",
                                 "max_queue": "64M", "rate_messages": 0, "rate_bytes": 0,
                                 "max_per_address": 0})

FEEDS = ("whole", "bytes", "random")


class Peer:
    """A raw connection that has been let in, and says what it says in pieces."""

    def __init__(self, raw, feed, seed):
        self.raw, self.feed, self.rng = raw, feed, random.Random(seed)

    async def write(self, *frames):
        data = b"".join(frames)
        if self.feed == "whole" or len(data) > 100000:
            self.raw.write(data)
            return
        at = 0
        while at < len(data):
            size = 1 if self.feed == "bytes" and len(data) < 3000 else self.rng.randint(1, 400)
            self.raw.write(data[at:at + size])
            with contextlib.suppress(ConnectionError):  # it may be closed before we have said all
                await self.raw.writer.drain()
            at += size

    async def echo(self, content):
        """The next message of the room is this."""
        got = await self.raw.message(type="m")
        assert got["c"] == content

    async def pong(self, payload):
        assert await self.raw.until(ws.PONG) == payload

    async def fails(self, *codes):
        """Closed with one of these codes, and TCP ends without our closing it."""
        code, _ = await self.raw.closed()
        assert code in codes

    async def closes(self, code):
        """Our close frame is answered with its own code, and TCP ends."""
        got, _ = await self.raw.closed()
        assert got == code


@pytest.fixture(params=FEEDS)
def peer(server, room, request):
    async def open_(offer=None):
        headers = {"Sec-WebSocket-Extensions": offer} if offer else None
        raw = await server.raw(f"/api/ws?room={room}&nickname=Peer", headers=headers)
        assert raw.status == 101
        await raw.message(type="system", content="Peer joined the room")
        return Peer(raw, request.param, request.node.name)
    return open_


def text(content, **options):
    """A frame with a message that will be echoed."""
    return ws.frame(ws.TEXT, message(content), **options)


def message(content):
    return json.dumps({"type": "m", "c": content}, ensure_ascii=False).encode()


def fragments(payload, size, opcode=ws.TEXT, rsv=0):
    """Frames of `size` bytes."""
    cuts = range(0, max(len(payload), 1), size)
    return [ws.frame(opcode if at == 0 else ws.MORE, payload[at:at + size],
                     fin=at + size >= len(payload), rsv=0 if at else rsv) for at in cuts]


# ---- section 4: the handshake

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
USUAL = {"Host": "x", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
         "Sec-WebSocket-Key": KEY}


async def handshake(server, request="GET /api/ws HTTP/1.1", *more, **fields):
    """(status, headers); `fields` by name with _ for -, None leaves one out."""
    lines = dict(USUAL)
    for name, value in fields.items():
        lines[name.replace("_", "-")] = value
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    raw = await ws.RawSocket.dial(server.port)
    raw.write((request + "\r\n" + text + "".join(f"{line}\r\n" for line in more) + "\r\n").encode())
    return await asyncio.wait_for(read_head(raw.reader), patient(8))


async def test_a_handshake_is_answered_with_what_its_key_makes(server):
    status, headers = await handshake(server)
    assert status == 101 and headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert headers["upgrade"].lower() == "websocket" and headers["connection"].lower() == "upgrade"
    assert "sec-websocket-protocol" not in headers and "sec-websocket-extensions" not in headers


@pytest.mark.parametrize("fields", [
    {"Upgrade": "WebSocket"}, {"Upgrade": "foo, WEBSOCKET"}, {"Connection": "keep-alive, upgrade"},
    {"Connection": "UPGRADE"}, {"X-Unknown": "anything"}, {"Host": "example.org:8100"},
    {"Sec_WebSocket_Protocol": "bearer"}, {"User-Agent": "x" * 4000}], ids=str)
async def test_handshakes_that_are_good(server, fields):
    assert (await handshake(server, **fields))[0] == 101


@pytest.mark.parametrize("status,request_line,more,fields", [
    (405, "POST /api/ws HTTP/1.1", (), {"Content-Length": "0"}),
    (405, "PUT /api/ws HTTP/1.1", (), {"Content-Length": "0"}),
    (400, "GET /api/ws HTTP/1.0", (), {}),
    (400, "GET /api/ws HTTP/2.0", (), {}),
    (400, "GET /api/ws", (), {}),
    (404, "GET /nowhere HTTP/1.1", (), {}),
    (400, None, (), {"Host": None}),
    (400, None, (), {"Host": ""}),
    (400, None, ("Host: y",), {}),
    (426, None, (), {"Upgrade": None}),
    (426, None, (), {"Upgrade": "foo"}),
    (400, None, (), {"Connection": None}),
    (400, None, (), {"Connection": "keep-alive"}),
    (400, None, (), {"Sec-WebSocket-Key": None}),
    (400, None, (), {"Sec-WebSocket-Key": ""}),
    (400, None, (), {"Sec-WebSocket-Key": "c2hvcnQ="}),
    (400, None, (), {"Sec-WebSocket-Key": "x" * 24}),
    (400, None, (), {"Sec-WebSocket-Key": "x" * 23 + "="}),
    (400, None, (), {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25-ZQ=="}),
    (400, None, (), {"Sec-WebSocket-Key": "A" * 26 + "=="}),
    (400, None, (f"Sec-WebSocket-Key: {KEY}",), {}),
    (403, None, (), {"Origin": "https://elsewhere.example"}),
    (400, None, (), {"Sec-WebSocket-Extensions": "a b"}),
    (400, None, (), {"Sec-WebSocket-Protocol": "chat, superchat"}),
])
async def test_handshakes_that_are_none(server, status, request_line, more, fields):
    got, headers = await handshake(server, request_line or "GET /api/ws HTTP/1.1", *more, **fields)
    assert got == status and "sec-websocket-accept" not in headers


@pytest.mark.parametrize("version", [None, "", "0", "8", "12", "14", "013", "13, 8", "x"])
async def test_other_versions_are_told_which_one_is_spoken(server, version):
    status, headers = await handshake(server, Sec_WebSocket_Version=version)
    assert status == 426 and headers["sec-websocket-version"] == "13"
    assert headers["upgrade"].lower() == "websocket"


async def test_the_subprotocol_that_is_answered_was_offered(server):
    _, headers = await handshake(server, Sec_WebSocket_Protocol=f"bearer, {server.token()}")
    assert headers["sec-websocket-protocol"] == "bearer"


# ---- 1: frames

@pytest.mark.parametrize("size", [0, 100, 101, 102, 103, 104, 105, 200, 5000, 65400, 65500, 65600])
async def test_text_of_every_length_form(peer, size):
    p = await peer()
    await p.write(text("x" * size))
    await p.echo("x" * size)


async def test_an_empty_message_is_answered(peer):
    p = await peer()
    await p.write(ws.frame(ws.TEXT))
    await p.raw.message(type="error", code="bad_json")
    await p.write(ws.frame(ws.TEXT, fin=False), ws.frame(ws.MORE, fin=False), ws.frame(ws.MORE))
    await p.raw.message(type="error", code="bad_json")


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
async def test_binary_is_refused_where_it_has_no_meaning(peer, size):
    p = await peer()
    await p.write(ws.frame(ws.BINARY, b"\xfe" * size))
    await p.fails(1003)


# ---- 2: pings and pongs

@pytest.mark.parametrize("payload", [b"", b"hello", bytes(range(125)), b"\xff\xfe" * 62])
async def test_a_ping_is_answered_with_its_payload(peer, payload):
    p = await peer()
    await p.write(ws.frame(ws.PING, payload))
    await p.pong(payload)


async def test_ten_pings_are_ten_pongs(peer):
    p = await peer()
    await p.write(*(ws.frame(ws.PING, b"%d" % n) for n in range(10)))
    for n in range(10):
        await p.pong(b"%d" % n)


async def test_a_ping_too_long_fails(peer):
    p = await peer()
    await p.write(ws.frame(ws.PING, b"x" * 126))
    await p.fails(1002)


async def test_pongs_that_no_one_asked_for_are_nothing(peer):
    p = await peer()
    await p.write(ws.frame(ws.PONG), ws.frame(ws.PONG, b"x"), ws.frame(ws.PING, b"y"))
    await p.pong(b"y")
    await p.write(text("still there"))
    await p.echo("still there")


# ---- 3: reserved bits

@pytest.mark.parametrize("rsv", range(1, 8))
@pytest.mark.parametrize("opcode", [ws.TEXT, ws.BINARY, ws.PING, ws.PONG, ws.CLOSE])
async def test_reserved_bits_fail(peer, rsv, opcode):
    p = await peer()
    await p.write(text("before"))
    await p.echo("before")
    await p.write(ws.frame(opcode, b"", rsv=rsv), ws.frame(ws.PING, b"after"))
    await p.fails(1002)


# ---- 4: reserved opcodes

@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("payload", [b"", b"x"])
async def test_reserved_opcodes_fail(peer, opcode, payload):
    p = await peer()
    await p.write(text("before"))
    await p.echo("before")
    await p.write(ws.frame(opcode, payload), ws.frame(ws.PING, b"after"))
    await p.fails(1002)


# ---- 5: fragments

@pytest.mark.parametrize("opcode", [ws.PING, ws.PONG, ws.CLOSE])
async def test_control_frames_in_fragments_fail(peer, opcode):
    p = await peer()
    await p.write(ws.frame(opcode, b"\x03", fin=False), ws.frame(ws.MORE, b"\xe8"))
    await p.fails(1002)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_fragments_are_put_together(peer, size):
    p = await peer()
    await p.write(*fragments(message("fragment " * 10), size))
    await p.echo("fragment " * 10)


async def test_control_frames_between_fragments(peer):
    p = await peer()
    frames = fragments(message("one two three"), 5)
    between = [frame for n, frame in enumerate(frames)
               for frame in (frame, ws.frame(ws.PING, b"%d" % n), ws.frame(ws.PONG, b"x"))]
    await p.write(*between)
    for n in range(len(frames) - 1):
        await p.pong(b"%d" % n)
    await p.echo("one two three")


@pytest.mark.parametrize("fin", [True, False])
async def test_a_continuation_of_nothing_fails(peer, fin):
    p = await peer()
    await p.write(ws.frame(ws.MORE, b"x", fin=fin), text("not heard"))
    await p.fails(1002)


async def test_a_continuation_after_the_end_fails(peer):
    p = await peer()
    await p.write(*fragments(message("whole"), 9))
    await p.echo("whole")
    await p.write(ws.frame(ws.MORE, b"more"))
    await p.fails(1002)


@pytest.mark.parametrize("opcode", [ws.TEXT, ws.BINARY])
async def test_a_message_within_a_message_fails(peer, opcode):
    p = await peer()
    await p.write(ws.frame(ws.TEXT, b"{", fin=False), ws.frame(opcode, b"x"))
    await p.fails(1002)


# ---- 6: UTF-8

VALID = ["", "κόσμε", "\x7f", "\x80", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff",
         "\U00010000", "\U0010ffff", "\ufdd0", "\U0001fffe", "e\u0301", "\ufeff"]
INVALID = [b"\x80", b"\xbf", b"\x80\xbf\x80", b"\xc2", b"\xe0\xa0", b"\xf0\x90\x80", b"\xc0\xaf",
           b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80",
           b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf",
           b"\xed\xa0\x80\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xfe", b"\xff",
           b"\xe2\x28\xa1", b"\xf0\x28\x8c\xbc", b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce"]


@pytest.mark.parametrize("content", VALID, ids=ascii)
async def test_valid_utf8_in_one_frame_and_in_many(peer, content):
    p = await peer()
    await p.write(text(content), *fragments(message(content), 1))
    await p.echo(content)
    await p.echo(content)


@pytest.mark.parametrize("payload", INVALID, ids=bytes.hex)
async def test_invalid_utf8_fails(peer, payload):
    p = await peer()
    await p.write(ws.frame(ws.TEXT, b'"' + payload + b'"'))
    await p.fails(1007)
    p = await peer()
    await p.write(*fragments(b'"' + payload + b'"', 1))
    await p.fails(1007)


async def test_invalid_utf8_fails_before_its_message_ends(peer):
    """In a fragment that more are to follow, and within a frame of which more is to come."""
    p = await peer()
    await p.write(ws.frame(ws.TEXT, b"\xce\xba\xe1\xbd\xb9\xf4\x90", fin=False))
    await p.fails(1007)
    p = await peer()
    await p.write(ws.frame(ws.TEXT, b"\xce\xba\xf4\x90\x80\x80" + b"x" * 100)[:20])
    await p.fails(1007)


# ---- 7: closing

@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
                                  1014, 3000, 3999, 4000, 4999])
@pytest.mark.parametrize("reason", [b"", "Grüße".encode(), b"x" * 123])
async def test_a_close_is_answered_with_its_code(peer, code, reason):
    p = await peer()
    await p.write(ws.frame(ws.CLOSE, ws.close_payload(code, reason)))
    await p.closes(code)


async def test_a_close_without_a_code_is_answered_without(peer):
    p = await peer()
    await p.write(ws.frame(ws.CLOSE))
    await p.closes(1005)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000,
                                  65535])
async def test_codes_that_may_not_be_sent_fail(peer, code):
    p = await peer()
    await p.write(ws.frame(ws.CLOSE, ws.close_payload(code)))
    await p.fails(1002)


@pytest.mark.parametrize("payload,code", [
    (b"\x03", 1002), (ws.close_payload(1000, b"x" * 124), 1002),
    (ws.close_payload(1000, b"\xce\xba\xed\xa0\x80"), 1007)], ids=["short", "long", "utf8"])
async def test_close_payloads_that_are_wrong_fail(peer, payload, code):
    p = await peer()
    await p.write(ws.frame(ws.CLOSE, payload))
    await p.fails(code)


@pytest.mark.parametrize("after", [ws.frame(ws.PING, b"x"), text("after"), ws.frame(ws.CLOSE),
                                   ws.frame(ws.MORE, b"x"), b"\xff" * 50],
                         ids=["ping", "text", "close", "continuation", "garbage"])
async def test_what_follows_a_close_is_nothing(peer, after):
    p = await peer()
    await p.write(ws.frame(ws.TEXT, b"{", fin=False) + ws.frame(ws.CLOSE, ws.close_payload(1000)) +
                  after)
    await p.closes(1000)


# ---- masks and lengths

@pytest.mark.parametrize("opcode", [ws.TEXT, ws.PING, ws.CLOSE])
async def test_unmasked_frames_fail(peer, opcode):
    p = await peer()
    await p.write(ws.frame(opcode, b"", mask=False))
    await p.fails(1002)


@pytest.mark.parametrize("key", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\x01\x02\x03"])
async def test_any_mask_will_do(peer, key):
    p = await peer()
    body = message("masked")
    masked = bytes(byte ^ key[n % 4] for n, byte in enumerate(body))
    await p.write(bytes([0x81, 0x80 | len(body)]) + key + masked)
    await p.echo("masked")


@pytest.mark.parametrize("head", [
    b"\x81\xfe\x00\x7d", b"\x81\xfe\x00\x00", b"\x81\xff" + struct.pack(">Q", 65535),
    b"\x81\xff" + struct.pack(">Q", 1), b"\x81\xff" + struct.pack(">Q", 1 << 63),
    b"\x81\xff" + b"\xff" * 8], ids=bytes.hex)
async def test_lengths_in_a_form_that_is_not_theirs_fail(peer, head):
    p = await peer()
    await p.write(head + b"mask" + b"x" * 20)
    await p.fails(1002)


# ---- 9: limits

@pytest.mark.parametrize("size", [1 << 16, 1 << 18, (1 << 20) - 100])
@pytest.mark.parametrize("fragment", [0, 1000, 1 << 16])
async def test_large_messages(peer, size, fragment):
    p = await peer()
    body = message("x" * size)
    await p.write(*(fragments(body, fragment) if fragment else [ws.frame(ws.TEXT, body)]))
    await p.echo("x" * size)


@pytest.mark.parametrize("fragment", [0, 1000, 1 << 16])
async def test_one_byte_too_many_fails(peer, fragment):
    p = await peer()
    body = message("x" * (1 << 20))
    await p.write(*(fragments(body, fragment) if fragment else [ws.frame(ws.TEXT, body)]))
    await p.fails(1009)


@pytest.mark.parametrize("size", [10, 500])
async def test_many_messages_at_once(peer, size):
    p = await peer()
    await p.write(*(text(f"{n} " + "x" * size) for n in range(500)))
    for n in range(500):
        await p.echo(f"{n} " + "x" * size)


# ---- 12 and 13: compression

OFFERS = ["permessage-deflate", "permessage-deflate; client_max_window_bits",
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
          "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8",
          "permessage-deflate; server_max_window_bits=15, permessage-deflate",
          "permessage-deflate; server_max_window_bits=9"]


def compressed(content, **options):
    return ws.frame(ws.TEXT, ws.deflate(message(content)), rsv=ws.RSV1, **options)


@pytest.mark.parametrize("offer", OFFERS)
async def test_compressed_messages_of_many_sizes(peer, offer):
    p = await peer(offer)
    assert "permessage-deflate" in p.raw.headers["sec-websocket-extensions"]
    for size in (0, 1, 50, 300, 3000, 30000, 300000):
        content = "abc äöü " * (size // 8) + "x" * (size % 8)
        await p.write(compressed(content))
        await p.echo(content)
        await p.write(text(content))
        await p.echo(content)


@pytest.mark.parametrize("size", [1, 3, 50])
async def test_compressed_in_fragments_with_pings_between(peer, size):
    p = await peer(OFFERS[0])
    data = fragments(ws.deflate(message("compressed " * 20)), size, rsv=ws.RSV1)
    await p.write(*(part for frame in data for part in (ws.frame(ws.PING, b"x"), frame)))
    for _ in data:
        await p.pong(b"x")
    await p.echo("compressed " * 20)


async def test_compressed_and_plain_in_turn(peer):
    p = await peer(OFFERS[0])
    await p.write(*(compressed(f"c{n}") + text(f"p{n}") for n in range(20)))
    for n in range(20):
        await p.echo(f"c{n}")
        await p.echo(f"p{n}")


@pytest.mark.parametrize("level", [0, 1, 9])
@pytest.mark.parametrize("strategy", [zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_FIXED])
async def test_every_kind_of_block(peer, level, strategy):
    p = await peer(OFFERS[0])
    maker = zlib.compressobj(level, zlib.DEFLATED, -9, 1, strategy)
    body = message("every kind of block " * 500)
    half = len(body) // 2
    data = (maker.compress(body[:half]) + maker.flush(zlib.Z_SYNC_FLUSH) +
            maker.compress(body[half:]) + maker.flush(zlib.Z_SYNC_FLUSH))[:-4]
    await p.write(ws.frame(ws.TEXT, data, rsv=ws.RSV1))
    await p.echo("every kind of block " * 500)


@pytest.mark.parametrize("rsv", [1, 2, 3, 5, 6, 7])
async def test_other_reserved_bits_fail_all_the_same(peer, rsv):
    p = await peer(OFFERS[0])
    await p.write(ws.frame(ws.TEXT, ws.deflate(b"x"), rsv=rsv))
    await p.fails(1002)


@pytest.mark.parametrize("payload", INVALID[:4], ids=bytes.hex)
async def test_compressed_text_is_checked(peer, payload):
    p = await peer(OFFERS[0])
    await p.write(*fragments(ws.deflate(b'"' + payload + b'"'), 2, rsv=ws.RSV1))
    await p.fails(1007)
