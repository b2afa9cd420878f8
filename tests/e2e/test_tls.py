# test_tls.py - https and wss: what is agreed on, what is refused, and that all is as over plain TCP
# SPDX-License-Identifier: MIT
import asyncio
import json
import os
import sqlite3
import ssl
import warnings

import pytest

from atrium import Checker, Server, dial_tls, patient, request, shaken
from atrium import raw as ws
from atrium.raw import frame

pytestmark = pytest.mark.skipif(bool(os.environ.get("ATRIUM_TLS")),
                                reason="has its own certificates, and speaks plain as well")

LARGE = os.urandom(1 << 16) * 64


@pytest.fixture(scope="module")
def server(authority):
    def prepare(server):
        with open(os.path.join(server.static, "large.bin"), "wb") as file:
            file.write(LARGE)

    server = Server(gateway={**authority.issue("shared", 1), "handshake_timeout": "1s",
                             "max_queue": "256K"},
                    metrics={"interval": "200ms"}, hub={"grace": "200ms"}, prepare=prepare)
    try:
        yield server
        wrong = server.stop()
        assert not wrong, "\n".join(wrong + [server.log()])
    finally:
        server.end()


async def rest_of(sock):
    """All that comes until the end of the connection, a reset included."""
    def read():
        got = b""
        try:
            while piece := sock.recv(65536):
                got += piece
        except ConnectionError:
            pass
        finally:
            sock.close()
        return got
    return await asyncio.to_thread(read)


async def hear(sender, *hearers, **content):
    sender.send("message", **content)
    for hearer in hearers:
        await hearer.recv_until(type="message", **content)


# ---- what is served

async def test_a_page(server, tls):
    answer = await server.get("/static/large.bin", tls=tls)
    assert answer.status == 200 and answer.body == LARGE
    assert (await server.get("/healthz", tls=tls)).text == "ok"
    assert (await server.get("/nothing", tls=tls)).status == 404


