# test_closes.py - RFC 6455: frames, fragments, and what ends a connection with which code
# SPDX-License-Identifier: MIT
import json

import pytest

from atrium import raw as ws
from atrium import server_fixture

server = server_fixture()

BAD_UTF8 = [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80",
            b"\xf0\x80\x80\x80", b"\xc3("]


@pytest.fixture
def open_raw(server, room):
    """A raw connection that has been let in."""
    async def open_():
        raw = await server.raw(f"/api/ws?room={room}&nickname=Raw")
        assert raw.status == 101
        await raw.message(type="system")
        return raw
    return open_


def text_with(payload):
    return b'{"type":"message","content":"' + payload + b'"}'


async def test_binary_closes_with_1003(open_raw):
    raw = await open_raw()
    raw.send(ws.BINARY, b"\x00\x01")
    code, reason = await raw.closed()
    assert code == 1003 and reason


@pytest.mark.parametrize("payload", BAD_UTF8)
async def test_invalid_utf8_closes_with_1007(open_raw, payload):
    raw = await open_raw()
    raw.send(ws.TEXT, text_with(payload))
    assert (await raw.closed())[0] == 1007


@pytest.mark.parametrize("payload", BAD_UTF8)
async def test_invalid_utf8_across_frames_closes_with_1007(open_raw, payload):
    raw = await open_raw()
    text = text_with(payload)
    cut = text.index(payload) + max(1, len(payload) - 1)
    raw.send(ws.TEXT, text[:cut], fin=False)
    raw.send(ws.MORE, text[cut:])
    assert (await raw.closed())[0] == 1007


async def test_utf8_may_be_cut_anywhere(open_raw):
    raw = await open_raw()
    text = text_with("é€🦊".encode())
    for cut in range(len(text) + 1):
        raw.send(ws.TEXT, text[:cut], fin=False)
        raw.send(ws.MORE, text[cut:])
        assert (await raw.message(type="message"))["content"] == "é€🦊"


async def test_a_byte_a_frame_and_pings_between(open_raw):
    raw = await open_raw()
    text = text_with("é€🦊".encode())
    for at in range(len(text)):
        raw.send(ws.TEXT if at == 0 else ws.MORE, text[at:at + 1], fin=False)
        if at % 10 == 0:
            raw.send(ws.PING, b"%d" % at)
            assert await raw.until(ws.PONG) == b"%d" % at
    raw.send(ws.MORE)
    assert (await raw.message(type="message"))["content"] == "é€🦊"


async def test_a_frame_byte_by_byte_on_the_wire(open_raw):
    raw = await open_raw()
    for byte in ws.frame(ws.TEXT, text_with(b"slow")):
        raw.write(bytes([byte]))
        await raw.writer.drain()
    assert (await raw.message(type="message"))["content"] == "slow"


async def test_many_frames_in_one_segment(open_raw):
    raw = await open_raw()
    raw.write(b"".join(ws.frame(ws.TEXT, text_with(b"%d" % n)) for n in range(200)))
    for n in range(200):
        assert (await raw.message(type="message"))["content"] == str(n)


@pytest.mark.parametrize("payload", [b"", b"x", b"x" * 125, bytes(range(125))])
async def test_ping_is_answered_with_its_payload(open_raw, payload):
    raw = await open_raw()
    raw.send(ws.PING, payload)
    assert await raw.until(ws.PONG) == payload


async def test_an_unasked_pong_is_nothing(open_raw):
    raw = await open_raw()
    raw.send(ws.PONG, b"unasked")
    raw.say(type="ping", ref=1)
    await raw.message(type="pong", ref=1)


@pytest.mark.parametrize("size", [65537, 70000, 10**6])
async def test_too_big_a_message_closes_with_1009(open_raw, size):
    raw = await open_raw()
    raw.send(ws.TEXT, b"x" * size)
    code, reason = await raw.closed()
    assert code == 1009 and reason


async def test_a_header_that_promises_too_much_is_enough(open_raw):
    raw = await open_raw()
    raw.write(b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 100)
    assert await raw.closing() in (1009, 1002)


async def test_too_big_in_fragments_closes_with_1009(open_raw):
    raw = await open_raw()
    raw.send(ws.TEXT, b"x" * 30000, fin=False)
    raw.send(ws.MORE, b"x" * 30000, fin=False)
    raw.send(ws.MORE, b"x" * 30000, fin=False)
    assert (await raw.closed())[0] == 1009


async def test_endless_small_fragments_close_with_1009(open_raw):
    raw = await open_raw()
    raw.send(ws.TEXT, b"x" * 100, fin=False)
    raw.write(ws.frame(ws.MORE, b"x" * 100, fin=False) * 700)
    assert (await raw.closed())[0] == 1009


async def test_the_largest_message_in_fragments(open_raw):
    raw = await open_raw()
    text = b'{"type":"big","c":"' + b"x" * (65536 - 21) + b'"}'
    assert len(text) == 65536
    for at in range(0, 65536, 8192):
        raw.send(ws.TEXT if at == 0 else ws.MORE, text[at:at + 8192], fin=at + 8192 >= 65536)
    got = await raw.message(type="big")
    assert len(got["c"]) == 65536 - 21


