# test_deflate.py - permessage-deflate (RFC 7692): who agrees on it, and what comes of it
# SPDX-License-Identifier: MIT
import asyncio
import json
import os
import random
import zlib

import pytest

from atrium import Server, patient, server_fixture
from atrium import raw as ws

server = server_fixture(gateway={"compression": "yes", "max_message": "64K"},
                        metrics={"interval": "200ms"})

ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
WORDS = "the quick brown fox jumps over a lazy dog and runs far away into the woods".split()


def offer(text=ws.DEFLATE):
    return {"Sec-WebSocket-Extensions": text}


@pytest.fixture
def open_raw(server, room):
    """A raw connection that has agreed on compression and has been let in."""
    async def open_(text=ws.DEFLATE, bits=15, nickname="Raw"):
        raw = await server.raw(f"/api/ws?room={room}&nickname={nickname}", headers=offer(text))
        assert raw.status == 101
        raw.bits = bits
        await raw.message(type="system", content=f"{nickname} joined the room")
        return raw
    return open_


def text_with(payload):
    return b'{"type":"message","content":"' + payload + b'"}'


def prose(rng, size):
    text = ""
    while len(text) < size:
        text += rng.choice(WORDS) + " "
    return text[:size]


async def counters(server, *names):
    """How much each has grown: `grown = await counters(...)`, and later `await grown()`."""
    def of(samples):
        return {name: samples.get(f"atrium_gateway_{name}_total") or 0 for name in names}

    before, seen, reports = {}, {}, []

    def settled(samples):
        """Two reports of each process later, what an earlier test did is counted."""
        before.update(of(samples))
        reports.append(samples.get("atrium_metrics_reports_total") or 0)
        return reports[-1] >= reports[0] + 8

    await server.until_metrics(settled)

    async def grown(condition):
        def look(samples):
            now = of(samples)
            seen.update({name: now[name] - before[name] for name in names})
            return condition(seen)
        try:
            await server.until_metrics(look)
        except AssertionError:
            raise AssertionError(f"grown by {seen}") from None
    return grown


# ---- what is agreed on

@pytest.mark.parametrize("text,answer", [
    (ws.DEFLATE, ANSWER),
    ("permessage-deflate; client_max_window_bits", ANSWER),
    ("permessage-deflate; client_no_context_takeover; client_max_window_bits=9", ANSWER),
    ("permessage-deflate; server_max_window_bits=\"9\"", ANSWER + "; server_max_window_bits=9"),
    ("foo; a=\"b\" , permessage-deflate; x, permessage-deflate", ANSWER),
    ("permessage-deflate; server_max_window_bits=16", None),
    ("permessage-deflate; server_max_window_bits", None),
    ("permessage-deflate; client_max_window_bits; client_max_window_bits", None),
    ("permessage-deflate; unknown", None),
    ("permessage-bzip2", None),
    ("", None),
    ("foo" * 1000, None),
])
async def test_offers(server, text, answer):
    raw = await server.raw(headers=offer(text))
    assert raw.status == 101 and raw.headers.get("sec-websocket-extensions") == answer
    raw.say(type="ping", ref=1)
    await raw.message(type="pong", ref=1)


async def test_offers_in_several_lines(server):
    raw = await server.raw(headers=offer(
        "permessage-deflate; x\r\nSec-WebSocket-Extensions: permessage-deflate"))
    assert raw.headers["sec-websocket-extensions"] == ANSWER


@pytest.mark.parametrize("text", ["permessage-deflate; =", "a b", "a;", "permessage-deflate, \"x\""])
async def test_a_malformed_list_is_no_handshake(server, text):
    assert (await server.raw(headers=offer(text))).status == 400


async def test_no_other_answer_names_an_extension(server):
    answer = await server.get("/healthz", headers=offer())
    assert "sec-websocket-extensions" not in answer.headers
    answer = await server.raw(headers={**offer(), "Sec-WebSocket-Version": "12"})
    assert answer.status == 426 and "sec-websocket-extensions" not in answer.headers


