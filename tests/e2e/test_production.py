# test_production.py - the examples of docs/production.md do what they say
# SPDX-License-Identifier: MIT
import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from atrium import Client, Closed, ROOT, until
from atrium.where import patient

PAGE = (ROOT / "docs/production.md").read_text(encoding="utf-8")


def examples(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


def example(language):
    found = examples(language)
    assert len(found) == 1
    return found[0]


# ---- tokens

GO_IMPORTS = ("bytes", "crypto/hmac", "crypto/sha256", "encoding/base64", "encoding/json", "fmt", "os",
              "time")


def make_python(key, seconds, _):
    code = example("python") + f"import sys\nprint(make_token(sys.argv[1], 'ann', 'Ann', {seconds}))\n"
    return [sys.executable, "-c", code, key]


def make_node(key, seconds, _):
    code = example("js") + f"console.log(makeToken(process.argv[1], 'ann', 'Ann', {seconds}));\n"
    return ["node", "--input-type=module", "-e", code, key]


def make_php(key, seconds, _):
    code = example("php") + f"echo make_token($argv[1], 'ann', 'Ann', {seconds});"
    return ["php", "-r", code, key]


def make_go(key, seconds, directory):
    imports = "".join(f'import "{name}"\n' for name in GO_IMPORTS)
    (directory / "main.go").write_text(f"""package main\n{imports}{example("go")}
func main() {{
	text, err := makeToken(os.Args[1], "ann", "Ann", {seconds} * time.Second)
	if err != nil {{
		panic(err)
	}}
	fmt.Println(text)
}}
""", encoding="utf-8")
    return ["go", "run", str(directory / "main.go"), key]


@pytest.mark.deadline(60)
@pytest.mark.parametrize("command", [make_python, make_node, make_php, make_go])
async def test_a_token_of_ones_own_application(new_server, tmp_path, command):
    """It says who one is, where one may be, and until when."""
    server = new_server(auth={"anonymous": "no"}, **{'room "t*"': {"private": "yes"}})
    server.write_key("app")
    server.reload("auth")
    key = os.path.join(server.keys, "app.hs256")
    if not shutil.which(command(key, 0, tmp_path)[0]):
        pytest.skip("this language is not installed")

    async def token(seconds):
        done = await asyncio.to_thread(subprocess.run, command(key, seconds, tmp_path), check=True,
                                       stdout=subprocess.PIPE, encoding="ascii", timeout=patient(40))
        return done.stdout.strip()

    ann = await Client.open(server.port, room="team-1", token=await token(60))
    welcome = await ann.welcomed()
    assert welcome["user"] == "ann" and welcome["nickname"] == "Ann" and ann.room == "team-1"
    assert (await ann.ask("message", content="hello"))["offset"] == 1
    assert (await ann.ask("history"))["type"] == "history"
    assert (await ann.ask("join", room="tower"))["code"] == "forbidden"
    late = await Client.open(server.port, room="team-1", token=await token(-3600))
    with pytest.raises(Closed) as closed:
        await late.welcomed()
    assert closed.value.code == 4401


# ---- behind nginx

def gateway_settings():
    return dict(re.findall(r"^(\w+) = (.*)$", example("ini"), re.M))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def nginx(tmp_path, authority, new_server):
    """(server, port of nginx): the example with this machine's ports and files."""
    server = new_server(gateway={**gateway_settings(), "max_per_address": 3})
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
    """The address is the client's own: neither nginx's nor what the client says that it is."""
    server, port = nginx
    client = await Client.open(port, tls=authority.trusted(), room=room, local_addr=("127.0.0.2", 0),
                               headers={"X-Forwarded-For": "192.0.2.1"})
    await client.welcomed()
    done = await asyncio.to_thread(subprocess.run, [
        "curl", "-sS", "--cacert", authority.path("ca.pem"), "-H", "Content-Type: application/json", "-H",
        f"Authorization: Bearer {server.token('root', claims={'admin': True})}", "-d", json.dumps({"room": room}),
        f"https://127.0.0.1:{port}/api/connections"], stdout=subprocess.PIPE, check=True)
    found = json.loads(done.stdout)["result"]["connections"]
    assert [each["address"] for each in found] == ["127.0.0.2"]
    assert found[0]["id"] == client.id


def test_nginx_waits_for_longer_than_a_ping():
    waits = int(re.search(r"proxy_read_timeout (\d+)s;", example("nginx"))[1])
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    pings = int(re.search(r"`ping_interval` \| `(\d+)s`", text)[1])
    assert waits >= 3 * pings


# ---- backup

def commands(text, directory, backup):
    """What one is to type but for systemctl, with files of the test and as the user that it is."""
    text = "".join(line for line in text.splitlines(True) if not line.startswith("systemctl "))
    for of_page, ours in (("/var/lib/atrium/hub/", f"{directory}/state/hub/"),
                          ("/var/backups/atrium-hub.journal", backup), (" -o atrium-hub -g atrium ", " ")):
        text = text.replace(of_page, ours)
    assert "atrium/" not in text
    return f"set -e\n{text}"


async def typed(text):
    await asyncio.to_thread(subprocess.run, ["sh", "-c", text], check=True, timeout=patient(20))


@pytest.mark.deadline(60)
async def test_a_backup_is_restored(new_server, tmp_path, room):
    """Taken twice while the hub is talked to; then put into another server, that has said other things."""
    server, other = new_server(), new_server(hub={"grace": "500ms"})
    take, restore = examples("sh")
    backup = str(tmp_path / "backup")
    ann = await server.connect(room=room, nickname="Ann")
    for n in range(15):
        assert (await ann.ask("message", n=n))["offset"] == n + 1
        assert (await ann.ask("state", ops=[{"key": f"k{n % 3}", "value": n}]))["rev"] == n + 1
        if n in (4, 9):
            await typed(commands(take, server.directory, backup))
    assert os.stat(backup).st_mode & 0o777 == 0o600
    epoch = (await ann.ask("history"))["epoch"]

    cat = await other.connect(room=room, nickname="Cat")
    await cat.ask("message", n=99)
    for name in reversed(other.names):
        other.kill(name, signal.SIGTERM)
        await asyncio.to_thread(other[name].wait_exit)
    await typed(commands(restore, other.directory, backup))
    await asyncio.to_thread(other.start)

    bob = await other.connect(room=room, nickname="Bob")
    history = await bob.ask("history")
    assert [m["n"] for m in history["messages"]] == list(range(10)) and history["epoch"] == epoch
    state = await bob.ask("state_get")
    assert state["rev"] == 10
    assert {entry["key"]: entry["value"] for entry in state["entries"]} == {"k0": 9, "k1": 7, "k2": 8}
    again = await Client.open(other.port, room=room, since=15, epoch=epoch)
    await again.welcomed()
    assert again.received(type="joined")[0]["recovered"] is False
    while [m["nickname"] for m in (await bob.ask("users"))["members"]] != ["Bob", again.nickname]:
        await bob.recv_until(type="users_update")  # until Ann's grace is over
    assert (await bob.ask("message", n=10))["offset"] == 11
    await again.recv_until(type="message", n=10)


# ---- what is wrong?

def known():
    """Each counter, setting, error and event of the log that there is."""
    texts = [(ROOT / "docs/settings.md").read_text(encoding="utf-8")]
    for folder in ("proto", "gateway", "hub", "auth", "metrics", "webhook"):
        texts += [path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.[chd]*")
                  if path.suffix in (".c", ".def")]
    words = set(re.findall(r"[a-z_]+", " ".join(texts)))
    closes = re.findall(r"^CLOSE\(\w+, (\w+), (\d+)", "\n".join(texts), re.M)
    return words, {f"gateway_closed_{name}" for name, _ in closes}, {code for _, code in closes}


def test_what_one_is_to_look_at_is_there():
    """Names of one word with `_` are counters, settings, errors or events."""
    words, counters, codes = known()
    errors = {f"gateway_error_{name}" for name in words}
    table = PAGE[PAGE.index("## What is wrong?"):]
    names = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", table))
    assert len(names) > 15
    assert names - words - counters - errors == set()
    assert set(re.findall(r"closed with (\d+)", table)) <= codes
