# test_addresses.py - connections of one address, and whose address it is behind a proxy
# SPDX-License-Identifier: MIT
import json
import signal

import pytest

from atrium import server_fixture, until_async

server = server_fixture(gateway={"max_per_address": 3, "trusted_proxies": "127.0.0.1, 10.0.0.0/8"},
                        metrics={"interval": "200ms"}, hub={"grace": "0"})


def behind(*addresses):
    return {"X-Forwarded-For": ", ".join(addresses)}


async def test_one_too_many_of_an_address(server, room):
    mine = [await server.raw(f"/api/ws?room={room}", headers=behind("1.1.1.1")) for _ in range(3)]
    before = server.metrics().get("atrium_gateway_refused_address_total")
    one_more = await server.raw(headers=behind("1.1.1.1"))
    assert one_more.status == 429 and int(one_more.headers["retry-after"]) > 0
    body = json.loads(await one_more.reader.read())
    assert body["error"]["code"] == "too_many_from_address" and body["error"]["message"]
    assert (await server.raw(headers=behind("1.1.1.2"))).status == 101
    await server.until_metrics(
        lambda m: m.get("atrium_gateway_refused_address_total") == before + 1)
    mine.pop().abort()

    async def again():
        raw = await server.raw(headers=behind("1.1.1.1"))
        return raw.status == 101
    await until_async(again)
    server["gateway"].wait_line("too_many_from_address address=1.1.1.1 .*trusted_proxies")


async def test_a_net_of_ipv6_is_one_address(server, room):
    for n in range(3):
        assert (await server.raw(headers=behind(f"2001:db8:1:1::{n}"))).status == 101
    assert (await server.raw(headers=behind("[2001:db8:1:1:ffff::1]:443"))).status == 429
    assert (await server.raw(headers=behind("2001:db8:1:2::1"))).status == 101


@pytest.mark.parametrize("said, meant", [
    (("6.6.6.6", "1.2.3.4"), "1.2.3.4"),
    (("6.6.6.6", "1.2.3.5", "10.1.1.1"), "1.2.3.5"),
    (("6.6.6.6", "nonsense"), "127.0.0.1"),
])
async def test_what_a_client_says_of_itself_is_not_believed(server, said, meant):
    for n in range(3):
        assert (await server.raw(headers=behind(f"9.9.9.{n}", *said[1:]))).status == 101
    assert (await server.raw(headers=behind(*said))).status == 429
    server["gateway"].wait_line(f"too_many_from_address address={meant} ")


async def test_several_headers_are_one_list(server):
    two = {"X-Forwarded-For": "3.3.3.3\r\nX-Forwarded-For: 10.0.0.1"}
    for _ in range(3):
        assert (await server.raw(headers=two)).status == 101
    assert (await server.raw(headers=behind("3.3.3.3"))).status == 429


async def test_nothing_is_kept_of_who_has_gone(new_server, room):
    server = new_server(gateway={"max_per_address": 3, "trusted_proxies": "127.0.0.1"},
                        metrics={"interval": "200ms"})
    raws = [await server.raw(headers=behind(f"5.5.5.{n}")) for n in range(20)]
    await server.until_metrics(lambda m: m.get("atrium_gateway_addresses") == 20)
    for raw in raws:
        raw.abort()
    await server.until_metrics(lambda m: m.get("atrium_gateway_addresses") == 0)


async def test_without_trust_the_header_is_hearsay(new_server, room):
    """And the log says what is to be done where a proxy was forgotten."""
    server = new_server(gateway={"max_per_address": 2})
    for n in range(2):
        assert (await server.raw(headers=behind(f"7.7.7.{n}"))).status == 101
    assert (await server.raw(headers=behind("7.7.7.9"))).status == 429
    server["gateway"].wait_line("too_many_from_address address=127.0.0.1 .*a proxy on this machine")
    server.settings["gateway"]["trusted_proxies"] = "127.0.0.0/8"
    server.write_conf()
    server.kill("gateway", signal.SIGHUP)
    await until_async(lambda: "READY=1" in "\n".join(server["gateway"].notes[1:]))
    assert (await server.raw(headers=behind("7.7.7.9"))).status == 101


def test_a_proxy_that_is_no_address(new_server):
    server = new_server(start=False, gateway={"trusted_proxies": "10.0.0.0/99"})
    server.spawn("gateway")
    assert server["gateway"].wait_exit() == 2
    server["gateway"].wait_line(r"\[gateway\] trusted_proxies: .10.0.0.0/99.: this is no address")
    server["gateway"].killed = True
    server.tolerate("trusted_proxies:")