async def test_on_a_connection_that_has_served_a_request(server):
    raw = await ws.RawSocket.dial(server.port)
    raw.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await raw.reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
    raw.write(b"GET /api/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
              b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
    assert ANSWER.encode() in await raw.reader.readuntil(b"\r\n\r\n")


# ---- what is said

@pytest.mark.deadline(60)
async def test_compressed_and_plain_clients_hear_the_same(server, room):
    rng = random.Random(7)
    clients = [await server.connect(room=room, nickname=f"C{n}",
                                    compression="deflate" if n % 2 else None) for n in range(4)]
    raws, fits = {}, {9: 512, 12: 4096, 15: 65536}
    for bits in fits:
        raws[bits] = await server.raw(f"/api/ws?room={room}&nickname=Raw{bits}", headers=offer(
            f"permessage-deflate; server_max_window_bits={bits}"))
        raws[bits].bits = bits
        await raws[bits].message(type="system", content=f"Raw{bits} joined the room")
    for client in clients:
        await client.recv_until(type="system", content="Raw15 joined the room")
    grown = await counters(server, "deflated", "deflated_in_vain")
    sizes = [rng.choice([0, 10, 200, 300, 600, 3000, 20000, 60000]) for _ in range(120)]
    for n, size in enumerate(sizes):
        noise = n % 10 == 0
        content = os.urandom(size // 2).hex() if noise and size else prose(rng, size)
        await clients[n % 4].send("message", content=content, n=n, noise=noise)
    heard = []
    for client in clients:
        await client.recv_until(30, type="message", n=len(sizes) - 1, nickname="C3")
        heard.append([m.raw for m in client.received(type="message")])
    for bits, raw in raws.items():
        heard.append([])
        while len(heard[-1]) < len(heard[0]):
            text = (await raw.until(ws.TEXT)).decode()
            if json.loads(text)["type"] == "message":
                heard[-1].append(text)
                # who has a small window gets no more of a message than fits into it
                assert raw.compressed == (256 <= len(text) <= fits[bits])
    assert len(heard[0]) == len(sizes) and all(one == heard[0] for one in heard)
    large = [text for text in heard[0] if 256 <= len(text) <= 65536]
    # once for all five of them; what was said as they came may be among it
    await grown(lambda d: len(large) <= d["deflated"] < 2 * len(large) and
                d["deflated_in_vain"] == 0)


async def test_control_frames_are_never_compressed(open_raw):
    raw = await open_raw()
    raw.send(ws.PING, b"x" * 125)
    assert await raw.until(ws.PONG) == b"x" * 125  # frame() would not take RSV1
    raw.send(ws.CLOSE, ws.close_payload(1000, b"bye"))
    assert (await raw.closed())[0] == 1000


async def test_a_compressed_message_is_heard_by_all(server, room, open_raw):
    jane = await server.connect(room=room, nickname="Jane")
    raw = await open_raw()
    grown = await counters(server, "inflated", "inflated_bytes_in", "inflated_bytes_out")
    text = text_with(b"hello " * 5000)
    raw.send(ws.TEXT, ws.deflate(text), rsv=ws.RSV1)
    raw.send(ws.TEXT, text_with(b"plain"))
    for client in (jane.recv_until, raw.message):
        assert (await client(type="message"))["content"] == "hello " * 5000
        assert (await client(type="message"))["content"] == "plain"
    await grown(lambda d: d["inflated"] == 1 and d["inflated_bytes_out"] == len(text) and
                d["inflated_bytes_in"] == len(ws.deflate(text)))


async def test_fragments_cut_anywhere_and_pings_between(open_raw):
    raw = await open_raw()
    data = ws.deflate(text_with("é€🦊 hello hello".encode()))
    for cut in range(len(data) + 1):
        raw.send(ws.TEXT, data[:cut], fin=False, rsv=ws.RSV1)
        raw.send(ws.PING, b"%d" % cut)
        raw.send(ws.MORE, data[cut:])
        assert await raw.until(ws.PONG) == b"%d" % cut
        assert (await raw.message(type="message"))["content"] == "é€🦊 hello hello"
    for at in range(len(data)):
        raw.send(ws.MORE if at else ws.TEXT, data[at:at + 1], fin=False, rsv=0 if at else ws.RSV1)
    raw.send(ws.MORE)
    assert (await raw.message(type="message"))["content"] == "é€🦊 hello hello"


async def test_an_empty_compressed_message(open_raw):
    raw = await open_raw()
    raw.send(ws.TEXT, b"\0", rsv=ws.RSV1)
    await raw.message(type="error", code="bad_json")
    raw.say(type="ping", ref=1)
    await raw.message(type="pong", ref=1)


@pytest.mark.parametrize("data", [
    b"\x00\x24\x00\xdb\xff" + text_with(b"Hello") + b"\x00",
    zlib.compress(text_with(b"Hello"), wbits=-15) + b"\x00",
    zlib.compress(text_with(b"Hello"), wbits=-15),
], ids=["stored", "final block and an empty one", "final block"])
async def test_other_ways_to_compress(open_raw, data):
    raw = await open_raw()
    raw.send(ws.TEXT, data, rsv=ws.RSV1)
    assert (await raw.message(type="message"))["content"] == "Hello"


# ---- what breaks the rules

HELLO = ws.deflate(text_with(b"Hello"))
WRONG = {
    "compressed ping": (1002, ws.frame(ws.PING, HELLO, rsv=ws.RSV1)),
    "compressed pong": (1002, ws.frame(ws.PONG, HELLO, rsv=ws.RSV1)),
    "compressed close": (1002, ws.frame(ws.CLOSE, b"", rsv=ws.RSV1)),
    "RSV1 in a later fragment": (1002, ws.frame(ws.TEXT, HELLO[:3], fin=False, rsv=ws.RSV1) +
                                 ws.frame(ws.MORE, HELLO[3:], rsv=ws.RSV1)),
    "RSV1 only in a later fragment": (1002, ws.frame(ws.TEXT, b"abc", fin=False) +
                                      ws.frame(ws.MORE, HELLO[3:], rsv=ws.RSV1)),
    "RSV1 and RSV2": (1002, ws.frame(ws.TEXT, HELLO, rsv=6)),
    "RSV1 and RSV3": (1002, ws.frame(ws.TEXT, HELLO, rsv=5)),
    "RSV2": (1002, ws.frame(ws.TEXT, HELLO, rsv=2)),
    "no deflate": (1007, ws.frame(ws.TEXT, b"\xff\xff", rsv=ws.RSV1)),
    "plain text that says it is compressed": (1007, ws.frame(ws.TEXT, text_with(b"Hello"),
                                                             rsv=ws.RSV1)),
    "cut short": (1007, ws.frame(ws.TEXT, HELLO[:-3], rsv=ws.RSV1)),
    "nothing": (1007, ws.frame(ws.TEXT, b"", rsv=ws.RSV1)),
    "no UTF-8 inside": (1007, ws.frame(ws.TEXT, ws.deflate(text_with(b"\xff")), rsv=ws.RSV1)),
    "binary": (1003, ws.frame(ws.BINARY, HELLO, rsv=ws.RSV1)),
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_wrong_closes(open_raw, what):
    raw = await open_raw()
    code, data = WRONG[what]
    raw.write(data)
    got, reason = await raw.closed()
    assert got == code and reason


async def test_without_an_offer_nothing_may_be_compressed(server):
    raw = await server.raw()
    raw.send(ws.TEXT, HELLO, rsv=ws.RSV1)
    assert await raw.closing() == 1002


async def test_context_is_not_taken_over(open_raw):
    raw = await open_raw()
    maker = zlib.compressobj(6, zlib.DEFLATED, -15)
    for n in range(2):
        data = maker.compress(text_with(b"the same again")) + maker.flush(zlib.Z_SYNC_FLUSH)
        raw.send(ws.TEXT, data[:-4], rsv=ws.RSV1)
        if n == 0:
            await raw.message(type="message", content="the same again")
    assert (await raw.closed())[0] == 1007


async def test_too_big_when_inflated_closes_with_1009(server, open_raw):
    raw = await open_raw()
    grown = await counters(server, "inflate_too_big")
    fits = b'{"type":"big","c":"' + b"x" * (65536 - 21) + b'"}'
    raw.send(ws.TEXT, ws.deflate(fits), rsv=ws.RSV1)
    await raw.message(type="big")
    raw.send(ws.TEXT, ws.deflate(fits + b" "), rsv=ws.RSV1)
    assert (await raw.closed())[0] == 1009
    await grown(lambda d: d["inflate_too_big"] == 1)


async def test_too_big_as_it_comes_closes_with_1009(open_raw):
    raw = await open_raw()
    raw.send(ws.TEXT, b"\0" * 80000, rsv=ws.RSV1)
    assert (await raw.closed())[0] == 1009
    raw = await open_raw()
    raw.send(ws.TEXT, b"\0" * 60000, fin=False, rsv=ws.RSV1)
    raw.send(ws.MORE, b"\0" * 60000, fin=False)
    assert (await raw.closed())[0] == 1009


def memory_of(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def seconds_of(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.deadline(60)
async def test_bombs_cost_little(server, room, open_raw):
    """60 MB each in 64 KB: no more than max_message is inflated, in memory that all share."""
    jane = await server.connect(room=room)
    bomb = ws.deflate(bytes(60 << 20), 9)
    assert len(bomb) < 65536
    raw = await open_raw()
    raw.send(ws.TEXT, bomb, rsv=ws.RSV1)
    assert (await raw.closed())[0] == 1009
    before, spent = memory_of(server["gateway"]), seconds_of(server["gateway"])
    for _ in range(50):
        raw = await open_raw()
        raw.send(ws.TEXT, bomb, rsv=ws.RSV1)
        assert (await raw.closed())[0] == 1009
    assert memory_of(server["gateway"]) - before < patient(4 << 20)
    # to inflate them would take at least 50 * 0.1 s
    assert seconds_of(server["gateway"]) - spent < patient(2)
    jane.send("message", content="fine")
    await jane.recv_until(type="message", content="fine")


async def test_blocks_that_hold_nothing_are_bounded_too(open_raw):
    raw = await open_raw()
    empty = zlib.compress(b"", wbits=-15)
    raw.send(ws.TEXT, empty * (65536 // len(empty)) + HELLO, rsv=ws.RSV1)
    assert (await raw.message(type="message"))["content"] == "Hello"


async def test_what_is_inflated_counts_as_bytes_said(new_server, room):
    server = new_server(gateway={"compression": "yes", "rate_bytes": "1K",
                                 "rate_bytes_burst": "100K", "rate_patience": 0})
    raw = await server.raw(f"/api/ws?room={room}", headers=offer())
    for _ in range(20):
        raw.send(ws.TEXT, ws.deflate(text_with(b"x" * 60000)), rsv=ws.RSV1)
    assert (await raw.closed())[0] == 4529


# ---- settings

async def test_off_it_is_not_agreed_to(new_server):
    server = new_server()
    raw = await server.raw(headers=offer())
    assert raw.status == 101 and "sec-websocket-extensions" not in raw.headers


async def test_turned_off_while_connections_have_agreed_on_it(new_server, room):
    server = new_server(gateway={"compression": "yes", "compression_min": 1,
                                 "compression_level": 9})
    raw = await server.raw(f"/api/ws?room={room}", headers=offer())
    raw.send(ws.TEXT, ws.deflate(text_with(b"a" * 100)), rsv=ws.RSV1)
    await raw.message(type="message")
    assert raw.compressed
    server.settings["gateway"].update(compression="no")
    server.write_conf()
    server["gateway"].kill(1)  # SIGHUP
    await asyncio.to_thread(server["gateway"].wait_line, "reload")
    raw.send(ws.TEXT, ws.deflate(text_with(b"b" * 100)), rsv=ws.RSV1)
    await raw.message(type="message", content="b" * 100)
    assert not raw.compressed
    assert "sec-websocket-extensions" not in (await server.raw(headers=offer())).headers


async def test_how_many_have_agreed(server, room, open_raw):
    before = []
    await server.until_metrics(lambda m: before.append(m.get("atrium_gateway_compressing")) or True)
    raw = await open_raw()
    await server.until_metrics(lambda m: m.get("atrium_gateway_compressing") > 0)
    raw.abort()
    for other in ws.RawSocket.live:
        other.abort()
    await server.until_metrics(lambda m: m.get("atrium_gateway_compressing") == 0)


# ---- node

NODE = """
const WebSocket = require("/usr/share/nodejs/ws");
const sizes = [0, 10, 300, 5000, 60000];
const socket = new WebSocket(process.argv[1], { perMessageDeflate: { threshold: 0 } });
const came = [];
socket.on("error", (error) => { console.error(error); process.exit(1); });
socket.on("close", (code) => process.exit(code === 1000 && came.length === sizes.length ? 0 : 1));
socket.on("message", (data) => {
  const message = JSON.parse(data);
  if (message.type === "welcome") {
    for (const size of sizes) socket.send(JSON.stringify({ type: "m", text: "ab".repeat(size / 2) }));
  }
  if (message.type === "m" && came.push(message.text.length) === sizes.length) {
    console.log(JSON.stringify([socket.extensions, came]));
    socket.close(1000);
  }
});
"""


async def test_node_ws(server, room):
    node = await asyncio.create_subprocess_exec(
        "node", "-e", NODE, f"ws://127.0.0.1:{server.port}/api/ws?room={room}",
        stdout=asyncio.subprocess.PIPE)
    output, _ = await node.communicate()
    assert node.returncode == 0
    extensions, came = json.loads(output)
    assert extensions.startswith("permessage-deflate") and came == [0, 10, 300, 5000, 60000]


def test_settings_are_checked():
    for key, value in (("compression_level", 0), ("compression_level", 10), ("compression_min", 0)):
        with pytest.raises(AssertionError):
            Server(gateway={key: value})
