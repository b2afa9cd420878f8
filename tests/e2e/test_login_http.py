# test_login_http.py - signing in as HTTP: bodies in time and in limits, connections, what is refused
# SPDX-License-Identifier: MIT
import asyncio
import json

import pytest

from atrium import server_fixture
from atrium.api import Api
from atrium.http import read_head
from atrium.raw import RawSocket
from atrium.where import patient

PATIENT = {"handshake_timeout": "60s", "verdict_timeout": "60s"}
server = server_fixture(gateway=PATIENT, auth={"login_burst": 1000})


async def answer(raw):
    """(status, headers, what the body says) of the next reply."""
    status, headers = await asyncio.wait_for(read_head(raw.reader), patient(30))
    size = int(headers.get("content-length", 0))
    return status, headers, json.loads(await asyncio.wait_for(raw.reader.readexactly(size), patient(8)))


async def ended(raw):
    return await asyncio.wait_for(raw.reader.read(), patient(8)) == b""


def text(body, path="guest", length=None, more="", method="POST", media="application/json"):
    length = len(body) if length is None else length
    return (f"{method} /api/auth/{path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media}\r\n"
            f"Content-Length: {length}\r\n{more}\r\n").encode() + body


GUEST = b'{"nickname":"Visitor"}'
ME = b"GET /api/auth/me HTTP/1.1\r\nHost: x\r\n\r\n"


async def dial(server, **options):
    await server.until_status("/readyz", 200)
    return await RawSocket.dial(server.port, **options)


async def test_several_on_one_connection(server):
    raw = await dial(server)
    raw.write(text(GUEST) + text(b"{}", "logout") + ME + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    status, headers, got = await answer(raw)
    assert status == 200 and got["nickname"] == "Visitor" and "connection" not in headers
    assert headers["cache-control"] == "no-store"
    status, headers, got = await answer(raw)
    assert status == 200 and headers["set-cookie"].startswith("atrium_token=;") and got == {}
    assert (await answer(raw))[2]["anonymous"] is True
    status, headers = await asyncio.wait_for(read_head(raw.reader), patient(8))
    assert status == 200 and await raw.reader.readexactly(2) == b"ok"
    raw.write(text(GUEST, more="Connection: close\r\n"))
    assert (await answer(raw))[0] == 200 and await ended(raw)


async def test_a_slow_body(new_server):
    raw = await dial(new_server(gateway={"handshake_timeout": "1s"}))
    raw.write(text(b"{", length=30))
    status, headers, got = await answer(raw)
    assert status == 408 and got["error"]["code"] == "late" and headers["connection"] == "close"
    assert await ended(raw)


async def test_every_split_of_a_body(server):
    raw = await dial(server)
    whole = text(GUEST)
    for at in range(len(whole) - len(GUEST) - 2, len(whole)):
        raw.write(whole[:at])
        await raw.writer.drain()
        await server.get("/healthz")
        raw.write(whole[at:])
        assert (await answer(raw))[0] == 200, at


async def test_expect_continue(server):
    raw = await dial(server)
    raw.write(text(b"", length=len(GUEST), more="Expect: 100-continue\r\n"))
    assert await asyncio.wait_for(raw.reader.readexactly(25), patient(8)) == b"HTTP/1.1 100 Continue\r\n\r\n"
    raw.write(GUEST)
    assert (await answer(raw))[0] == 200
    raw.write(text(b"", length=5000, more="Expect: 100-continue\r\n"))
    assert (await answer(raw))[0] == 413


REFUSED = {
    "another method": (text(b"{}", method="PUT"), 405, "method"),
    "GET": (b"GET /api/auth/login HTTP/1.1\r\nHost: x\r\n\r\n", 405, "method"),
    "POST to what is read": (text(b"{}", "me"), 405, "method"),
    "a GET with a body": (text(b"{}", "me", method="GET"), 400, "body"),
    "series are read": (text(b"{}").replace(b"auth/guest", b"series/10m"), 405, "method"),
    "chunked": (text(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked"), 411, "length_required"),
    "no length": (text(b"").replace(b"Content-Length: 0\r\n", b""), 411, "length_required"),
    "a charset": (text(GUEST, media="application/json; charset=latin1"), 415, "not_json"),
    "no type": (text(GUEST).replace(b"Content-Type", b"X-Type"), 415, "not_json"),
    "nothing": (text(b""), 400, "bad_request"),
    "two origins": (text(GUEST, more="Origin: http://x\r\nOrigin: http://evil.example\r\n"), 403, "origin"),
    "large": (text(b" " * 100000), 413, "too_large"),
    "no such path": (text(GUEST, "else"), 404, "unknown_method"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_refused(server, what):
    sent, status, code = REFUSED[what]
    raw = await dial(server)
    raw.write(sent)
    got, headers, body = await answer(raw)
    assert got == status and body["error"]["code"] == code
    if status == 405:
        reads = b"/me" in sent or b"series" in sent
        assert headers["allow"].split(", ")[0] == ("GET" if reads else "POST")


async def test_the_oldest_whose_body_has_not_come_makes_room(new_server):
    server = new_server(gateway={**PATIENT, "max_logins": 2, "max_requests": 1})
    raws = [await dial(server) for _ in range(2)]
    for n, raw in enumerate(raws):
        raw.write(text(b"{", length=len(GUEST)))
        await server.until_metrics(lambda m, n=n: m.get("atrium_gateway_logins_waiting") == n + 1)
    third = await dial(server)
    third.write(text(GUEST))
    assert (await answer(third))[0] == 200
    status, headers, got = await answer(raws[0])
    assert status == 503 and got["error"]["code"] == "full" and headers["retry-after"]
    raws[1].write(GUEST[1:])
    assert (await answer(raws[1]))[0] == 200
    assert (await Api(server).status())["gateways"], "the server API is not held up by them"
    await server.until_metrics(lambda m: m.get("atrium_gateway_logins_waiting") == 0
                               and m.get("atrium_gateway_logins_full_total") == 1)


async def test_who_goes_leaves_nothing_behind(server):
    for sent in (text(b"", length=10), text(b"{", length=10), text(GUEST), ME):
        raw = await dial(server)
        raw.write(sent)
        await raw.writer.drain()
        raw.writer.transport.abort()
    await server.until_metrics(lambda m: m.get("atrium_gateway_logins_waiting") == 0)


async def test_over_https(new_server, authority):
    server = new_server(gateway={**PATIENT, **authority.issue("login", 1)})
    await server.until_status("/readyz", 200)
    raw = await RawSocket.dial(server.tls_ports["gateway"], tls=authority.trusted())
    body = b'{"nickname":"Visitor","cookie":true}'
    for at in (1, 10, len(text(body)) - 1):
        raw.write(text(body)[:at])
        await raw.writer.drain()
        raw.write(text(body)[at:])
        status, headers, got = await answer(raw)
        assert status == 200 and "token" not in got and headers["set-cookie"].endswith("; Secure")
    cookie = headers["set-cookie"].split(";")[0]
    raw.write(ME[:-2] + f"Cookie: {cookie}\r\n\r\n".encode())
    assert (await answer(raw))[2]["nickname"] == "Visitor"
    raw.write(text(b" " * 5000))
    assert (await answer(raw))[0] == 413


async def test_without_websocket_no_one_signs_in(new_server):
    server = new_server(gateway={"websocket": "no"})
    raw = await RawSocket.dial(server.port)
    raw.write(text(GUEST) + ME)
    for _ in range(2):
        assert (await answer(raw))[0] == 404
