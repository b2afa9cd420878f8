# test_api_http.py - the server API as HTTP: who may, what is refused and how, bodies, connections
# SPDX-License-Identifier: MIT
import asyncio
import json

import pytest

from atrium import server_fixture
from atrium.api import Api, Failed
from atrium.http import read_head
from atrium.raw import RawSocket
from atrium.where import patient

server = server_fixture(gateway={"max_body": "8K", "handshake_timeout": "1s", "api_rate": 0})


@pytest.fixture
def api(server):
    return Api(server)


def error_of(got):
    return json.loads(got.body)["error"]


async def answer(raw):
    """(status, headers, body) of the next reply."""
    status, headers = await asyncio.wait_for(read_head(raw.reader), patient(8))
    size = int(headers.get("content-length", 0))
    return status, headers, await asyncio.wait_for(raw.reader.readexactly(size), patient(8))


async def ended(raw):
    return await asyncio.wait_for(raw.reader.read(), patient(8)) == b""


def head(api, length, path="/api/status", more=""):
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n").encode()


# ---- who


async def test_who_may_not(server, api):
    good = api.token
    wrong = [server.token("root", claims={"admin": True}, ttl=-60),
             server.token("root", claims={"admin": True})[:-2] + "AA", "x.y.z", "", "a b"]
    for token in wrong:
        api.token = token
        got = await api.post("status", {})
        assert got.status == 401 and error_of(got)["code"] == "unauthorized", token
        assert got.headers["www-authenticate"].startswith("Bearer")
    api.token = server.token("demo")
    got = await api.post("status", {})
    assert got.status == 403 and error_of(got)["code"] == "forbidden"
    got = await server.get("/api/status", method="POST", body=b"{}",
                           headers={"Content-Type": "application/json",
                                    "Cookie": f"token={good}; session={good}"})
    assert got.status == 401
    got = await server.get(f"/api/status?token={good}", method="POST", body=b"{}",
                           headers={"Content-Type": "application/json"})
    assert got.status == 401


async def test_no_body_is_read_of_who_may_not(server, api):
    """It is answered before the body has come."""
    raw = await RawSocket.dial(server.port)
    raw.write(head(api, 5000).replace(api.token.encode(), b"x.y.z"))
    assert (await answer(raw))[0] == 401


async def test_auth_is_away(new_server):
    server = new_server(gateway={"verdict_timeout": "300ms"})
    server.tolerate("verdict_timeout")
    server.kill("auth")
    got = await Api(server).post("status", {})
    assert got.status == 503 and error_of(got)["code"] == "unavailable"
    await server.start_async("auth")
    await server.until_status("/readyz", 200)
    await Api(server).status()


# ---- what


async def test_paths_and_methods(server, api):
    for path in ("/api/nope", "/api/", "/api/publish/", "/api/publish%20", "/api/ws/x"):
        got = await api.post(path[5:], {})
        assert got.status == 404 and error_of(got)["code"] == "unknown_method", path
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"):
        got = await server.get("/api/publish", method=method, headers={"Origin": "http://a.b"})
        assert got.status == 405 and got.headers["allow"] == "POST", method
        assert "access-control-allow-origin" not in got.headers
    assert (await server.get("/api/nope")).status == 404
    got = await api.post("status?x=1", {})
    assert got.status == 200


async def test_content_types(api):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx",
                 "application/json; charset=latin-1"):
        got = await api.post("status", {}, {"Content-Type": kind})
        assert got.status == 415 and error_of(got)["code"] == "not_json", kind
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        assert (await api.post("status", {}, {"Content-Type": kind})).status == 200


@pytest.mark.parametrize("body,code,what", [
    (b"{", "bad_json", "JSON"), (b"", "", ""), (b"[]", "bad_params", "object"),
    (b'{"a":"\xff"}', "bad_json", "JSON"), (b"{} {}", "bad_json", "JSON"),
    (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "too_deep", "deeply"),
    (b'{"x":1}', "bad_params", "`x`"), (b'{"limit":0}', "bad_params", "`limit`"),
    (b'{"limit":"1"}', "bad_params", "`limit`"), (b'{"match":""}', "bad_params", "`match`"),
    (b'{"limit":1,"l\\u0069mit":2}', "bad_params", "`limit` is there twice"),
])
async def test_bodies(api, body, code, what):
    got = await api.post("rooms", body)
    if not code:
        assert got.status == 200
    else:
        assert got.status == 400 and error_of(got)["code"] == code
        assert what in error_of(got)["message"]


