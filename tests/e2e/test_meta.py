# test_meta.py - the claim meta of a token reaches the hub, stays, and is told to no client
# SPDX-License-Identifier: MIT
import glob
import json
import os
import sqlite3

from atrium import Client, server_fixture
from atrium.handler import Handler

server = server_fixture(auth={"max_meta": "64"})


def journal(server):
    return os.path.join(server.directory, "state", "hub", "hub.journal")


def known(server):
    """What the hub knows of each connection, by id; it is not running."""
    with sqlite3.connect(journal(server)) as tables:
        rows = tables.execute("SELECT id, meta FROM conns").fetchall()
    return {name: json.loads(meta) if meta else None for name, meta in rows}


async def test_it_is_kept_and_told_again(server, room):
    ann = await server.connect(id="ann", room=room, token=server.token(
        "ann", claims={"meta": {"level": 3, "teams": ["a", "\u00e9"]}}))
    bob = await server.connect(id="bob", room=room, token=server.token("bob"))
    eve = await server.connect(id="eve", room=room)
    first = {"ann": {"level": 3, "teams": ["a", "\u00e9"]}, "bob": None, "eve": None}
    server.kill("hub")
    assert known(server) == first
    for path in glob.glob(journal(server) + "*"):
        os.unlink(path)  # a hub that knows nothing is told by the gateway
    await server.start_async("hub")
    assert (await bob.ask("message", text="x"))["type"] == "ack"
    assert (await ann.ask("auth", token=server.token("ann", claims={"meta": {}})))["user"] == "ann"
    assert (await bob.ask("auth", token=server.token("bob", claims={"meta": {"n": 1}})))
    for client in (ann, bob):  # the hub has it when it has what was said after it
        assert (await client.ask("message", text="x"))["type"] == "ack"
    server.kill("hub")
    assert known(server) == {"ann": {}, "bob": {"n": 1}, "eve": None}
    await server.start_async("hub")
    assert (await eve.ask("message", text="x"))["type"] == "ack"
    assert not any("level" in message.raw for client in (ann, bob, eve)
                   for message in client.messages)


async def test_a_handler_reads_it(new_server, room):
    server = new_server(hub={"handlers": "open"})
    ann = await server.connect(room=room, token=server.token("ann", claims={"meta": {"level": 3}}))
    eve = await server.connect(room=room)
    bot = await Handler.open(server.runtime, "bot")
    known = await bot.call("ask_connection", id=ann.id)
    assert known["user"] == "ann" and json.loads(known["meta"]) == {"level": 3}
    assert (await bot.call("ask_connection", id=eve.id))["meta"] == b""
    assert (await ann.ask("auth", token=server.token("ann", claims={"meta": {"level": 4}})))
    assert (await ann.ask("message", text="x"))["type"] == "ack"
    known = await bot.call("ask_connection", id=ann.id)
    assert json.loads(known["meta"]) == {"level": 4}


async def test_what_is_too_long_lets_no_one_in(server, room):
    good = server.token("ann", claims={"meta": {"a": "x" * (64 - len('{"a":""}'))}})
    assert (await server.connect(room=room, token=good)).user == "ann"
    long = server.token("ann", claims={"meta": {"a": "x" * (65 - len('{"a":""}'))}})
    client = await Client.open(server.port, room=room, token=long)
    assert (await client.closed())[0] == 4401
    await server.until_metrics(lambda m: m.get("atrium_auth_denied_meta_total") == 1)
    assert "token_refused why=meta" in server["auth"].log()
