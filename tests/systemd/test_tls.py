# test_tls.py - the TLS port as a socket that is handed down, and a certificate that is renewed
# SPDX-License-Identifier: MIT
import os
import shutil
import ssl
from pathlib import Path

import pytest

import machine
from atrium import Authority, Checker, Client, until
from hammer import Hammer
from machine import PORT, TLS_PORT, aside, cursor, is_active, journal, pid, put_back, start, systemctl

HERE = Path("/etc/atrium/tls")
AS_CREDENTIALS = {"tls_certificate": "tls_cert.pem", "tls_key": "tls_key.pem"}
SOCKET = "atrium-gateway-tls@1.socket"


def put(authority, serial):
    """A new certificate where the administrator has put the one before."""
    made = authority.issue("made", serial)
    shutil.copy(made["tls_certificate"], HERE / "cert.pem")
    shutil.copy(made["tls_key"], HERE / "key.pem")
    os.chmod(HERE / "key.pem", 0o600)


@pytest.fixture(scope="module")
def authority(installed, tmp_path_factory):
    """As docs/production.md says: files, settings, the socket; then all is started again."""
    authority = Authority(str(tmp_path_factory.mktemp("ca")))
    put(authority, 1)
    machine.write_conf(gateway=AS_CREDENTIALS)
    systemctl("enable", "--quiet", SOCKET)
    systemctl("restart", "atrium.target")
    start()
    until(lambda: is_active(SOCKET), 20, "the TLS port")
    yield authority
    systemctl("disable", "--quiet", SOCKET)
    machine.stop()
    systemctl("stop", SOCKET)
    put_back()
    for path in HERE.iterdir():
        path.unlink()


def serial(authority):
    """Of the certificate that is served."""
    pem = ssl.get_server_certificate(("127.0.0.1", TLS_PORT))
    path = Path(authority.path("served.pem"))
    path.write_text(pem, encoding="ascii")
    return machine.run("openssl", "x509", "-in", str(path), "-noout", "-serial").strip().split("=")[1]


async def test_it_is_served_beside_the_plain_port(authority):
    assert machine.show("atrium-gateway@1", "StatusText") == f"port {PORT}, TLS {TLS_PORT}"
    ann = await Client.open(TLS_PORT, tls=authority.trusted(), room="tls", nickname="Ann")
    await ann.welcomed()
    bob = await Client.open(PORT, room="tls", nickname="Bob")
    await bob.welcomed()
    bob.send("message", content="hello")
    await ann.recv_until(type="message", content="hello")


@pytest.mark.deadline(60)
async def test_a_renewed_certificate_and_a_restart_refuse_no_one(authority):
    """Credentials are copied when the gateway starts; clients resume over TLS."""
    check = Checker(lambda: {"gateway": TLS_PORT}, "renewed", tls=authority.trusted())
    async with check, Hammer(PORT):
        await check.progress(50)
        put(authority, 2)
        check.killing("gateway")
        await aside(systemctl, "restart", "atrium-gateway@1")
        check.killing("gateway")
        await check.progress(50)
    assert await aside(serial, authority) == "02"


async def test_files_that_the_gateway_may_read_need_a_reload_only(authority):
    """Outside of credentials: no connection ends."""
    place = Path("/etc/atrium/public")
    place.mkdir(exist_ok=True)

    def renew(number):
        made = authority.issue("other", number)
        for name in ("tls_certificate", "tls_key"):
            shutil.copy(made[name], place / name)
            shutil.chown(place / name, "root", "atrium")
            os.chmod(place / name, 0o640)

    renew(3)
    machine.write_conf(gateway={name: place / name for name in AS_CREDENTIALS})
    try:
        for number in (3, 4):
            renew(number)
            since, before = cursor(), pid("atrium-gateway@1")
            systemctl("reload", "atrium-gateway@1")
            await aside(until, lambda s=since: "reload result=done" in journal(
                "atrium-gateway@1", since=s), 20, "reloaded")
            assert await aside(serial, authority) == f"{number:02}"
            assert pid("atrium-gateway@1") == before
    finally:
        shutil.rmtree(place)
        machine.write_conf(gateway=AS_CREDENTIALS)
        systemctl("restart", "atrium-gateway@1")


async def test_without_its_socket_the_log_says_what_is_missing(authority):
    machine.stop()
    systemctl("stop", SOCKET)
    systemctl("disable", "--quiet", SOCKET)
    since = cursor()
    systemctl("start", "atrium-gateway@1", check=False)
    await aside(until, lambda: "enable the .socket unit of this port" in journal(
        "atrium-gateway@1", since=since), 20, "the hint")
    machine.stop()
    systemctl("enable", "--quiet", SOCKET)
    systemctl("start", "atrium.target")
