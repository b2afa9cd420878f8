# test_keys.py - keys of every kind, two at once, another set while it runs
# SPDX-License-Identifier: MIT
import json
import os

import pytest
from atrium import Client, Pair, mint


@pytest.fixture
def server(new_server):
    server = new_server()
    server.tolerate("key_refused", "reload result=incomplete")
    return server


def write(server, name, data, mode=0o600):
    path = os.path.join(server.keys, name)
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else json.dumps(data).encode())
    os.chmod(path, mode)


def reload(server, pattern="keys count="):
    since = len(server["auth"].lines)
    server["auth"].kill(1)  # SIGHUP
    return server["auth"].wait_line(pattern, since=since).string


async def lets_in(server, room, token):
    client = await Client.open(server.port, room=room, token=token)
    await client.welcomed()
    return client


async def refuses(server, room, token):
    client = await Client.open(server.port, room=room, token=token)
    assert (await client.closed())[0] == 4401


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
async def test_a_public_key_verifies_and_is_no_secret(server, room, alg):
    pair = Pair(alg)
    write(server, f"issuer.{alg.lower()}.pem", pair.public, 0o644)
    reload(server)
    client = await lets_in(server, room, mint(pair, "demo", alg=alg, kid="issuer"))
    assert client.user == "demo"
    await refuses(server, room, mint(pair.public, "demo", alg="HS256", kid="issuer"))
    await refuses(server, room, mint(Pair(alg), "demo", alg=alg, kid="issuer"))
    good = mint(pair, "demo", alg=alg, kid="issuer")
    await refuses(server, room, good[:-8])
    await server.until_metrics(lambda m: m.get("atrium_auth_denied_algorithm_total") == 1)


async def test_a_set_of_keys_and_their_rotation(server, room):
    old, new = Pair("ES256"), Pair("RS256")
    by_old, by_new = (mint(pair, "demo", alg=pair.alg, kid=kid)
                      for pair, kid in ((old, "2024"), (new, "2025")))
    write(server, "issuer.jwks", {"keys": [old.jwk("2024")]}, 0o644)
    reload(server)
    inside = await lets_in(server, room, by_old)
    await refuses(server, room, by_new)
    write(server, "issuer.jwks", {"keys": [old.jwk("2024"), new.jwk("2025")]}, 0o644)
    reload(server)
    await lets_in(server, room, by_old)
    await lets_in(server, room, by_new)
    write(server, "issuer.jwks", {"keys": [new.jwk("2025")]}, 0o644)
    reload(server)
    await refuses(server, room, by_old)
    await lets_in(server, room, by_new)
    inside.send("message", content="still here")
    await inside.recv_until(type="message")


async def test_a_bad_set_leaves_the_old_one(server, room):
    pair = Pair("ES256")
    write(server, "issuer.jwks", {"keys": [pair.jwk("a")]}, 0o644)
    reload(server)
    write(server, "issuer.jwks", b"{", 0o644)
    line = reload(server, "key_refused")
    assert "issuer.jwks" in line
    server["auth"].wait_line("keys_kept")
    await lets_in(server, room, mint(pair, "demo", alg="ES256", kid="a"))
    write(server, "issuer.jwks", {"keys": []}, 0o644)
    reload(server)
    await refuses(server, room, mint(pair, "demo", alg="ES256", kid="a"))


async def test_secrets_that_others_may_read_are_refused(server, room):
    secret = b"s" * 48
    write(server, "open.hs256", secret, 0o644)
    assert "open.hs256" in reload(server, "key_refused")
    await refuses(server, room, mint(secret, "demo", kid="open"))
    await lets_in(server, room, server.token())


async def test_a_set_named_by_a_setting(new_server, room, tmp_path):
    pair = Pair("RS256")
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [pair.jwk("a")]}))
    server = new_server(auth={"jwks": str(path)})
    await lets_in(server, room, mint(pair, "demo", alg="RS256", kid="a"))