@pytest.mark.parametrize("method,members,what", [
    ("publish", {"type": "t"}, "`room`"), ("publish", {"room": "r"}, "`type`"),
    ("publish", {"room": "a\nb", "type": "t"}, "`room`"), ("publish", {"room": 1, "type": "t"}, "`room`"),
    ("publish", {"room": "r", "type": "t" * 65}, "`type`"),
    ("publish", {"room": "r", "type": "t", "mid": ""}, "`mid`"),
    ("publish", {"room": "r", "type": "t", "mid": "m" * 65}, "`mid`"),
    ("publish", {"room": "r", "type": "t", "nickname": "Eve"}, "`nickname`"),
    ("publish", {"room": "r", "type": "t", "except": "a b"}, "`except`"),
    ("publish", {"room": "r", "type": "t", "ephemeral": 1}, "`ephemeral`"),
    ("send", {"type": "t"}, "`connection`"),
    ("send", {"type": "t", "connection": "a", "user": "b"}, "`connection`"),
    ("send", {"type": "t", "connection": "user:b"}, "`connection`"),
    ("broadcast", {"type": "t"}, "`rooms`"), ("broadcast", {"type": "t", "rooms": []}, "`rooms`"),
    ("broadcast", {"type": "t", "rooms": "a"}, "`rooms`"),
    ("broadcast", {"type": "t", "rooms": ["r"] * 129}, "`rooms`"),
    ("broadcast", {"type": "t", "rooms": "*", "all": True}, "`rooms`"),
    ("broadcast", {"type": "t", "all": False}, "`all`"), ("join", {"connection": "a"}, "`room`"),
    ("disconnect", {"connection": "a", "code": 1000}, "`code`"),
    ("disconnect", {"connection": "a", "code": 4999}, "`code`"),
    ("disconnect", {"connection": "a", "reason": "x" * 124}, "`reason`"),
    ("connections", {"after": "x"}, "`after`"), ("history", {"room": "r", "since": -1}, "`since`"),
    ("history", {"room": "r", "before": 0}, "`before`"),
    ("batch", {}, "`requests`"), ("batch", {"requests": []}, "`requests`"),
    ("batch", {"requests": [1]}, "`requests`"), ("batch", {"requests": [{}] * 101}, "`requests`"),
])
async def test_a_wrong_member_is_named(api, method, members, what):
    status, code, message = await api.fails(method, **members)
    assert (status, code) == (400, "bad_params") and what in message, message


# ---- bodies and connections


async def test_limits_of_a_body(server, api):
    pad = 8192 - len('{"room":"r","type":"t","x":""}')
    assert (await api.post("publish", b'{"room":"r","type":"t","x":"%s"}' % (b"x" * pad))).status == 200
    got = await api.post("publish", b'{"room":"r","type":"t","x":"%s"}' % (b"x" * (pad + 1)))
    assert got.status == 413 and error_of(got)["code"] == "too_large"
    raw = await RawSocket.dial(server.port)
    raw.write(head(api, 300000) + b"x" * 300000)
    assert (await answer(raw))[0] == 413 and await ended(raw)
    for line, status in ((b"Transfer-Encoding: chunked\r\n", 411), (b"", 411),
                         (b"Content-Length: x\r\n", 400), (b"Content-Length: -1\r\n", 400),
                         (b"Content-Length: 2\r\nContent-Length: 3\r\n", 400)):
        raw = await RawSocket.dial(server.port)
        raw.write(head(api, 7).replace(b"Content-Length: 7\r\n", line) + b"{}")
        got = await answer(raw)
        assert got[0] == status, line


async def test_a_slow_body(server, api):
    raw = await RawSocket.dial(server.port)
    raw.write(head(api, 10) + b"{")
    status, headers, body = await answer(raw)
    assert status == 408 and json.loads(body)["error"]["code"] == "late"
    assert headers["connection"] == "close" and await ended(raw)


async def test_a_body_in_pieces(server, api):
    raw = await RawSocket.dial(server.port)
    text = head(api, 12) + b'{"limit": 2}'
    text = text.replace(b"/api/status", b"/api/rooms")
    for n in range(len(text)):
        raw.write(text[n:n + 1])
        await raw.writer.drain()
    assert (await answer(raw))[0] == 200