PROTOCOL_ERRORS = {
    "unmasked text": ws.frame(ws.TEXT, b'{"type":"ping"}', mask=False),
    "unmasked ping": ws.frame(ws.PING, b"x", mask=False),
    "reserved bit 1": ws.frame(ws.TEXT, b'{"type":"ping"}', rsv=4),
    "reserved bit 2": ws.frame(ws.TEXT, b'{"type":"ping"}', rsv=2),
    "reserved bit 3": ws.frame(ws.TEXT, b'{"type":"ping"}', rsv=1),
    "opcode 3": ws.frame(3, b"x"),
    "opcode 11": ws.frame(11, b"x"),
    "fragmented ping": ws.frame(ws.PING, b"x", fin=False),
    "long ping": ws.frame(ws.PING, b"x" * 126),
    "continuation of nothing": ws.frame(ws.MORE, b"x"),
    "text within a fragmented text": ws.frame(ws.TEXT, b"a", fin=False) + ws.frame(ws.TEXT, b"b"),
    "close with one byte": ws.frame(ws.CLOSE, b"\x03"),
    "close with 999": ws.frame(ws.CLOSE, ws.close_payload(999)),
    "close with 1004": ws.frame(ws.CLOSE, ws.close_payload(1004)),
    "close with 1005": ws.frame(ws.CLOSE, ws.close_payload(1005)),
    "close with 1006": ws.frame(ws.CLOSE, ws.close_payload(1006)),
    "close with 1016": ws.frame(ws.CLOSE, ws.close_payload(1016)),
    "close with 5000": ws.frame(ws.CLOSE, ws.close_payload(5000)),
}


@pytest.mark.parametrize("what", PROTOCOL_ERRORS)
async def test_protocol_errors_close_with_1002(open_raw, what):
    raw = await open_raw()
    raw.write(PROTOCOL_ERRORS[what])
    assert await raw.closing() == 1002


async def test_close_reason_that_is_no_utf8(open_raw):
    raw = await open_raw()
    raw.send(ws.CLOSE, ws.close_payload(1000, b"\xff\xfe"))
    assert await raw.closing() in (1002, 1007)


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 3000, 4999])
async def test_close_is_answered_and_tcp_ends(open_raw, code):
    raw = await open_raw()
    raw.send(ws.CLOSE, ws.close_payload(code, b"bye"))
    got, _ = await raw.closed()
    assert got == code


async def test_close_without_a_code_is_answered(open_raw):
    raw = await open_raw()
    raw.send(ws.CLOSE)
    assert (await raw.closed())[0] in (1000, 1005)


async def test_what_follows_a_close_is_not_heard(server, room, open_raw):
    jane = await server.connect(room=room)
    raw = await open_raw()
    raw.write(ws.frame(ws.TEXT, text_with(b"before")) + ws.frame(ws.CLOSE, ws.close_payload(1000))
              + ws.frame(ws.TEXT, text_with(b"after")))
    await jane.recv_until(type="message", content="before")
    await jane.recv_until(type="system", content="Raw left the room")
    await jane.expect_silence(passing=("rooms", "users_update"))
    assert not jane.received(content="after")


async def test_what_was_sent_before_a_bad_frame_is_heard(server, room, open_raw):
    jane = await server.connect(room=room)
    raw = await open_raw()
    raw.write(ws.frame(ws.TEXT, text_with(b"before")) + ws.frame(ws.BINARY, b"x"))
    assert (await raw.closed())[0] == 1003
    await jane.recv_until(type="message", content="before")


async def test_a_bad_frame_of_one_is_no_matter_to_another(server, room, open_raw):
    jane = await server.connect(room=room)
    for what in PROTOCOL_ERRORS.values():
        raw = await open_raw()
        raw.write(what)
        await raw.closing()
    jane.send("message", content="fine")
    await jane.recv_until(type="message", content="fine")


async def test_a_connection_that_ends_within_a_frame(server, room, open_raw):
    jane = await server.connect(room=room)
    raw = await open_raw()
    raw.write(ws.frame(ws.TEXT, text_with(b"x" * 1000))[:500])
    await raw.writer.drain()
    raw.abort()
    jane.send("message", content="fine")
    await jane.recv_until(type="message", content="fine")


# ---- handshake

@pytest.mark.parametrize("headers,without,statuses", [
    ({}, ("Sec-WebSocket-Key",), (400, 426)),
    ({"Sec-WebSocket-Version": "12"}, (), (400, 426)),
    ({}, ("Upgrade",), (400, 426)),
    ({}, ("Upgrade", "Connection"), (426,)),
    ({}, ("Host",), (400,)),
])
async def test_handshakes_that_are_none(server, headers, without, statuses):
    raw = await server.raw(headers=headers, without=without)
    assert raw.status in statuses


async def test_compression_is_not_agreed_to(server):
    raw = await server.raw(headers={"Sec-WebSocket-Extensions":
                                    "permessage-deflate; server_no_context_takeover"})
    assert raw.status == 101 and "sec-websocket-extensions" not in raw.headers


async def test_an_unknown_subprotocol_is_not_agreed_to(server):
    raw = await server.raw(headers={"Sec-WebSocket-Protocol": "chat, superchat"})
    if raw.status == 101:
        assert "sec-websocket-protocol" not in raw.headers


async def test_huge_headers_end_the_connection_only(server, room):
    jane = await server.connect(room=room)
    raw = await ws.RawSocket.dial(server.port)
    raw.write(b"GET /api/ws HTTP/1.1\r\nHost: x\r\nX-Big: " + b"x" * 100000 + b"\r\n\r\n")
    try:
        assert not (data := await raw.reader.read()) or data.startswith((b"HTTP/1.1 4",
                                                                         b"HTTP/1.0 4"))
    except ConnectionError:
        pass
    jane.send("message", content="fine")
    await jane.recv_until(type="message", content="fine")


async def test_messages_sent_at_once_with_the_handshake(server, room):
    """A client need not wait for welcome: what it sends before is heard after it."""
    raw = await server.raw(f"/api/ws?room={room}")
    raw.say(type="message", content="early", ref=1)
    first = json.loads(await raw.until(ws.TEXT))
    assert first["type"] == "welcome"
    assert (await raw.message(type="message"))["content"] == "early"