async def test_requests_one_after_the_other_and_at_once(server, tls):
    raw = await ws.RawSocket.dial(server.tls_ports["gateway"], tls=tls)
    raw.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
    for _ in range(50):
        assert b"200" in await raw.reader.readuntil(b"\r\n\r\n")
        assert await raw.reader.readexactly(2) == b"ok"
    raw.write(b"GET /static/large.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await raw.reader.readuntil(b"\r\n\r\n")
    assert await asyncio.wait_for(raw.reader.read(-1), patient(8)) == LARGE


async def test_who_leaves_in_the_middle_of_a_file(server, tls):
    for _ in range(5):
        raw = await ws.RawSocket.dial(server.tls_ports["gateway"], receive_buffer=4096, tls=tls)
        raw.write(b"GET /static/large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        await raw.reader.readuntil(b"\r\n\r\n")
        raw.abort()
    assert (await server.get("/healthz", tls=tls)).status == 200


async def test_people_meet_whatever_they_came_over(server, room, tls):
    john = await server.connect(room=room, tls=tls)
    jane = await server.connect(room=room)
    await hear(john, jane, content="hi")
    await hear(jane, john, content="hello")


@pytest.mark.parametrize("origin,status", [("https://chat.example:8443", 101),
                                           ("https://other.example:8443", 403)])
async def test_a_page_of_the_same_host_may_connect(server, tls, origin, status):
    raw = await server.raw(headers={"Host": "chat.example:8443", "Origin": origin}, tls=tls)
    assert raw.status == status


async def test_the_peer_is_who_it_is(server, room, tls):
    def address():
        path = os.path.join(server.directory, "state", "hub", "hub.journal")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as journal:
            return journal.execute("SELECT address FROM conns WHERE id = ?", (john.id,)).fetchone()

    john = await server.connect(room=room, tls=tls)
    assert address()[0].endswith("127.0.0.1")


async def test_one_too_many_of_an_address(new_server, authority, room, tls):
    server = new_server(gateway={**authority.issue("crowd", 4), "max_per_address": 2})
    first = await server.connect(room=room, tls=tls)
    await server.connect(room=room)
    assert (await server.raw(tls=tls)).status == 429
    await first.close()
    await server.connect(room=room, tls=tls)


async def test_a_frame_in_the_record_of_the_handshake(server, room, tls):
    first = frame(ws.TEXT, json.dumps({"type": "message", "content": "early"}))
    cut = frame(ws.TEXT, json.dumps({"type": "message", "content": "x" * 5000}))
    raw = await server.raw(f"/api/ws?room={room}", tls=tls, behind=first + cut[:100])
    assert raw.status == 101
    await raw.message(type="message", content="early")
    raw.write(cut[100:])
    await raw.message(type="message", content="x" * 5000)


async def test_large_messages_both_ways(server, room, tls):
    john, jane = [await server.connect(room=room, tls=tls) for _ in range(2)]
    for size in (1, 16000, 16384, 17000, 40000, 65000):
        await hear(john, jane, content="x" * size)
    for n in range(100):
        john.send("message", content="y" * 60000, n=n, ref=n)
        await john.recv_until(type="ack", ref=n)
    await jane.recv_until(type="message", n=99)
    assert [m["n"] for m in jane.received(type="message") if "n" in m] == list(range(100))


@pytest.mark.deadline(60)
async def test_two_hundred_hear_the_same_in_order(server, room, tls):
    clients = []
    while len(clients) < 200:  # not all at once: each has a second for its handshake
        clients += await asyncio.gather(*(
            server.connect(room=room, announced=False, tls=tls if n % 2 else None)
            for n in range(10)))
    talkers = clients[:4]
    for n in range(25):
        for number, talker in enumerate(talkers):
            talker.send("message", n=n, by=number)
    heard = []
    for client in clients:
        while len(said := client.received(type="message")) < 100:
            await client.recv_until(20, type="message")
        heard.append([(m["by"], m["n"], m["offset"]) for m in said])
    assert all(one == heard[0] for one in heard)
    assert sorted(heard[0])[:25] == sorted((0, n, o) for b, n, o in heard[0] if b == 0)


async def test_who_reads_too_slowly_is_closed_with_4508(server, room, tls):
    slow = await server.raw(f"/api/ws?room={room}&nickname=Slow", receive_buffer=4096, tls=tls)
    await slow.message(type="system")
    john = await server.connect(room=room, tls=tls)
    for n in range(900):
        john.send("message", content="x" * 10000, n=n, echo=False, ref=n)
        if n % 20 == 19:
            await john.recv_until(type="ack", ref=n)
    code, reason = await slow.closed(20)
    assert code == 4508 and json.loads(reason)["retry_ms"] >= 0
    await server.until_metrics(lambda m: m.get("atrium_gateway_queue_bytes") == 0)


async def test_close_codes_arrive_and_tls_ends_in_order(server, room, tls):
    raw = await server.raw(f"/api/ws?room={room}", tls=tls)
    raw.send(ws.BINARY, b"\x00")
    assert (await raw.closed())[0] == 1003
    sock = await shaken(server, tls, suppress_ragged_eofs=False)
    sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await rest_of(sock)).endswith(b"ok")  # without close_notify it would raise


async def test_goodbye_in_the_record_of_the_last_frame(server, room, tls):
    """The kernel has nothing more to tell when it is read."""
    watcher = await server.connect(room=room)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    john = tls.wrap_bio(incoming, outgoing, server_hostname="localhost")
    reader, writer = await asyncio.open_connection("127.0.0.1", server.tls_ports["gateway"])

    async def turn(call):
        while True:
            try:
                return call()
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                incoming.write(await asyncio.wait_for(reader.read(65536), patient(8)))

    await turn(john.do_handshake)
    john.write(f"GET /api/ws?room={room}&nickname=John HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
               "Connection: upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n".encode())
    while b'"joined"' not in await turn(lambda: john.read(65536)):
        pass
    john.write(frame(ws.TEXT, json.dumps({"type": "message", "content": "bye"})))
    with pytest.raises(ssl.SSLWantReadError):
        john.unwrap()
    writer.write(outgoing.read())
    await watcher.recv_until(type="message", content="bye")
    await watcher.recv_until(type="system", content="John left the room")
    writer.close()


@pytest.mark.deadline(90)
async def test_a_hub_that_is_killed_under_tls(new_server, authority, room, tls):
    server = new_server(gateways=2, gateway=authority.issue("killed", 2), hub={"history": "10000"})
    ports = {name: server.tls_ports[name] for name in server.gateways}
    async with Checker(lambda: ports, room, members=4, talkers=3, private=True, tls=tls) as check:
        for _ in range(6):
            await check.progress(check.rng.randrange(150))
            await server.restart_async("hub")
        await check.progress(50)


# ---- what is agreed on

@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_versions(server, authority, room, version):
    context = authority.trusted()
    context.minimum_version = context.maximum_version = version
    john = await server.connect(room=room, tls=context)
    assert john.ws.transport.get_extra_info("ssl_object").version() == version.name.replace("_", ".")
    await hear(john, john, content="x" * 20000)


async def test_older_versions_are_refused(server, authority):
    context = authority.trusted()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="(?i)protocol.version"):
        await shaken(server, context)


