# test_http_raw.py - requests as no well-behaved client sends them
# SPDX-License-Identifier: MIT
import asyncio
import json
import os

import pytest

from atrium import server_fixture
from atrium.http import read_head
from atrium.raw import RawSocket
from atrium.where import patient

LARGE = os.urandom(1 << 16) * 128
OK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def write_files(server):
    os.makedirs(server.static, exist_ok=True)
    with open(os.path.join(server.static, "large.bin"), "wb") as file:
        file.write(LARGE)
    with open(os.path.join(server.static, "a.css"), "wb") as file:
        file.write(b"p{}")


server = server_fixture(prepare=write_files)


async def answer(raw, body=True):
    """(status, headers, body) of the next reply."""
    status, headers = await asyncio.wait_for(read_head(raw.reader), patient(8))
    size = int(headers.get("content-length", 0)) if body else 0
    return status, headers, await asyncio.wait_for(raw.reader.readexactly(size), patient(8))


async def ended(raw):
    """Nothing more comes."""
    return await asyncio.wait_for(raw.reader.read(), patient(8)) == b""


async def test_requests_sent_at_once_are_answered_in_order(server):
    raw = await RawSocket.dial(server.port)
    raw.write(b"GET /static/a.css HTTP/1.1\r\nHost: x\r\n\r\n"
              b"HEAD /static/a.css HTTP/1.1\r\nHost: x\r\n\r\n"
              b"GET /static/b/.. HTTP/1.1\r\nHost: x\r\n\r\n" + OK +
              b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await answer(raw))[2] == b"p{}"
    status, headers, _ = await answer(raw, body=False)
    assert status == 200 and headers["content-length"] == "3"
    assert (await answer(raw))[0] in (200, 404)
    assert (await answer(raw))[2] == b"ok"
    status, headers, _ = await answer(raw)
    assert status == 404 and headers["connection"] == "close"
    assert await ended(raw)


async def test_a_slow_reader_gets_all_and_its_next_answer(server):
    raw = await RawSocket.dial(server.port, receive_buffer=4096)
    raw.write(b"GET /static/large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
    raw.write(OK)
    # others are served meanwhile
    assert (await server.get("/healthz")).status == 200
    assert (await answer(raw))[2] == LARGE
    assert (await answer(raw))[2] == b"ok"


@pytest.mark.skipif(bool(os.environ.get("ATRIUM_TLS")), reason="asyncio ends no half of TLS")
async def test_half_a_connection_is_enough_for_an_answer(server):
    raw = await RawSocket.dial(server.port, receive_buffer=4096)
    raw.write(b"GET /static/large.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    raw.writer.write_eof()
    assert (await answer(raw))[2] == LARGE
    assert await ended(raw)


async def test_many_requests_before_any_answer_is_read(server):
    count = 3000
    raw = await RawSocket.dial(server.port, receive_buffer=4096)
    raw.write(OK * count)
    for _ in range(count):
        assert (await answer(raw))[2] == b"ok"


async def test_who_leaves_in_the_middle_leaves_nothing_behind(server):
    for _ in range(5):
        raw = await RawSocket.dial(server.port, receive_buffer=4096)
        raw.write(b"GET /static/large.bin HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        await answer(raw, body=False)
        raw.writer.transport.abort()
    assert (await server.get("/static/large.bin")).body == LARGE


@pytest.mark.parametrize("size,status", [(1, 405), (1000, 405), (65536, 405), (65537, 413),
                                         (500000, 413)])
async def test_what_is_uploaded_is_read_before_the_end(server, size, status):
    raw = await RawSocket.dial(server.port)
    raw.write(b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
    raw.write(b"x" * size)
    got, headers, _ = await answer(raw)
    assert got == status and headers["connection"] == "close"
    assert await ended(raw)


@pytest.mark.parametrize("first", [b"", OK], ids=["first", "second"])
@pytest.mark.parametrize("text,status", [
    (b"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 400),
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
    (b"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    (b"GET /healthz?x=%0d%0aHost:y HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
    (b"PUT /static/a.css HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    (b"POST /api/ws HTTP/1.1\r\nHost: x\r\n\r\n", 405),
])
async def test_refused(server, first, text, status):
    raw = await RawSocket.dial(server.port)
    if first:
        raw.write(first)
        assert (await answer(raw))[0] == 200
    raw.write(text)
    got, headers, _ = await answer(raw)
    assert got == status
    if status == 405:
        assert "GET" in headers["allow"]


@pytest.mark.parametrize("first", [b"", OK], ids=["first", "second"])
@pytest.mark.parametrize("text,status", [
    (b"CONNECT /x HTTP/1.1\r\nHost: x\r\n\r\n", 501), (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400), (b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nX: a\nOrigin: b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 431),
])
async def test_refused_before_it_is_looked_at(server, first, text, status):
    raw = await RawSocket.dial(server.port)
    if first:
        raw.write(first)
        assert (await answer(raw))[0] == 200
    raw.write(text)
    got, _, body = await answer(raw)
    assert got == status and json.loads(body)["error"]["message"]
    assert await ended(raw)


async def test_other_upgrades_are_not_taken_up(server):
    for protocol in ("h2c", "TLS/1.0", "foo"):
        got = await server.get("/healthz", headers={"Connection": "Upgrade", "Upgrade": protocol})
        assert got.status == 200 and got.body == b"ok"


async def test_an_upgrade_on_a_kept_connection(server):
    raw = await RawSocket.dial(server.port)
    for protocol in ("", "foo"):
        upgrade = f"Connection: Upgrade\r\nUpgrade: {protocol}\r\n" if protocol else ""
        raw.write(f"GET /healthz HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n".encode())
        assert (await answer(raw))[0] == 200
    assert (await server.get("/healthz")).status == 200


async def test_http_1_0(server):
    raw = await RawSocket.dial(server.port)
    raw.write(b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    status, headers, _ = await answer(raw)
    assert status == 200 and headers["connection"] == "keep-alive"
    raw.write(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert (await answer(raw))[1]["connection"] == "close"
    assert await ended(raw)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/a.css", "/nothing", "/api/ws"])
async def test_every_answer_is_guarded(server, path):
    headers = (await server.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer" and headers["date"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