async def test_requests_on_one_connection(server, api):
    raw = await RawSocket.dial(server.port)
    for _ in range(3):
        raw.write(head(api, 2) + b"{}")
        assert (await answer(raw))[0] == 200
    # all at once, and other things among them
    raw.write(b"".join([head(api, 2) + b"{}", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
                        head(api, 3, "/api/rooms") + b"{,}", head(api, 0), head(api, 2, "/api/nope") + b"{}",
                        head(api, 2, more="Connection: close\r\n") + b"{}"]))
    got = [(await answer(raw))[0] for _ in range(6)]
    assert got == [200, 200, 400, 200, 404, 200] and await ended(raw)


async def test_http_1_0(server, api):
    raw = await RawSocket.dial(server.port)
    raw.write(head(api, 2).replace(b"HTTP/1.1", b"HTTP/1.0") + b"{}")
    status, headers, _ = await answer(raw)
    assert status == 200 and headers["connection"] == "close" and await ended(raw)


async def test_who_goes_leaves_nothing_behind(server, api):
    for text in (head(api, 10), head(api, 10) + b"{", head(api, 2) + b"{}"):
        raw = await RawSocket.dial(server.port)
        raw.write(text)
        await raw.writer.drain()
        raw.writer.transport.abort()
    await api.status()
    await server.until_metrics(lambda m: m.get("atrium_gateway_api_waiting") == 0)


async def test_expect_continue(server, api):
    raw = await RawSocket.dial(server.port)
    raw.write(head(api, 2, more="Expect: 100-continue\r\n"))
    assert await asyncio.wait_for(raw.reader.readexactly(25), patient(8)) == b"HTTP/1.1 100 Continue\r\n\r\n"
    raw.write(b"{}")
    assert (await answer(raw))[0] == 200
    raw.write(head(api, 9000, more="Expect: 100-continue\r\n"))
    assert (await answer(raw))[0] == 413


async def test_curl_sends_a_large_body(server, api, room):
    body = json.dumps({"room": room, "type": "t", "x": "y" * 7000})
    process = await asyncio.create_subprocess_exec(
        "curl", "-s", "-S", "--fail-with-body", "-H", f"Authorization: Bearer {api.token}",
        "-H", "Content-Type: application/json", "-H", "Expect: 100-continue", "--data-binary", body,
        f"http://127.0.0.1:{server.port}/api/publish", stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0 and json.loads(out)["result"]["offset"] == 1


async def test_a_large_answer_to_a_slow_reader(server, api, room):
    for n in range(100):
        await api.publish(room=room, type="t", x="y" * 7000)
    raw = await RawSocket.dial(server.port, receive_buffer=4096)
    body = json.dumps({"room": room, "limit": 100}).encode()
    raw.write((head(api, len(body), "/api/history") + body) * 2)
    for _ in range(2):
        status, _, got = await answer(raw)
        assert status == 200 and len(json.loads(got)["result"]["messages"]) == 100


# ---- too much


async def test_too_fast(new_server):
    server = new_server(gateway={"api_rate": 5})
    api = Api(server)
    got = await asyncio.gather(*(api.post("status", {}) for _ in range(30)))
    statuses = [one.status for one in got]
    assert statuses.count(200) >= 10 and 429 in statuses
    got = await api.post("status", {})
    if got.status == 429:
        assert error_of(got)["code"] == "rate" and got.headers["retry-after"]
    await server.until_metrics(lambda m: m.get("atrium_gateway_api_rate_total") > 0)


async def test_too_many(new_server):
    server = new_server(gateway={"max_requests": 2})
    api = Api(server)
    raws = [await RawSocket.dial(server.port) for _ in range(2)]
    for raw in raws:
        raw.write(head(api, 2))
    await server.until_metrics(lambda m: m.get("atrium_gateway_api_waiting") == 2)
    got = await api.post("status", {})
    assert got.status == 503 and error_of(got)["code"] == "full"
    for raw in raws:
        raw.write(b"{}")
        assert (await answer(raw))[0] == 200
    await api.status()


async def test_without_websocket_there_is_no_api(new_server):
    server = new_server(gateway={"websocket": "no"})
    assert (await Api(server).post("status", {})).status == 404


async def test_failed_is_counted(server, api):
    names = [f"atrium_gateway_{name}_total" for name in ("api_errors", "body_too_large", "body_late")]
    before = await asyncio.to_thread(server.metrics)
    with pytest.raises(Failed):
        await api.rooms(limit=0)
    assert (await api.post("status", b"x" * 8193)).status == 413
    raw = await RawSocket.dial(server.port)
    raw.write(head(api, 10) + b"{")
    assert (await answer(raw))[0] == 408
    await server.until_metrics(lambda m: all(m.get(name) > before.get(name) for name in names))
