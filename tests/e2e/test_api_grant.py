# test_api_grant.py - tokens with the claim `api`, and the method that is not for them: revoke
# SPDX-License-Identifier: MIT
import asyncio
import json
import time

import pytest

from atrium import server_fixture
from atrium.api import Api, document

server = server_fixture(gateways=2, gateway={"api_rate": 0})
FOR_ADMINS = {"revoke"}


@pytest.fixture
def shop(server):
    return Api(server, server.token("shop", claims={"api": True}))


@pytest.fixture
def root(server):
    return Api(server)


def example(method):
    body = document()["paths"][f"/api/{method}"]["post"]["requestBody"]
    return body["content"]["application/json"]["example"]


@pytest.mark.parametrize("method", sorted(
    path.rsplit("/", 1)[1] for path in document()["paths"]))
async def test_what_it_may(server, shop, method):
    await server.connect(room="general", token=server.token("jane"))
    got = await shop.post(method, example(method))
    if method in FOR_ADMINS:
        assert got.status == 403 and json.loads(got.body)["error"]["code"] == "forbidden"
    else:
        assert got.status not in (401, 403), got


async def test_it_is_no_administrator(server, shop, room):
    """Neither in a batch, nor in a room, nor as its name."""
    got = await shop.batch(requests=[{"method": "revoke", "user": "jane"},
                                     {"method": "publish", "room": room, "type": "t"}])
    assert [answer.get("error", {}).get("code") for answer in got["results"]] == ["forbidden", None]
    client = await server.connect(room=room, token=shop.token)
    client.send("broadcast", all=True, content="x", ref=1)
    await client.error("forbidden")
    for claims in ({"api": False}, {"admin": False}, {"rooms": [{"match": "*", "can": ["publish"]}]}):
        api = Api(server, server.token("shop", claims=claims))
        assert (await api.fails("status"))[0] == 403
    api = Api(server, server.token("shop", claims={"api": "yes"}))
    assert (await api.fails("status"))[0] == 401
    guest = Api(server, server.token("shop", claims={"api": True, "guest": True}))
    assert (await guest.fails("status"))[0] == 401


async def closed_as_revoked(client):
    code, reason = await client.closed()
    assert code == 4401 and "revoked" in reason


async def test_revoke_by_jti(server, root):
    claims = {"jti": "one"}
    here = await server.connect(token=server.token("ann", claims=claims))
    there = await server.connect(token=server.token("ann", claims=claims), gateway="gateway-2")
    other = await server.connect(token=server.token("ann", claims={"jti": "two"}))
    assert await root.revoke(jti="one") == {"gateways": 2, "kept": True}
    await closed_as_revoked(here)
    await closed_as_revoked(there)
    await other.ask("ping")
    refused = await server.raw(f"/api/ws?token={server.token('ann', claims=claims)}")
    assert (await refused.closed())[0] == 4401


async def test_revoke_a_user(server, root):
    issued = int(time.time()) - 100
    old = await server.connect(token=server.token("bob", claims={"iat": issued}))
    new = await server.connect(token=server.token("bob", claims={"iat": issued + 90}))
    assert (await root.revoke(user="bob", before=issued + 50))["gateways"] == 2
    await closed_as_revoked(old)
    await new.ask("ping")
    await root.batch(requests=[{"method": "revoke", "user": "bob"}])
    await closed_as_revoked(new)
    server["gateway"].wait_line("api_call by=root .* method=revoke target=user:bob")
    server["auth"].wait_line("revoke_asked by=root address=127.0.0.1")


async def test_who_revokes_itself_is_answered(server):
    api = Api(server, server.token("dora", claims={"admin": True, "jti": "dora-1"}))
    await api.revoke(jti="dora-1")
    assert (await api.fails("revoke", jti="x"))[0] == 401


async def test_auth_sees_for_itself(server):
    """The gateway has found the token good for the whole batch; auth does not, from the first on."""
    server.tolerate("revoke_refused")
    api = Api(server, server.token("eve", claims={"admin": True, "jti": "eve-1"}))
    got = await api.batch(requests=[{"method": "revoke", "jti": jti} for jti in ("eve-1", "more")])
    assert "result" in got["results"][0]
    assert got["results"][1]["error"]["code"] == "forbidden"
    await server.connect(token=server.token("ann", claims={"jti": "more"}))
    server["auth"].wait_line("revoke_refused why=revoked")


async def test_what_cannot_be_revoked(root):
    for body in ({}, {"user": "a", "jti": "b"}, {"jti": "a", "before": 1}, {"user": "x" * 129}):
        assert (await root.fails("revoke", **body))[:2] == (400, "bad_params"), body


async def test_there_are_as_many_as_may_be(new_server):
    server = new_server(auth={"max_revocations": 1})
    root = Api(server)
    await root.revoke(jti="a")
    await root.revoke(jti="a")
    assert (await root.fails("revoke", jti="b"))[:2] == (409, "revocations_full")


async def test_auth_is_away(new_server):
    """Killed after it has let the request in: told so, and then it can be asked again."""
    server = new_server(gateway={"api_timeout": "500ms", "verdict_timeout": "300ms"})
    server.tolerate("verdict_timeout", "api_timeout")
    root = Api(server)
    await root.revoke(jti="a")
    server.kill("auth")
    assert (await root.fails("revoke", jti="b"))[0] in (503, 504)
    await server.start_async("auth")
    await server.until_status("/readyz", 200)
    assert (await root.revoke(jti="b"))["kept"]
    assert (await asyncio.gather(*(root.revoke(jti=f"c{n}") for n in range(20))))[0]["gateways"] == 1
