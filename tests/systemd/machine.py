# machine.py - the machine that the units run on: systemctl, drop-ins, what is said of a unit
# SPDX-License-Identifier: MIT
import asyncio
import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from atrium import Checker, patient, until

DAEMONS = ("atrium-hub", "atrium-auth", "atrium-metrics", "atrium-gateway@1")
SOCKETS = ("atrium-gateway@1.socket", "atrium-metrics.socket")
PORT, METRICS_PORT, TLS_PORT = 8100, 8101, 8443
CONF = Path("/etc/atrium/atrium.conf")
SETTINGS = {"gateway": {"rate_messages": 0, "rate_bytes": 0, "max_per_address": 0, "drain": "1s"},
            "hub": {"history": 10000, "settle": "100ms"}}

_drop_ins = []


def run(*argv, check=True, **options):
    """What it prints, stderr included."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          stdin=subprocess.DEVNULL, encoding="utf-8", **options)
    assert not check or done.returncode == 0, f"{argv}: {done.returncode}\n{done.stdout}"
    return done.stdout


def systemctl(*words, check=True):
    return run("systemctl", *words, check=check)


def show(unit, name):
    return systemctl("show", "-P", name, unit).strip()


def pid(unit):
    return int(show(unit, "MainPID"))


def restarts(unit):
    return int(show(unit, "NRestarts"))


def is_running(unit):
    return show(unit, "ActiveState") not in ("inactive", "failed")


def is_active(*units):
    return all(show(unit, "ActiveState") == "active" for unit in units)


def until_active(*units, seconds=20):
    until(lambda: is_active(*units), seconds, f"{units} active")


def journal(*units, lines=None, since=None):
    words = [word for unit in units for word in ("-u", unit)]
    words += ["-n", str(lines)] if lines else []
    words += [f"--after-cursor={since}"] if since else []
    return run("journalctl", "--no-pager", "-q", "-o", "short-monotonic", *words, check=False)


def cursor():
    """Where the journal ends now."""
    run("journalctl", "--sync")
    return run("journalctl", "--no-pager", "-q", "-n", "0", "--show-cursor").split("-- cursor: ")[1].strip()


# ---- the server

def get(path, port=PORT):
    """(status, text) of a page."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}",
                                    timeout=patient(10)) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def is_ready():
    try:
        return get("/readyz")[0] == 200
    except OSError:
        return False


def start():
    systemctl("start", "atrium.target")
    until_active(*DAEMONS, *SOCKETS)
    until(is_ready, 20, "ready")


def stop():
    """All of it; what is part of the target ends after it."""
    systemctl("stop", "atrium.target")
    until(lambda: not any(is_running(unit) for unit in (*DAEMONS, *SOCKETS)), 20, "all stopped")


def write_conf(**settings):
    sections = {name: {**SETTINGS.get(name, {}), **settings.get(name, {})}
                for name in {*SETTINGS, *settings}}
    CONF.write_text("".join(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
                            for name, keys in sections.items()), encoding="utf-8")


def token(*words):
    return run("atrium", "token", "--keys", "/etc/atrium/keys", *words).strip()


def drop_in(unit, **keys):
    """Further lines for its [Service]; until the test is over."""
    directory = Path(f"/run/systemd/system/{unit}.service.d")
    directory.mkdir(parents=True, exist_ok=True)
    lines = [f"{key}={value}" for key, value in keys.items()]
    (directory / "zz-test.conf").write_text("\n".join(["[Service]", *lines, ""]), encoding="utf-8")
    _drop_ins.append(directory)
    systemctl("daemon-reload")


def put_back():
    """What drop_in() and write_conf() have changed; the server goes on, or starts."""
    write_conf()
    if _drop_ins:
        for directory in _drop_ins:
            shutil.rmtree(directory, ignore_errors=True)
        _drop_ins.clear()
        systemctl("daemon-reload")
        systemctl("restart", "atrium-hub", "atrium-auth", "atrium-metrics", "atrium-gateway@1")


def kill(unit, number=signal.SIGKILL):
    os.kill(pid(unit), number)


async def aside(call, *arguments):
    """Without holding up the clients of this test."""
    return await asyncio.to_thread(call, *arguments)


async def kill_and_wait(unit, number=signal.SIGKILL, seconds=20):
    """Until systemd has started another, by itself, which is ready."""
    before, count = pid(unit), restarts(unit)
    os.kill(before, number)
    await aside(until, lambda: restarts(unit) > count and is_active(unit), seconds, f"{unit} again")
    assert pid(unit) != before


def chat(room, **options):
    """Numbered messages through the port; at its end nothing may be lost, doubled or reordered."""
    return Checker(lambda: {"gateway": PORT}, room, **{"members": 4, "talkers": 3, **options})


def api(method, admin, **members):
    """A call of the server API; what it results in."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/api/{method}", json.dumps(members).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {admin}"})
    with urllib.request.urlopen(request, timeout=patient(10)) as response:
        return json.loads(response.read())["result"]
