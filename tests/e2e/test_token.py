# test_token.py - atrium token
# SPDX-License-Identifier: MIT
import base64
import hashlib
import hmac
import re
import shlex
import subprocess
import time

import pytest

from atrium import BUILD, ROOT, patient, server_fixture
from atrium.server import clean_environment
from atrium.tokens import read

server = server_fixture()


def atrium(*options):
    return subprocess.run([str(BUILD / "atrium"), *options], text=True, capture_output=True,
                          env=clean_environment(), timeout=patient(10), check=False)


def minted(server, *options):
    got = atrium("token", "--keys", server.keys, *options)
    assert got.returncode == 0 and got.stderr == "", got.stderr
    assert got.stdout.count("\n") == 1
    return got.stdout.strip()


async def test_a_token_lets_in(server, room):
    client = await server.connect(room=room, nickname="x", token=minted(
        server, "--user", "demo", "--name", "Démo \"quoted\"", "--ttl", "1h"))
    assert (client.user, client.nickname) == ("demo", "Démo \"quoted\"")


def test_claims_and_signature(server):
    token = minted(server, "--user", "demo", "--name", "Demo", "--ttl", "90s")
    head, claims = read(token)
    assert head["alg"] == "HS256" and head.get("kid", "default") == "default"
    assert set(claims) >= {"sub", "name", "iat", "exp", "jti"}
    assert (claims["sub"], claims["name"]) == ("demo", "Demo")
    assert claims["exp"] - claims["iat"] == 90 and abs(claims["iat"] - time.time()) < 60
    assert not claims.get("admin")
    signed, _, signature = token.rpartition(".")
    digest = hmac.new(server.key, signed.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == signature


def test_admin_and_ids_of_their_own(server):
    one, two = (read(minted(server, "--user", "demo", "--admin"))[1] for _ in range(2))
    assert one["admin"] is True and one["jti"] != two["jti"]


def test_for_the_server_api(server):
    claims = read(minted(server, "--user", "shop", "--api"))[1]
    assert claims["api"] is True and claims["admin"] is False
    assert "api" not in read(minted(server, "--user", "shop"))[1]


def test_meta(server):
    claims = read(minted(server, "--user", "demo", "--meta", ' {"level": 3, "teams": ["a"]} '))[1]
    assert claims["meta"] == {"level": 3, "teams": ["a"]}
    assert "meta" not in read(minted(server, "--user", "demo"))[1]
    for wrong in ("", "7", "[]", "{", "{}{}", '{"a":"%s"}' % ("x" * 8192)):
        got = atrium("token", "--keys", server.keys, "--user", "demo", "--meta", wrong)
        assert got.returncode == 2 and "--meta" in got.stderr and got.stdout == ""


@pytest.mark.parametrize("ttl,seconds", [("90s", 90), ("15m", 900), ("1h", 3600), ("7d", 604800)])
def test_ttl(server, ttl, seconds):
    claims = read(minted(server, "--user", "demo", "--ttl", ttl))[1]
    assert claims["exp"] - claims["iat"] == seconds


async def test_another_key(new_server, room):
    server = new_server(prepare=lambda s: s.write_key("second"))
    token = minted(server, "--user", "demo", "--kid", "second")
    assert read(token)[0]["kid"] == "second"
    assert (await server.connect(room=room, token=token)).user == "demo"


@pytest.mark.parametrize("options,status", [
    ([], 2), (["--user", ""], 2), (["--user", "demo", "--ttl", "soon"], 2),
    (["--user", "demo", "--ttl", "0s"], 2), (["--user", "demo", "--nonsense"], 2),
    (["--user", "a\nb"], 2), (["--user", "demo", "--kid", "../x"], 2),
    (["--user", "demo", "--kid", "none"], 1),
])
def test_what_cannot_be_made(server, options, status):
    got = atrium("token", "--keys", server.keys, *options)
    assert got.returncode == status and got.stdout == "" and got.stderr


def test_no_keys(tmp_path):
    got = atrium("token", "--keys", str(tmp_path), "--user", "demo")
    assert got.returncode == 1 and "default.hs256" in got.stderr


def test_help_and_version():
    for options in (["--help"], ["token", "--help"], ["up", "--help"], ["--version"]):
        got = atrium(*options)
        assert got.returncode == 0 and "atrium" in got.stdout and got.stderr == ""
    for options in ([], ["nonsense"], ["--nonsense"]):
        got = atrium(*options)
        assert got.returncode == 2 and got.stdout == "" and got.stderr


def told():
    """What README, docs and pages tell one to call."""
    for path in [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("static/pages/*.html")]:
        for found in re.finditer(r"atrium token( --[^`)<\n]*)", path.read_text()):
            yield pytest.param(found.group(1), id=f"{path.name}{found.group(1)}")


@pytest.mark.parametrize("options", told())
def test_what_the_docs_tell_makes_a_token(server, options):
    minted(server, *shlex.split(options))
