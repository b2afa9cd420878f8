# test_webhook_secrets.py - secrets, headers of one's own, TLS
# SPDX-License-Identifier: MIT
import base64
import os
import ssl

import pytest

from atrium import SECRET, Backend
from atrium.backend import line, verify, write_secret

NEW = "whsec_" + base64.b64encode(b"another secret, for a while beside the first").decode()


def seen_by_all(pid):
    """What everyone on the machine may read of a process."""
    for name in ("cmdline", "environ"):
        with open(f"/proc/{pid}/{name}", "rb") as file:
            yield file.read()


async def test_a_secret_is_changed_without_a_gap(hooked, room):
    """While both are named each request has two signatures."""
    backend = await Backend.open(secrets=(SECRET, NEW))
    server = hooked(backend, events="message")
    shop = server.settings['webhook "shop"']
    old, new = shop["secret_files"], write_secret(server, "new", NEW)
    client = await server.connect(nickname="Ann", room=room)
    good = []
    for files in (old, f"{old} {new}", new):
        shop["secret_files"] = files
        server.reload("webhook")
        await client.ask("message", n=len(good))
        hook = (await backend.count(len(good) + 1))[-1]
        good.append([verify(secret, hook.headers, hook.body) for secret in (SECRET, NEW)])
        assert len(hook.headers["webhook-signature"].split(" ")) == len(files.split(" "))
    assert good == [[True, False], [True, True], [False, True]]


async def test_a_secret_as_it_is_and_from_a_credential(hooked, room):
    """Without a slash it is in $CREDENTIALS_DIRECTORY."""
    plain = "a plain secret of more than 24 bytes"
    backend = await Backend.open(secrets=(plain,))

    def prepare(server):
        directory = os.path.dirname(write_secret(server, "plain", plain))
        server.env_of["webhook"] = {"CREDENTIALS_DIRECTORY": directory}
        server.settings['webhook "shop"']["secret_files"] = "plain.secret"

    server = hooked(backend, events="message", prepare=prepare)
    client = await server.connect(nickname="Ann", room=room)
    await client.ask("message", n=1)
    await backend.count(1)
    assert backend.unsigned == 0


async def test_headers_of_ones_own(hooked, room):
    backend = await Backend.open()

    def prepare(server):
        server.settings['webhook "shop"']["headers_file"] = write_secret(
            server, "headers", "# for the gate\nAuthorization: Bearer hush-hush-1234\nX-From: atrium")

    server = hooked(backend, events="message", prepare=prepare)
    client = await server.connect(nickname="Ann", room=room)
    await client.ask("message", n=1)
    hook, = await backend.count(1)
    assert hook.headers["authorization"] == "Bearer hush-hush-1234"
    assert hook.headers["x-from"] == "atrium" and backend.unsigned == 0
    assert "hush-hush" not in server.log()


async def test_secrets_are_nowhere_to_be_seen(hooked, room):
    """Not in a log at its most talkative, not in what all may read of the process; nor what was said."""
    backend = await Backend.open(answer=lambda hook: 200 if hook.said["n"] > 1 else 400)
    server = hooked(backend, events="message", refusals=1, more={"atrium": {"log_level": "debug"}})
    server.tolerate("given_up")
    client = await server.connect(nickname="Ann", room=room)
    for n in range(1, 4):
        await client.ask("message", n=n, text="between-us-only")
    await backend.count(3)
    key = base64.b64decode(SECRET[6:])
    texts = [server["webhook"].log().encode(), *seen_by_all(server["webhook"].pid)]
    for text in texts:
        for hidden in (SECRET.encode(), SECRET[6:].encode(), key, b"between-us-only"):
            assert hidden not in text


@pytest.mark.parametrize("text,mode,why", [
    (SECRET, 0o644, "others may read or write it"),
    ("too short", 0o600, "less than 24 bytes"),
    ("whsec_%%%%not-base64-at-all%%%%%%", 0o600, "no base64"),
    (None, 0o600, "no such file"),
])
async def test_what_is_no_secret_is_said_at_once(new_server, text, mode, why):
    """Its endpoint is not opened: nothing goes out unsigned. After a reload it is."""
    backend = await Backend.open()

    def prepare(server):
        path = os.path.join(server.directory, "shop.secret")
        if text:
            write_secret(server, "shop", text, mode)
        server.settings['webhook "shop"']["secret_files"] = path
        server.write_conf()

    server = new_server(prepare=prepare, hub={"handlers": "open"},
                        **{'webhook "shop"': {"url": backend.url, "timeout": "3s"}})
    server.tolerate("endpoint name=shop secret_files=unusable")
    said = (await line(server, "endpoint name=shop secret_files=unusable.*")).group()
    assert why in said and (not text or text not in said)
    write_secret(server, "shop", SECRET)
    server.reload("webhook")
    await line(server, "serving endpoint=shop")


async def test_a_bad_secret_at_a_reload_leaves_the_good_one(hooked, room):
    backend = await Backend.open()
    server = hooked(backend, events="message")
    server.tolerate("secret_files=unusable", "reload result=incomplete")
    write_secret(server, "shop", "short")
    server.kill("webhook", 1)
    await line(server, "reload result=incomplete")
    client = await server.connect(nickname="Ann", room=room)
    await client.ask("message", n=1)
    await backend.count(1)
    assert backend.unsigned == 0


# ---- TLS

async def test_only_a_certificate_that_is_good(hooked, room, authority):
    """Of one's own authority; without it nothing is sent, and a reload makes it good."""
    files = authority.issue("hook", 77)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files["tls_certificate"], files["tls_key"])
    backend = await Backend.open(tls=context)
    server = hooked(backend, events="message")
    client = await server.connect(nickname="Ann", room=room)
    await client.ask("message", n=1)
    await line(server, "not_delivered .*status=0 .*certificate")
    assert not backend.hooks
    server.settings['webhook "shop"']["ca_file"] = authority.path("ca.pem")
    server.reload("webhook")
    await backend.count(1)
    await client.ask("message", n=2)
    await backend.count(2)
    assert [hook.said["n"] for hook in backend.hooks] == [1, 2]


async def test_a_certificate_is_of_its_host(hooked, room, authority):
    files = authority.issue("other", 78)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files["tls_certificate"], files["tls_key"])
    backend = await Backend.open(tls=context, host="127.0.0.2")
    server = hooked(backend, events="message", ca_file=authority.path("ca.pem"))
    client = await server.connect(nickname="Ann", room=room)
    await client.ask("message", n=1)
    await line(server, "not_delivered .*status=0 .*certificate")
    assert not backend.hooks
