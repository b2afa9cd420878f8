# test_webhook.py - what an endpoint is told, in which form, and by whom it is let in
# SPDX-License-Identifier: MIT
import asyncio
import base64
import json
import signal
import subprocess

import pytest

from atrium import BUILD, SECRET, Backend, Client, RawClient, patient
from atrium.backend import example, line, verify, write_secret


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


async def test_only_what_is_wanted(hooked, room):
    """Rooms, events, types; and what is of the moment only is never told."""
    backend = await Backend.open()
    server = hooked(backend, rooms=f"{room}-*", events="message vacated", types="chat note")
    other = await server.connect(nickname="Otto", room=room)
    await other.ask("chat", n=0)
    ann = await server.connect(nickname="Ann", room=f"{room}-1")
    await ann.ask("message", n=1)
    await ann.ask("chat", n=2, ephemeral=True)
    await ann.ask("note", n=3)
    await ann.ask("chat", n=4)
    await ann.close()
    await backend.count(3)
    assert [hook.event["event"] for hook in backend.hooks] == ["message", "message", "vacated"]
    assert [hook.said["n"] for hook in backend.hooks[:2]] == [3, 4]
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_delivered_total") == 3)


async def test_several_events_in_a_request(hooked, room):
    """While one request is under way others gather; of one room only."""
    backend = await Backend.open()
    go = asyncio.Event()

    async def answer(hook):
        await go.wait()
        return 204

    backend.answer = answer
    server = hooked(backend, batch=4, events="message")
    ann = await server.connect(nickname="Ann", room=room)
    for n in range(6):
        await ann.ask("message", n=n)
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_waiting") == 6)
    go.set()
    await backend.until(lambda: sum(len(hook.events) for hook in backend.hooks) == 6)
    assert [event["message"]["body"]["n"] for hook in backend.hooks for event in hook.events] == \
        list(range(6))
    first, second = backend.hooks[:2]
    assert set(first.json) == {"events"} and len(second.events) == 4
    assert second.id == second.events[0]["id"] + "-x4"


async def test_rooms_at_a_time(hooked, room):
    """One request of a room, `concurrency` of all."""
    backend = await Backend.open()
    go, under_way, most = asyncio.Event(), [], []

    async def answer(hook):
        assert hook.room not in under_way
        under_way.append(hook.room)
        most.append(len(under_way))
        await go.wait()
        under_way.remove(hook.room)
        return 200

    backend.answer = answer
    server = hooked(backend, concurrency=3, events="message")
    ann = await server.connect(nickname="Ann", room=room)
    for n in range(5):
        await ann.ask("join", room=f"{room}-{n}")
        for _ in range(2):
            await ann.ask("message", room=f"{room}-{n}", n=n)
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_waiting") == 10 and
                               samples.get("atrium_webhook_sending") == 3)
    go.set()
    await backend.count(10)
    assert max(most) == 3


# ---- the document's examples

NODE = """
const [secret, headers, body, wrong] = JSON.parse(process.argv[1]);
const bytes = Buffer.from(body, "base64"), old = { ...headers, "webhook-timestamp": "1614265330" };
console.log(JSON.stringify([verify(secret, headers, bytes), verify(wrong, headers, bytes),
  verify(secret, headers, Buffer.concat([bytes, Buffer.from(" ")])), verify(secret, old, bytes),
  verify(secret, headers, bytes, -1)]));
"""


async def test_verifiers_of_the_document(hooked, room):
    backend = await Backend.open()
    server = hooked(backend, events="message")
    ann = await server.connect(nickname="Ann", room=room)
    await ann.ask("message", text="h\u00e4")
    hook, = await backend.count(1)
    wrong = "whsec_" + base64.b64encode(b"x" * 32).decode()
    assert verify(SECRET, hook.headers, hook.body)
    assert not verify(wrong, hook.headers, hook.body)
    assert not verify(SECRET, hook.headers, hook.body + b" ")
    assert not verify(SECRET, {**hook.headers, "webhook-timestamp": "1614265330"}, hook.body)
    assert not verify(SECRET, hook.headers, hook.body, tolerance=-1)
    told = json.dumps([SECRET, hook.headers, base64.b64encode(hook.body).decode(), wrong])
    done = await asyncio.to_thread(
        subprocess.run, ["node", "--input-type=module", "-e", example("js") + NODE, told],
        check=True, stdout=subprocess.PIPE, timeout=patient(20))
    assert json.loads(done.stdout) == [True, False, False, False, False]


# ---- who is let in