@pytest.mark.parametrize("ciphers", ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"])
async def test_old_ciphers_are_refused(server, authority, ciphers):
    context = authority.trusted()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    with pytest.raises(ssl.SSLError, match="(?i)handshake.failure"):
        await shaken(server, context)


@pytest.mark.parametrize("offered,agreed", [(None, None), (["http/1.1"], "http/1.1"),
                                            (["h2", "http/1.1"], "http/1.1")])
async def test_alpn(server, authority, offered, agreed):
    context = authority.trusted()
    if offered:
        context.set_alpn_protocols(offered)
    with await shaken(server, context) as sock:
        assert sock.selected_alpn_protocol() == agreed


async def test_another_protocol_is_refused(server, authority):
    context = authority.trusted()
    context.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        await shaken(server, context)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_session_is_resumed(server, authority, version):
    context = authority.trusted()
    context.maximum_version = version
    sock = await shaken(server, context)
    sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    sock.recv(65536)
    session = sock.session
    sock.close()
    with await shaken(server, context, session=session) as sock:
        assert sock.session_reused


# ---- who does not speak it

async def test_plain_http_gets_400(server):
    answer = await request(server.tls_ports["gateway"], "/healthz")
    assert answer.status == 400 and "https://" in answer.text


GARBAGE = {"zeros": bytes(100), "no hello": b"\x16\x03\x01\x00\x05hello", "ssh": b"SSH-2.0-x\r\n",
           "long": b"\x16\x03\x01\xff\xff" + b"x" * 70000, "bytes": bytes(range(256)) * 12}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_is_cut_off(server, garbage):
    before = server.metrics().get("atrium_gateway_tls_failed_total")
    sock = dial_tls(server)
    try:
        sock.sendall(garbage)
    except ConnectionError:
        pass
    assert len(await rest_of(sock)) <= 7  # an alert
    await server.until_metrics(lambda m: m.get("atrium_gateway_tls_failed_total") > before)


async def test_who_takes_too_long_is_cut_off(server, tls):
    """In the handshake, before the first byte behind it, and in the first head."""
    before = server.metrics().get("atrium_gateway_tls_timeouts_total")
    half, silent, slow = dial_tls(server), await shaken(server, tls), await shaken(server, tls)
    half.sendall(b"\x16\x03\x01")
    slow.sendall(b"GET /healthz HTTP/1.1\r\n")
    assert await rest_of(half) == b""
    assert b" 408 " in await rest_of(silent) and b" 408 " in await rest_of(slow)
    await server.until_metrics(
        lambda m: m.get("atrium_gateway_tls_timeouts_total") == before + 1
        and m.get("atrium_gateway_tls_connections") == 0)


async def test_who_shakes_hands_for_long_makes_room(new_server, authority, room, tls):
    server = new_server(gateway={**authority.issue("waiting", 5), "max_waiting": 4},
                        metrics={"interval": "200ms"})
    half = [dial_tls(server) for _ in range(8)]
    for sock in half:
        sock.sendall(b"\x16\x03\x01")
    await asyncio.gather(*(rest_of(sock) for sock in half[:4]))
    await server.connect(room=room)
    await server.connect(room=room, tls=tls)
    await server.until_metrics(lambda m: m.get("atrium_gateway_refused_waiting_total") >= 4)
    for sock in half[4:]:
        sock.close()
