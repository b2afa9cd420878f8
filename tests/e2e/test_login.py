# test_login.py - passwords for tokens, guests, cookies; and who tries too often
# SPDX-License-Identifier: MIT
import asyncio
import json
import os
import signal
import subprocess
import time

import pytest

from atrium import BUILD, Client, server_fixture
from atrium.tokens import read

PASSWORD = "correct horse battery"


def user(server, *args, password=PASSWORD, status=0):
    path = os.path.join(server.directory, "state", "auth", "users")
    done = subprocess.run([BUILD / "atrium", "user", *args, "--file", path, "--run", server.runtime],
                          input=f"{password}\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def prepare(server):
    os.makedirs(os.path.join(server.directory, "state", "auth"))
    user(server, "add", "ann")
    user(server, "add", "boss", "--admin", password="another password")


server = server_fixture(prepare=prepare, auth={"login_burst": 1000})


async def post(server, path, body, ready=True, seconds=8, **headers):
    if ready:
        await server.until_status("/readyz", 200)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await server.get(f"/api/auth/{path}", method="POST", body=data, seconds=seconds,
                              headers={"Content-Type": "application/json", **headers})
    return answer, json.loads(answer.body)


async def login(server, name="ann", password=PASSWORD, ready=True, seconds=8, **more):
    return await post(server, "login", {"name": name, "password": password, **more}, ready,
                      seconds)


async def me(server, **headers):
    answer = await server.get("/api/auth/me", headers=headers)
    return answer.status, json.loads(answer.body)


async def test_a_password_for_a_token(server, room):
    answer, got = await login(server)
    assert answer.status == 200 and set(got) == {"token", "user", "nickname", "expires", "admin"}
    assert (got["user"], got["admin"]) == ("ann", False)
    assert answer.headers["cache-control"] == "no-store" and "set-cookie" not in answer.headers
    header, claims = read(got["token"])
    assert header["kid"] == "atrium" and claims["exp"] == got["expires"] and claims["jti"]
    client = await server.connect(room=room, token=got["token"])
    assert client.user == "ann"
    assert await me(server, Authorization=f"Bearer {got['token']}") == (
        200, {"user": "ann", "nickname": "ann", "expires": got["expires"], "admin": False})


async def test_an_administrator(server):
    _, got = await login(server, "boss", "another password")
    assert got["admin"] is True and read(got["token"])[1]["admin"] is True


@pytest.mark.parametrize("name, password", [
    ("ann", "wrong"), ("ann", PASSWORD + "x"), ("ann", "another password"), ("nobody", PASSWORD),
    ("a:b", PASSWORD), ("x" * 65, PASSWORD), ("ann", "y" * 300), ("ANN", PASSWORD)])
async def test_a_wrong_name_or_password(server, name, password):
    answer, got = await login(server, name, password)
    assert answer.status == 401 and got["error"]["code"] == "unauthorized" and "token" not in got
    assert got["error"]["message"] == "name or password is wrong"


async def test_an_unknown_user_takes_as_long(server):
    """Both are hashed: a name alone is found out a hundred times as fast."""
    async def least(name):
        took = []
        for _ in range(5):
            begin = time.monotonic()
            await login(server, name, "wrong")
            took.append(time.monotonic() - begin)
        return min(took)
    known, unknown = await least("ann"), await least("nobody")
    assert unknown > known / 3


BAD = {
    "no JSON": (b"name=ann", {}, 400),
    "no object": (b"[1]", {}, 400),
    "a member twice": (b'{"name":"ann","name":"boss","password":"x"}', {}, 400),
    "no password": ({"name": "ann"}, {}, 400),
    "a number": ({"name": 1, "password": 2}, {}, 400),
    "a form": (b"name=ann", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    "plain text": ({"name": "ann", "password": PASSWORD}, {"Content-Type": "text/plain"}, 415),
    "another origin": ({"name": "ann", "password": PASSWORD}, {"Origin": "http://evil.example"}, 403),
    "too long": (b" " * 5000, {}, 413),
}


@pytest.mark.parametrize("what", BAD)
async def test_what_is_no_login(server, what):
    body, headers, status = BAD[what]
    answer, got = await post(server, "login", body, **headers)
    assert answer.status == status and got["error"]["code"] and got["error"]["message"]


async def test_methods(server):
    assert (await server.get("/api/auth/login")).status == 405
    assert (await server.get("/api/auth/me", method="POST", body=b"{}")).status == 405
    assert (await server.get("/api/auth/else")).status == 404


async def test_a_body_in_pieces(server):
    body = json.dumps({"name": "ann", "password": PASSWORD}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = (f"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    for piece in (head[:20], head[20:] + body[:1], body[1:9], body[9:]):
        writer.write(piece)
        await writer.drain()
        await server.get("/healthz")
    assert b"200 OK" in await asyncio.wait_for(reader.read(), 20)
    writer.close()


async def test_me_without_a_token(server):
    assert await me(server) == (200, {"user": None, "nickname": None, "expires": None,
                                      "admin": False, "anonymous": True})
    status, got = await me(server, Authorization="Bearer nonsense")
    assert status == 401 and got["error"]["code"] == "unauthorized"


async def test_a_guest(server, room):
    answer, got = await post(server, "guest", {"nickname": "Visitor"})
    assert answer.status == 200 and got["user"] is None and got["nickname"] == "Visitor"
    client = await server.connect(room=room, token=got["token"])
    assert (client.user, client.nickname) == (None, "Visitor")
    answer, got = await post(server, "guest", {"nickname": " \n"})
    assert answer.status == 401


async def test_guests_where_a_token_is_needed(new_server, room):
    for guests, status in (("no", 403), ("yes", 200)):
        server = new_server(auth={"anonymous": "no", "guests": guests})
        answer, got = await post(server, "guest", {"nickname": "Visitor"})
        assert answer.status == status
        assert (await me(server))[1]["anonymous"] is False
    client = await server.connect(room=room, token=got["token"])
    assert (client.user, client.nickname) == (None, "Visitor")


async def test_a_cookie(server, room):
    answer, got = await login(server, cookie=True)
    assert answer.status == 200 and "token" not in got and got["user"] == "ann"
    cookie = answer.headers["set-cookie"]
    assert "; HttpOnly" in cookie and "; SameSite=Strict" in cookie and "; Path=/" in cookie
    assert "Secure" not in cookie and "Max-Age=" in cookie
    pair = cookie.split(";")[0]
    assert (await me(server, Cookie=pair))[1]["user"] == "ann"
    own = {"Cookie": f"a=b; {pair}", "Origin": f"http://127.0.0.1:{server.port}"}
    client = await server.connect(room=room, headers=own)
    assert client.user == "ann"
    other = await server.connect(room=room, headers=own, token=server.token("other"))
    assert other.user == "other", "what is said on purpose wins"
    nowhere = await server.connect(room=room, headers={"Cookie": pair}, nickname="Tool")
    assert nowhere.user is None, "only pages have cookies"
    raw = await server.raw(f"/api/ws?room={room}",
                           headers={"Cookie": pair, "Origin": "http://evil.example"})
    assert raw.status == 403
    answer, _ = await post(server, "logout", {}, Cookie=pair)
    assert answer.headers["set-cookie"].startswith("atrium_token=;")
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_a_bad_cookie_is_taken_away(server):
    answer = await server.get("/api/auth/me", headers={"Cookie": "atrium_token=a.b.c"})
    assert answer.status == 401 and answer.headers["set-cookie"].startswith("atrium_token=;")


async def test_a_cookie_behind_tls(new_server):
    server = new_server(prepare=prepare, gateway={"cookie_secure": "yes"})
    answer, _ = await login(server, cookie=True)
    assert answer.headers["set-cookie"].endswith("; Secure")


async def test_who_tries_too_often(new_server):
    server = new_server(prepare=prepare, auth={"login_burst": 3, "login_interval": "1h"})
    for _ in range(5):
        assert (await login(server))[0].status == 200, "who knows the password is not counted"
    for _ in range(3):
        assert (await login(server, password="wrong"))[0].status == 401
    answer, got = await login(server)
    assert answer.status == 429 and got["error"]["code"] == "rate"
    assert 0 < got["error"]["retry_ms"] <= 3600_000
    assert (await login(server, "boss", "another password"))[0].status == 429, "the address"
    await server.until_metrics(lambda m: m.get("atrium_auth_logins_total") == 5
                               and m.get("atrium_auth_logins_denied_total") == 3
                               and m.get("atrium_auth_logins_limited_total") == 2)


async def test_users_are_changed_while_it_runs(server, room):
    user(server, "add", "eve")
    assert "eve" in user(server, "list").split()
    assert "there is a user" in user(server, "add", "eve", status=1)
    _, got = await login(server, "eve")
    client = await server.connect(room=room, token=got["token"])
    user(server, "passwd", "eve", password="quite another one")
    assert (await client.closed())[0] == 4401
    assert (await login(server, "eve"))[0].status == 401
    _, got = await login(server, "eve", "quite another one")
    client = await server.connect(room=room, token=got["token"])
    assert client.user == "eve", "a token that is made at once after the revocation is good"
    user(server, "del", "eve")
    assert (await client.closed())[0] == 4401
    assert (await login(server, "eve", "quite another one"))[0].status == 401
    assert "eve" not in user(server, "list").split()
    assert "no user" in user(server, "passwd", "eve", status=1)
    assert "8 to 256" in user(server, "add", "short", password="1234567", status=1)
    assert "whom" in user(server, "add", status=2)
    assert "colon" in user(server, "add", "a:b", status=2)
    path = os.path.join(server.directory, "state", "auth", "users")
    assert os.stat(path).st_mode & 0o777 == 0o600
    with open(path, encoding="utf-8") as file:
        assert PASSWORD not in file.read()


async def test_the_key_is_auths_own_and_outlives_it(server, room):
    _, got = await login(server)
    path = os.path.join(server.directory, "state", "auth", "atrium.hs256")
    assert os.stat(path).st_mode & 0o777 == 0o600
    await server.restart_async("auth")
    await server.until_status("/readyz", 200)
    client = await server.connect(room=room, token=got["token"])
    assert client.user == "ann"
    with open(path, encoding="utf-8") as file:
        secret = file.read().strip()
    assert secret not in server.log()


async def test_logins_do_not_keep_others_waiting(server, room):
    """Passwords are checked beside the loop: verdicts come while they are."""
    logins = [asyncio.create_task(login(server, "ann", "wrong")) for _ in range(20)]
    client = await server.connect(room=room, token=server.token())
    assert not all(task.done() for task in logins)
    client.send("message", content="x")
    await client.recv_until(type="message")
    assert {answer.status for answer, _ in await asyncio.gather(*logins)} <= {401, 503}


async def test_too_many_logins_at_once_are_told_so(server):
    # one is checked after the other, and each is meant to take long
    wrong = (login(server, f"u{n}", "wrong", seconds=60) for n in range(80))
    results = await asyncio.gather(*wrong)
    statuses = [answer.status for answer, _ in results]
    assert set(statuses) == {401, 503}
    await server.until_metrics(lambda m: m.get("atrium_auth_logins_busy_total") >= 1)


async def test_auth_away(server):
    server.kill("auth", signal.SIGSTOP)
    try:
        begin = time.monotonic()
        assert (await me(server))[0] == 503
        assert time.monotonic() - begin > 1
        gone = asyncio.create_task(login(server, ready=False))
        await server.get("/healthz")
    finally:
        server.kill("auth", signal.SIGCONT)
    assert (await gone)[0].status == 200
    server.kill("auth")
    try:
        await server.until_status("/readyz", 503)
        assert (await login(server, ready=False))[0].status == 503
    finally:
        await server.start_async("auth")
    await server.until_status("/readyz", 200)
    assert (await login(server))[0].status == 200


async def test_passwords_are_in_no_log(server):
    await login(server, password="a password to look for")
    await login(server, "boss", "another password")
    log = "\n".join(line for p in server.all_processes() for line in p.lines)
    assert "a password to look for" not in log and "another password" not in log and log
