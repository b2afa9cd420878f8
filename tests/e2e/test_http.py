# test_http.py - what the gateway says to plain HTTP
# SPDX-License-Identifier: MIT
import pytest

from atrium import server_fixture

server = server_fixture()


async def test_healthz(server):
    answer = await server.get("/healthz")
    assert answer.status == 200 and answer.headers["cache-control"] == "no-store"


async def test_readyz(server):
    answer = await server.until_status("/readyz", 200)
    assert answer.headers["cache-control"] == "no-store"


async def test_not_ready_while_the_hub_is_down(new_server):
    server = new_server()
    await server.until_status("/readyz", 200)
    server.kill("hub")
    await server.until_status("/readyz", 503)
    assert (await server.get("/healthz")).status == 200
    server.start("hub")
    await server.until_status("/readyz", 200)


@pytest.mark.parametrize("path", ["/nothing", "/api", "/api/ws/x/y", "/ws/a/b", "/static", "/.git",
                                  "/healthz/x", "/WS"])
async def test_no_such_path(server, path):
    assert (await server.get(path)).status == 404


@pytest.mark.parametrize("path", ["/nothing", "/healthz", "/static/x"])
async def test_no_websocket_there(server, path):
    assert (await server.raw(path)).status in (400, 404, 426)


@pytest.mark.parametrize("path", ["/api/ws", "/ws", "/ws?room=x&nickname=y"])
async def test_a_plain_get_of_a_websocket(server, path):
    answer = await server.get(path)
    assert answer.status == 426
    assert answer.headers.get("upgrade", "").lower() == "websocket"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/healthz", "/api/ws", "/static/x"])
async def test_other_methods(server, method, path):
    answer = await server.get(path, method=method, body=b"x" * 100)
    assert 400 <= answer.status < 500


async def test_a_chunked_post_does_not_hang(server):
    answer = await server.get("/healthz", method="POST", headers={"Transfer-Encoding": "chunked"},
                              body=b"5\r\nhello\r\n0\r\n\r\n")
    assert 400 <= answer.status < 500


async def test_h2c_is_refused(server):
    answer = await server.get("/healthz", headers={"Connection": "Upgrade, HTTP2-Settings",
                                                   "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"})
    assert answer.status != 101


@pytest.mark.parametrize("env,settings", [({"WS_ENABLED": "false"}, {}),
                                          ({}, {"gateway": {"websocket": "no"}})])
async def test_websocket_off(new_server, env, settings):
    server = new_server(env=env, **settings)
    for path in ("/api/ws", "/ws", "/ws/room", "/connect"):
        assert (await server.raw(path)).status == 404
        assert (await server.get(path)).status == 404
    assert (await server.get("/healthz")).status == 200
    assert server.metrics().get("atrium_hub_gateways") == 0


@pytest.mark.parametrize("value", ["true", "1", "yes"])
async def test_websocket_on(new_server, value):
    server = new_server(env={"WS_ENABLED": value})
    assert (await server.raw()).status == 101
