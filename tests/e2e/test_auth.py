# test_auth.py - tokens: who they let in, as whom, and who they keep out
# SPDX-License-Identifier: MIT
import time

import pytest

from atrium import mint, server_fixture
from atrium.client import Client
from atrium.tokens import read

server = server_fixture(atrium={"log_level": "debug"})
SEEN = []


@pytest.fixture
def token(server):
    """Makes tokens that are remembered: none may be found in a log."""
    def make(user="demo", key=None, **options):
        made = mint(key or server.key, user, **options)
        SEEN.append(made)
        return made
    return make


async def connected(server, **options):
    client = await Client.open(server.port, **options)
    await client.welcomed()
    return client


async def refused(server, **options):
    client = await Client.open(server.port, **options)
    code, reason = await client.closed()
    assert code == 4401 and reason
    assert not client.messages, "nothing is said to who is not let in"


async def test_token_in_the_query_gives_user_and_nickname(server, room, token):
    demo = await connected(server, room=room, token=token("demo", name="Demo"))
    assert (demo.user, demo.nickname) == ("demo", "Demo")
    demo.send("message", content="x")
    got = await demo.recv_until(type="message")
    assert list(got) == ["type", "room", "id", "nickname", "user", "offset", "content"]
    assert (got["user"], got["nickname"]) == ("demo", "Demo")


async def test_a_token_wins_over_the_query(server, room, token):
    demo = await connected(server, room=room, nickname="Admin", token=token("demo", name="Demo"))
    assert (demo.user, demo.nickname) == ("demo", "Demo")


async def test_a_token_without_a_name(server, room, token):
    made = token("demo", claims={"name": None})
    demo = await connected(server, room=room, nickname="Mine", token=made)
    assert demo.user == "demo" and demo.nickname in ("Mine", "demo")


async def test_members_show_the_user(server, room, token):
    demo = await connected(server, room=room, token=token())
    users = await demo.ask("users", room=room)
    assert users["members"] == [{"id": demo.id, "nickname": "Demo", "user": "demo"}]


async def test_bearer_header(server, room, token):
    demo = await connected(server, room=room, headers={"Authorization": f"Bearer {token()}"})
    assert demo.user == "demo"
    demo = await connected(server, room=room, headers={"Authorization": f"bearer {token()}"})
    assert demo.user == "demo"


async def test_subprotocol_pair(server, room, token):
    made = token()
    demo = await connected(server, room=room, subprotocols=["bearer", made])
    assert demo.user == "demo" and demo.ws.subprotocol == "bearer"


async def test_first_message(server, room, token):
    demo = await connected(server, room=room, nickname="Guest")
    assert demo.user is None
    made = token(ttl=600)
    answer = await demo.ask("auth", token=made)
    assert answer == {"type": "authorized", "user": "demo", "expires": read(made)[1]["exp"],
                      "ref": answer["ref"]}
    demo.send("message", content="x")
    got = await demo.recv_until(type="message")
    assert (got["user"], got["nickname"]) == ("demo", "Demo")


async def test_a_refreshed_token(server, room, token):
    demo = await connected(server, room=room, token=token(ttl=60))
    made = token(ttl=7200)
    assert (await demo.ask("auth", token=made))["expires"] == read(made)[1]["exp"]


async def test_a_bad_token_as_a_message_is_an_error_only(server, room, token):
    demo = await connected(server, room=room, token=token())
    demo.send("auth", token=token(ttl=-60), ref="r")
    await demo.error("unauthorized", ref="r")
    demo.send("message", content="x")
    assert (await demo.recv_until(type="message"))["user"] == "demo"


BAD = {
    "expired": dict(ttl=-60),
    "not yet valid": dict(claims={"nbf": int(time.time()) + 3600}),
    "without exp as a number": dict(claims={"exp": "2999999999"}),
    "exp as a real": dict(claims={"exp": 2999999999.5}),
    "alg none": dict(alg="none"),
    "alg None": dict(alg="None"),
    "alg HS384": dict(alg="HS384"),
    "alg HS512": dict(alg="HS512"),
    "wrong kid": dict(kid="nokey"),
    "kid with a path": dict(kid="../keys/default"),
    "user is no text": dict(user=7),
    "no user": dict(claims={"sub": None}),
    "empty user": dict(user=""),
    "crit": dict(header={"crit": ["exp"]}),
    "embedded key": dict(header={"jwk": {"kty": "oct", "k": "QUFB"}}),
    "key elsewhere": dict(header={"jku": "https://keys.example/"}),
    "nested": dict(header={"cty": "JWT"}),
    "expired by a second": dict(ttl=-11),
    "user of control characters": dict(user="a\u202e\u0007"),
    "iat in words": dict(claims={"iat": "now"}),
}


@pytest.mark.parametrize("what", BAD)
async def test_bad_tokens_close_with_4401(server, room, token, what):
    await refused(server, room=room, token=token(**BAD[what]))


async def test_another_keys_signature(server, room, token):
    await refused(server, room=room, token=token(key=b"x" * 48))
    good = token()
    await refused(server, room=room, token=good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"))
    head, body, tail = good.split(".")
    _, forged, _ = token("root").split(".")
    await refused(server, room=room, token=f"{head}.{forged}.{tail}")
    await refused(server, room=room, token=f"{head}.{body}.")
    await refused(server, room=room, token=f"{head}.{body}")


@pytest.mark.parametrize("text", ["x", "a.b.c", "...", "é", "x" * 2000, " "])
async def test_what_is_no_token(server, room, text):
    await refused(server, room=room, token=text)


async def test_a_bad_token_is_never_anonymous(server, room):
    """Also where anonymous connections are let in: who shows a bad token is told."""
    await refused(server, room=room, headers={"Authorization": "Bearer nonsense"})
    await refused(server, room=room, subprotocols=["bearer", "nonsense"])


async def test_a_recently_expired_token_has_leeway(server, room, token):
    demo = await connected(server, room=room, token=token(ttl=-3))
    assert demo.user == "demo"


async def test_a_key_named_by_kid(new_server, room):
    server = new_server()
    key = server.write_key("second")
    server["auth"].kill(1)  # SIGHUP
    with_new = mint(key, "demo", kid="second")
    # What was sent before is answered first, so a reload that has been logged is in force.
    server["auth"].wait_line("reload|keys")
    client = await connected(server, room=room, token=with_new)
    assert client.user == "demo"
    await refused(server, room=room, token=mint(key, "demo"))
    await refused(server, room=room, token=mint(server.key, "demo", kid="second"))


async def test_what_is_sent_before_the_verdict_is_heard_after_it(server, room, token):
    raw = await server.raw(f"/api/ws?room={room}&token={token()}")
    raw.say(type="message", content="early")
    got = await raw.message(type="message")
    assert got["user"] == "demo"


async def test_tokens_are_in_no_log(server, room, token):
    made = token()
    await connected(server, room=room, token=made)
    raw = await server.raw(f"/static/nothing?token={made}")
    assert raw.status in (400, 404)
    raw = await server.raw(f"/api/ws?token={made}", headers={"Origin": "http://elsewhere.example"})
    assert raw.status == 403
    log = server.log()
    whole = "\n".join(line for p in server.all_processes() for line in p.lines)
    for seen in SEEN:
        signature = seen.split(".")[-1]
        assert seen not in whole and (not signature or signature not in whole)
    assert server.key.decode() not in whole and log
