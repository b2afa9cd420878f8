# test_production.py - the examples of docs/production.md do what they say
# SPDX-License-Identifier: MIT
import asyncio
import json
import os
import re
import socket
import subprocess
import sys

import pytest

from atrium import Client, ROOT, until
from atrium.where import patient

PAGE = (ROOT / "docs/production.md").read_text(encoding="utf-8")


def example(language):
    return re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)[1]


# ---- tokens

def make_python(key):
    code = example("python") + "import sys\nprint(make_token(sys.argv[1], 'ann', 'Ann'))\n"
    return [sys.executable, "-c", code, key]


def make_node(key):
    code = example("js") + "console.log(makeToken(process.argv[1], 'ann', 'Ann'));\n"
    return ["node", "--input-type=module", "-e", code, key]


@pytest.mark.parametrize("command", [make_python, make_node])
async def test_a_token_of_ones_own_application(new_server, command):
    server = new_server(auth={"anonymous": "no"})
    server.write_key("app")
    server.reload("auth")
    key = os.path.join(server.keys, "app.hs256")
    done = subprocess.run(command(key), stdout=subprocess.PIPE, check=True, encoding="ascii",
                          timeout=patient(20))
    ann = await Client.open(server.port, room="team-1", token=done.stdout.strip())
    welcome = await ann.welcomed()
    assert welcome["user"] == "ann" and welcome["nickname"] == "Ann" and ann.room == "team-1"


# ---- behind nginx

def settings():
    return dict(re.findall(r"^(\w+) = (.*)$", example("ini"), re.M))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def nginx(tmp_path, authority, new_server):
    """(server, port of nginx): the example with this machine's ports and files."""
    server = new_server(gateway={**settings(), "max_per_address": 3})
    made, port = authority.issue("nginx", 7), free_port()
    text = example("nginx")
    for of_page, ours in (
            ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
            ("127.0.0.1:8100", f"127.0.0.1:{server.port}"),
            (re.search("ssl_certificate (.*);", text)[1], made["tls_certificate"]),
            (re.search("ssl_certificate_key (.*);", text)[1], made["tls_key"])):
        assert text.count(of_page) == 1
        text = text.replace(of_page, ours)
    conf = tmp_path / "nginx.conf"
    places = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in (
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf.write_text(f"daemon off; master_process off; pid {tmp_path}/pid; error_log stderr;\n"
                    f"events {{ }}\nhttp {{ access_log off; {places}\n{text}\n}}\n", encoding="utf-8")
    process = subprocess.Popen(["nginx", "-p", str(tmp_path), "-c", str(conf)],
                               stdin=subprocess.DEVNULL)
    try:
        def listens():
            assert process.poll() is None
            with socket.socket() as sock:
                return sock.connect_ex(("127.0.0.1", port)) == 0
        until(listens, 10, "nginx")
        yield server, port
    finally:
        process.terminate()
        process.wait()


async def test_behind_nginx(nginx, authority, room):
    server, port = nginx
    origin = f"https://127.0.0.1:{port}"
    clients = []
    for number in range(5):  # more than max_per_address, were they all nginx's
        client = await Client.open(port, tls=authority.trusted(), room=room, origin=origin,
                                   headers={"X-Forwarded-For": f"192.0.2.{number}"})
        await client.welcomed()
        clients.append(client)
    clients[0].send("message", content="hello")
    for client in clients:
        await client.recv_until(type="message", content="hello")
    direct = await server.connect(room=room)
    direct.send("message", content="from behind")
    await clients[0].recv_until(type="message", content="from behind")


async def test_the_api_and_the_address_behind_nginx(nginx, authority, room):
    server, port = nginx
    client = await Client.open(port, tls=authority.trusted(), room=room)
    await client.welcomed()
    done = await asyncio.to_thread(subprocess.run, [
        "curl", "-sS", "--cacert", authority.path("ca.pem"), "-H", "Content-Type: application/json", "-H",
        f"Authorization: Bearer {server.token('root', claims={'admin': True})}", "-d", json.dumps({"room": room}),
        f"https://127.0.0.1:{port}/api/connections"], stdout=subprocess.PIPE, check=True)
    found = json.loads(done.stdout)["result"]["connections"]
    assert [each["address"] for each in found] == ["127.0.0.1"]
    assert found[0]["id"] == client.id
