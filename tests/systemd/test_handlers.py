# test_handlers.py - handlers with users of their own, and webhooks, beside the server's units
# SPDX-License-Identifier: MIT
import http.server
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from atrium import Client, ROOT, until
from machine import (PORT, aside, is_active, journal, kill, pid, restarts, run, show, systemctl,
                     until_active, write_conf)

HANDLERS = Path("/usr/local/lib/atrium/handlers")
PROGRAM = Path(__file__).with_name("dice.py")
TESTS = ROOT / "tests/e2e"
UNIT = "atrium-handler@dice"
HEARD = Path("/var/lib/atrium-handlers/dice/heard")
OTHERS = [f"connect:/run/atrium/{name}" for name in ("hub.sock", "auth.sock", "metrics.sock", "series.sock",
                                                     "auth.control")]
AROUND = ["listing:/run/atrium", "write:/run/atrium", "remove:/run/atrium/handlers.sock"]


def user(name):
    run("systemd-sysusers", "--inline", f"u {name} - - - -")


@pytest.fixture
def dice(server):
    """As docs/production.md says it: a program, a user, a section, the unit."""
    user("handler-dice")
    user("stranger")
    HANDLERS.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROGRAM, HANDLERS / "dice")
    os.chmod(HANDLERS / "dice", 0o755)
    drop_in = Path(f"/run/systemd/system/{UNIT}.service.d")
    drop_in.mkdir(parents=True, exist_ok=True)
    (drop_in / "tests.conf").write_text(f"[Service]\nEnvironment=ATRIUM_TESTS={TESTS}\nRestartSec=100ms\n",
                                        encoding="ascii")
    write_conf(**{'handler "dice"': {"rooms": "*", "user": "handler-dice"}})
    systemctl("daemon-reload")
    systemctl("reload", "atrium-hub")
    systemctl("start", UNIT)
    yield server
    systemctl("stop", UNIT)
    shutil.rmtree(drop_in)
    HEARD.unlink(missing_ok=True)
    systemctl("daemon-reload")


async def reach(room):
    client = await Client.open(PORT, room=room)
    await client.welcomed()
    return client


async def roll(client):
    """Until the handler is there."""
    while True:
        answer = await client.ask("call", cmd="roll")
        if answer["type"] == "result":
            return answer["eyes"]
        assert answer["code"] in ("no_handler", "handler_timeout")


def attempt_as(name, group, tries):
    words = ["-p", f"User={name}"] + (["-p", f"Group={group}"] if group else [])
    probe = "/usr/lib/atrium-probe.py"
    shutil.copy(Path(__file__).with_name("probe.py"), probe)
    done = subprocess.run(["systemd-run", "--quiet", "--wait", "--pipe", "--collect", *words,
                           "/usr/bin/python3", probe, *tries], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, check=True, encoding="utf-8")
    return {tried for tried, why in json.loads(done.stdout).items() if why}


async def test_it_serves_a_room_as_its_own_user(dice):
    client = await reach("table")
    assert await roll(client) == 4
    assert show(UNIT, "User") == "handler-dice"
    assert os.stat(f"/proc/{pid(UNIT)}").st_uid not in (0, os.stat(f"/proc/{pid('atrium-hub')}").st_uid)
    status = os.stat("/run/atrium/handlers.sock")
    assert status.st_mode & 0o777 == 0o660


def test_it_reaches_handlers_sock_and_nothing_else(dice):
    own = ["connect:/run/atrium/handlers.sock"]
    assert attempt_as("handler-dice", "atrium-handlers", own + OTHERS + AROUND) == {*OTHERS, *AROUND}
    assert attempt_as("stranger", None, own + OTHERS + AROUND) == {*own, *OTHERS, *AROUND}


def test_another_user_is_not_taken_for_it(dice):
    """One who may open the socket, and asks to be this handler."""
    def refused(name, handler):
        done = subprocess.run(["systemd-run", "--quiet", "--wait", "--pipe", "--collect",
                               "-p", f"User={name}", "-p", "Group=atrium-handlers",
                               "-p", f"Environment=ATRIUM_TESTS={TESTS} STATE_DIRECTORY=/tmp",
                               "/usr/bin/python3", str(PROGRAM), handler], stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False, encoding="utf-8")
        assert done.returncode == 1, done.stderr
        return done.stderr
    assert "its user may not be this handler" in refused("stranger", "dice")
    assert "no section" in refused("handler-dice", "cards")
    assert "handler_refused handler=dice" in journal("atrium-hub")
    assert is_active(UNIT)


@pytest.mark.deadline(90)
async def test_killed_it_comes_back_and_misses_nothing_while_the_hub_restarts(dice):
    client = await reach("log")
    await roll(client)
    said = iter(range(1000))

    async def say(count):
        for _ in range(count):
            assert (await client.ask("message", n=next(said)))["type"] == "ack"

    def heard():
        lines = HEARD.read_text(encoding="utf-8").splitlines() if HEARD.exists() else []
        return list(dict.fromkeys(int(re.search('"n": *([0-9]+)', line)[1]) for line in lines))

    await say(20)
    for unit in (UNIT, "atrium-hub", UNIT):
        count = restarts(unit)
        kill(unit, signal.SIGKILL)
        await say(20)
        await aside(until, lambda u=unit, c=count: restarts(u) > c and is_active(u), 20, f"{unit} again")
        await say(20)
    await aside(until, lambda: len(heard()) == 140, 30, "all heard")
    assert heard() == list(range(140))
    assert await roll(client) == 4


# ---- figures

def test_the_unit_is_well_formed_and_shut(dice):
    assert run("systemd-analyze", "verify", "--man=yes", "--recursive-errors=no",
               f"{UNIT}.service", "atrium-webhook.service") == ""
    for unit in (UNIT, "atrium-webhook"):
        said = run("systemd-analyze", "security", "--no-pager", f"{unit}.service")
        assert float(re.search(r"exposure level for \S+: (\S+)", said)[1]) <= 1.5, said


# ---- webhooks

class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.put((dict(self.headers), json.loads(body)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.came = queue.Queue()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.mark.deadline(60)
async def test_a_webhook_is_told_and_signs(server, receiver):
    secret = Path("/etc/atrium/webhook/shop.secret")
    secret.write_text("x" * 32 + "\n", encoding="ascii")
    os.chmod(secret, 0o600)
    write_conf(**{'webhook "shop"': {"url": f"http://127.0.0.1:{receiver.server_port}/",
                                     "secret_files": "webhook_shop.secret"},
                  'handler "webhook-shop"': {"rooms": "*", "user": "atrium-webhook"}})
    systemctl("reload", "atrium-hub")
    systemctl("start", "atrium-webhook")
    try:
        await aside(until_active, "atrium-webhook")
        await aside(until, lambda: "handler_serves handler=webhook-shop" in journal("atrium-hub"), 20, "served")
        client = await reach("orders")
        headers, body = await aside(receiver.came.get, True, 20)
        text = json.dumps(body)
        assert client.id in text and "orders" in text
        assert headers["webhook-signature"].startswith("v1,")
        tries = [*OTHERS[:2], "connect:/run/atrium/handlers.sock"]
        assert attempt_as("atrium-webhook", "atrium-handlers", tries) == set(OTHERS[:2])
    finally:
        systemctl("stop", "atrium-webhook")
        secret.unlink()
