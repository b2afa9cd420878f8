# test_origin.py - which pages may connect
# SPDX-License-Identifier: MIT
import pytest

from atrium import server_fixture

server = server_fixture()


@pytest.mark.parametrize("origin", ["http://evil.example", "https://evil.example:8443", "null",
                                    "http://127.0.0.1.evil.example", "http://localhost.evil.example",
                                    "file://", "http://evil.example/127.0.0.1", "nonsense",
                                    "http://evil@127.0.0.1.example"])
async def test_a_foreign_origin_gets_403(server, origin):
    raw = await server.raw(headers={"Origin": origin})
    assert raw.status == 403


@pytest.mark.parametrize("origin", ["http://127.0.0.1:3000", "http://localhost:3000",
                                    "https://localhost", "http://[::1]:3000", "http://LOCALHOST:1"])
async def test_loopback_may(server, origin):
    assert (await server.raw(headers={"Origin": origin})).status == 101


async def test_no_origin_is_no_browser(server):
    assert (await server.raw()).status == 101


@pytest.mark.parametrize("host,origin,status", [
    ("chat.example", "https://chat.example", 101),
    ("chat.example:8100", "http://chat.example:8100", 101),
    ("chat.example", "https://other.example", 403),
    ("chat.example", "https://sub.chat.example", 403),
    ("chat.example", "https://chat.example.evil.example", 403),
])
async def test_the_same_host_may(server, host, origin, status):
    raw = await server.raw(headers={"Host": host, "Origin": origin})
    assert raw.status == status


@pytest.mark.parametrize("origins,origin,status", [
    ("https://app.example https://other.example", "https://app.example", 101),
    ("https://app.example https://other.example", "https://other.example", 101),
    ("https://app.example", "https://app.example:8443", 403),
    ("https://app.example", "http://app.example", 403),
    ("https://app.example", "https://evil.example", 403),
    ("*", "https://anything.example", 101),
])
async def test_a_list_of_origins(new_server, origins, origin, status):
    server = new_server(gateway={"origins": origins})
    assert (await server.raw(headers={"Origin": origin})).status == status


async def test_refusals_are_counted(new_server):
    server = new_server(metrics={"interval": "200ms"})
    for _ in range(3):
        await server.raw(headers={"Origin": "http://evil.example"})
    await server.until_metrics(lambda m: m.get("atrium_gateway_refused_origin_total") == 3)