async def test_without_a_section_it_is_not_let_in(new_server, room):
    backend = await Backend.open()

    def prepare(server):
        server.settings['webhook "shop"']["secret_files"] = write_secret(server, "shop", SECRET)
        server.write_conf()

    server = new_server(prepare=prepare, **{'webhook "shop"': {"url": backend.url, "timeout": "3s"}})
    server.tolerate("link_drop link=handlers.sock")
    await line(server, "link_dropped .*handlers is closed")
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_endpoints") == 1 and
                               samples.get("atrium_webhook_linked") == 0)
    server.settings["hub"]["handlers"] = "open"
    server.reload("hub")
    await line(server, "serving endpoint=shop")
    ann = await server.connect(nickname="Ann", room=room)
    await ann.ask("message", n=1)
    await backend.until(lambda: len(backend.of(room)) == 3)


async def test_only_rooms_that_the_hub_allows(hooked, room):
    backend = await Backend.open()
    server = hooked(backend, events="message", handler={"rooms": f"{room}-a"})
    ann = await server.connect(nickname="Ann", room=f"{room}-b")
    await ann.ask("message", n=1)
    await ann.ask("join", room=f"{room}-a")
    await ann.ask("message", room=f"{room}-a", n=2)
    hook, = await backend.count(1)
    assert hook.said == {"n": 2}


# ---- settings

async def test_a_reload_changes_what_is_sent_where(hooked, room):
    before, after = await Backend.open(), await Backend.open()
    server = hooked(before, events="message")
    ann = await server.connect(nickname="Ann", room=room)
    await ann.ask("message", n=1)
    await before.count(1)
    server.settings['webhook "shop"'].update(url=after.url, events="message disconnect")
    server.reload("webhook")
    await server.until_metrics(lambda samples: samples.get("atrium_webhook_linked") == 1)
    await ann.ask("message", n=2)
    await after.count(1)
    await ann.close()
    await after.count(2)
    assert [hook.event["event"] for hook in after.hooks] == ["message", "disconnect"]
    assert len(before.hooks) == 1


async def test_endpoints_come_and_go_with_a_reload(hooked, room):
    backend, second = await Backend.open(), await Backend.open()
    server = hooked(backend, events="message")
    shop = server.settings['webhook "shop"']
    server.settings['webhook "news"'] = {**shop, "url": second.url}
    server.settings['handler "webhook-news"'] = {"rooms": "*"}
    server.reload("hub")
    server.reload("webhook")
    await line(server, "serving endpoint=news")
    ann = await server.connect(nickname="Ann", room=room)
    await ann.ask("message", n=1)
    await asyncio.gather(backend.count(1), second.count(1))
    assert second.hooks[0].id.startswith("news-")
    del server.settings['webhook "news"']
    server.reload("webhook")
    await line(server, "endpoint_closed name=news")
    await ann.ask("message", n=2)
    await backend.count(2)
    assert len(second.hooks) == 1


def test_what_cannot_be_set(tmp_path):
    conf = tmp_path / "atrium.conf"
    conf.write_text('[webhook "a.b"]\nurl = ftp://x\nevents = said\nsecret_files = /s\n'
                    '[webhook "ok"]\nurl = http://u:p@x/\n', encoding="ascii")
    done = subprocess.run([BUILD / "atrium", "check", "-c", conf], text=True, check=False,
                          capture_output=True, timeout=patient(20))
    assert done.returncode == 2
    for line, what in ((1, "endpoint's name"), (2, "begins with"), (3, "an event is"),
                       (6, "no user or password")):
        assert any(found.startswith(f"{conf}:{line}:") and what in found
                   for found in done.stderr.splitlines()), done.stderr


# ---- atrium up

@pytest.mark.deadline(40)
async def test_atrium_up_runs_it(tmp_path):
    backend = await Backend.open()
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    conf = tmp_path / "atrium.conf"
    conf.write_text(f'[webhook "shop"]\nurl = {backend.url}\nsecret_files = {secret}\n'
                    'events = message\n[handler "webhook-shop"]\nrooms = *\n', encoding="ascii")
    up = await asyncio.create_subprocess_exec(
        BUILD / "atrium", "up", "--port", "0", "--data", tmp_path / "d", "-c", conf,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        url = (await asyncio.wait_for(up.stdout.readline(), patient(20))).decode()
        ann = await Client.open(int(url.rsplit(":", 1)[1].strip("/\n")), nickname="Ann", room="r")
        await ann.welcomed()
        while not backend.hooks:  # it is told what is said from when it is there
            await ann.ask("message", n=1)
        await ann.close()
    finally:
        up.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(up.communicate(), patient(20))
    assert up.returncode == 0
    assert b"webhook | " in said and SECRET.encode() not in said
