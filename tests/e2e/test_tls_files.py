# test_tls_files.py - the certificate, its key and its port: read, read again, and what is wrong with them
# SPDX-License-Identifier: MIT
import asyncio
import os
import shutil
import socket
import ssl

import pytest

from atrium import serial_of, shaken

pytestmark = pytest.mark.skipif(bool(os.environ.get("ATRIUM_TLS")),
                                reason="has its own certificates, and speaks plain as well")

RSA = ("-newkey", "rsa:2048", "-nodes")


async def hear(sender, *hearers, **content):
    sender.send("message", **content)
    for hearer in hearers:
        await hearer.recv_until(type="message", **content)


async def serial(server, context):
    with await shaken(server, context) as sock:
        return serial_of(sock)


async def reload(server, **settings):
    since = len(server["gateway"].lines)
    server.settings["gateway"].update(settings)
    server.write_conf()
    server.kill("gateway", 1)
    return await asyncio.to_thread(
        server["gateway"].wait_line, r"reload result=(\w+)", since=since)


async def test_a_new_certificate_is_taken_and_no_one_is_dropped(new_server, authority, room, tls):
    server = new_server(gateway=authority.issue("old", 10))
    john, jane = [await server.connect(room=room, tls=tls) for _ in range(2)]
    assert await serial(server, tls) == 10
    assert (await reload(server, **authority.issue("new", 11)))[1] == "done"
    assert await serial(server, tls) == 11
    await hear(john, jane, content="still here")
    jim = await server.connect(room=room, tls=tls)
    await hear(jane, john, jim, content="all of us")
    # the same names with other contents, as those who renew certificates do it
    for suffix in ("pem", "key"):
        os.replace(authority.path(f"old.{suffix}"), authority.path(f"new.{suffix}"))
    assert (await reload(server))[1] == "done" and await serial(server, tls) == 10


async def test_what_cannot_be_used_leaves_the_old_one(new_server, authority, room, tls):
    server = new_server(gateway=authority.issue("good", 20), metrics={"interval": "200ms"})
    server.tolerate("tls ", "reload ")
    authority.issue("other", 21)
    john = await server.connect(room=room, tls=tls)
    for settings in ({"tls_key": authority.path("other.key")},
                     {"tls_certificate": authority.path("none.pem")},
                     {"tls_certificate": ""}):
        assert (await reload(server, **settings))[1] == "incomplete"
        assert await serial(server, tls) == 20
        await hear(john, john, content="still here")
        server["gateway"].wait_line("tls result=kept")
    await server.until_metrics(lambda m: m.get("atrium_gateway_tls_reload_failures_total") == 3)


async def test_a_key_of_rsa(new_server, authority, room, tls):
    server = new_server(gateway=authority.issue("rsa", 3, key=RSA))
    await server.connect(room=room, tls=tls)


def garbled(authority, _):
    with open(authority.path("bad.pem"), "w", encoding="ascii") as file:
        file.write("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")


def encrypted(authority, _):
    authority.issue("bad", 31, key=("-newkey", "rsa:2048", "-passout", "pass:secret"))


def opened(authority, _):
    os.chmod(authority.path("bad.key"), 0o644)


def other(authority, _):
    authority.issue("another", 32)
    shutil.copy(authority.path("another.key"), authority.path("bad.key"))


def gone(authority, _):
    os.unlink(authority.path("bad.pem"))


def emptied(authority, _):
    os.truncate(authority.path("bad.key"), 0)


def directory(_, settings):
    settings["tls_key"] = "/tmp"


def weak(authority, _):
    authority.issue("bad", 33, key=("-newkey", "rsa:1024", "-nodes"))


@pytest.mark.parametrize("spoil,says", [
    (garbled, r"certificate=\S*bad.pem error="), (encrypted, r"key=\S*bad.key error=\"it is encrypted"),
    (opened, r"key=\S*bad.key error=\"others may read"), (emptied, r"key=\S*bad.key error=\"it is empty"),
    (other, r"key=\S*bad.key error=\"it is not the key of the certificate\""),
    (gone, r"certificate=\S*bad.pem error=\"there is no such file\""),
    (directory, r"key=/tmp error=\"it is no plain file\""), (weak, r"certificate=\S*bad.pem error=\"ee key too small\""),
])
def test_a_start_with_bad_files_names_them(new_server, authority, spoil, says):
    settings = authority.issue("bad", 30)
    spoil(authority, settings)
    server = new_server(gateway=settings, start=False)
    server.tolerate("tls ")
    process = server.spawn("gateway")
    assert process.wait_exit() == 1
    process.wait_line("tls " + says)
    process.killed = True  # it was to fail


async def test_an_expired_certificate_is_served_and_said(new_server, authority):
    server = new_server(gateway=authority.issue("expired", 40, days=-1))
    server["gateway"].wait_line(r"^<4>tls certificate=\S+expired.pem expired=20\d\d-\d\d-\d\dT")
    context = authority.trusted()
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        await shaken(server, context)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with await shaken(server, context) as sock:
        assert sock.version() == "TLSv1.3"


async def test_files_of_the_credentials_directory(new_server, authority, tls):
    authority.issue("tls", 50)
    server = new_server(gateway={"tls_port": 0, "tls_certificate": "tls.pem"},  # tls.key is its default
                        env={"CREDENTIALS_DIRECTORY": authority.directory})
    assert await serial(server, tls) == 50


async def test_no_certificate_no_port(new_server):
    server = new_server()
    assert "X_ATRIUM_TLS_PORT" not in server["gateway"].fields


# ---- its socket

async def test_two_gateways_share_the_port(new_server, authority, room, tls):
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as free:
        settings = {**authority.issue("two", 60), "tls_port": free.getsockname()[1]}
    server = new_server(gateways=2, gateway=settings, metrics={"interval": "200ms"})
    assert len(set(server.tls_ports.values())) == 1
    clients = [await server.connect(room=room, tls=tls, announced=False) for _ in range(40)]
    await hear(clients[0], *clients, content="hi")
    await server.until_metrics(lambda m: all(
        m.get("atrium_gateway_connections", instance=f"gateway-{n}") > 0 for n in (1, 2)))


async def test_a_socket_that_is_handed_down_by_name(new_server, authority, room, tls):
    with socket.create_server(("127.0.0.1", 0)) as plain, socket.create_server(("127.0.0.1", 0)) as secure:
        server = new_server(gateway=authority.issue("handed", 70), start=False)
        server.hand_down("gateway", {"http": plain, "tls": secure})
        server.start()
        assert server.ports["gateway"] == plain.getsockname()[1]
        assert server.tls_ports["gateway"] == secure.getsockname()[1]
    john = await server.connect(room=room, tls=tls)
    jane = await server.connect(room=room)
    await hear(john, jane, content="hi")
