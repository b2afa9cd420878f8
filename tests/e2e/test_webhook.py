# test_webhook.py - what an endpoint is told, in which form, and when it answers well
# SPDX-License-Identifier: MIT
import base64
import json
import os
import shutil
import subprocess
import sys

import pytest

from atrium import SECRET, Backend, Client, RawClient, patient
from atrium.backend import example, verify


@pytest.fixture
def hooked(new_server):
    """A server with one endpoint `shop`, and more of its settings: hooked(backend, batch=5)."""
    def make(backend, *, handler=None, prepare=None, **options):
        def prepared(server):
            path = os.path.join(server.directory, "shop.secret")
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
                file.write(SECRET + "\n")
            if prepare:
                prepare(server)
            server.settings['webhook "shop"'].setdefault("secret_files", path)
            server.write_conf()

        server = new_server(prepare=prepared, **{
            'webhook "shop"': {"url": backend.url, "retry_first": "20ms", "retry_most": "200ms",
                               **options},
            'handler "webhook-shop"': {"rooms": "*", **(handler or {})}})
        server["webhook"].wait_line("serving endpoint=shop")
        return server
    return make


async def test_who_comes_goes_and_says_what(hooked, room):
    backend = await Backend.open()
    server = hooked(backend)
    ann = await server.connect(nickname="Ann", room=room, token=server.token("ann"))
    bob = await server.connect(nickname="Bob", room=room)
    bob.send_text('{"type":"chat","n":0.10,"text":"h\\u00e4"}')
    await backend.until(lambda: len(backend.of(room)) == 4)
    await bob.close()
    await ann.close()
    await backend.until(lambda: len(backend.of(room)) == 7)
    hooks = backend.of(room)
    assert [hook.event["event"] for hook in hooks] == [
        "occupied", "connect", "connect", "message", "disconnect", "disconnect", "vacated"]
    assert [hook.event.get("count") for hook in hooks] == [1, 1, 2, None, 1, 0, 0]
    # the grace time of a client that closes in order is over at once
    assert hooks[1].event["connection"] == {"id": ann.id, "nickname": ann.nickname, "user": "ann"}
    assert hooks[2].event["connection"] == {"id": bob.id, "nickname": "Bob"}
    message = hooks[3].event["message"]
    assert message["type"] == "chat" and message["offset"] == 1 and len(message["epoch"]) == 16
    assert b'"body":{"n":0.10,"text":"h\\u00e4"}' in hooks[3].body
    assert len({hook.id for hook in hooks}) == 7 and backend.unsigned == 0
    for hook in hooks:
        assert hook.id == hook.event["id"] and hook.id.startswith("shop-")
        assert hook.target == "/hook?x=1"
        assert hook.headers["content-type"] == "application/json"
        assert hook.headers["user-agent"].startswith("atrium-webhook/")
        assert abs(int(hook.headers["webhook-timestamp"]) - hook.event["time"] / 1000) < patient(20)
    assert backend.connections <= 3  # they are kept


async def test_frames_of_raw_clients(hooked, room):
    backend = await Backend.open()
    server = hooked(backend, events="message")
    raw = await RawClient.open(server.port, f"/ws/{room}")
    raw.send_text('say "hi"')
    raw.send_text(b"\0\xff")
    await backend.count(2)
    first, second = (hook.event["message"] for hook in backend.hooks)
    assert (first["type"], first["text"]) == ("text", 'say "hi"')
    assert (second["type"], base64.b64decode(second["binary"])) == ("binary", b"\0\xff")
