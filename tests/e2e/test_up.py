# test_up.py - atrium up: all four in the foreground, one command to begin and to end
# SPDX-License-Identifier: MIT
import asyncio
import json
import os
import re
import select
import shutil
import signal
import subprocess

import pytest

from atrium import BUILD, Client, patient, request, until, until_async
from atrium.handler import Dropped, Handler
from atrium.process import Process
from atrium.server import can_connect, clean_environment, free_directory

NAMES = ("gateway", "hub", "auth", "metrics")


class Up:
    """A running `atrium up`."""

    def __init__(self, *options, data=None, port=0, programs=BUILD, **env):
        self.directory = data or free_directory()
        self.data = os.path.join(self.directory, "data")
        argv = [str(programs / "atrium"), "up", "--port", str(port), "--data", self.data, *options]
        env = {"ATRIUM_METRICS_PORT": "0", **env}
        notify = os.path.join(self.directory, f"n{id(self)}")
        self.process = Process("up", argv, clean_environment(**env), notify, self.directory)

    def wait_ready(self):
        line = self.process.wait_output()
        match = re.fullmatch(r"Atrium is ready: http://127\.0\.0\.1:(\d+)/"
                             r"(?: https://127\.0\.0\.1:(\d+)/)?", line)
        assert match, line
        self.port, self.tls_port = int(match[1]), match[2] and int(match[2])
        return self

    def pid(self, name):
        """None while there is none."""
        try:
            with open(os.path.join(self.data, "run", f"{name}.pid"), encoding="ascii") as file:
                return int(file.read())
        except (FileNotFoundError, ValueError):
            return None

    def pidfds(self):
        return {name: os.pidfd_open(self.pid(name)) for name in NAMES}

    async def connect(self, **options):
        client = await Client.open(self.port, **options)
        await client.welcomed()
        return client

    def end(self, number=signal.SIGTERM):
        self.process.kill(number)
        return self.process.wait_exit()

    async def end_async(self):
        """Clients of this test answer the close frame meanwhile."""
        return await asyncio.to_thread(self.end)


def all_ended(pidfds, seconds=8):
    """Waits for the end of processes that are not our children."""
    for name, fd in pidfds.items():
        assert select.select([fd], [], [], patient(seconds))[0], f"{name} is an orphan"
        os.close(fd)


@pytest.fixture
def up():
    """up(option..., env) starts one; what is left at the end is killed."""
    made = []

    def make(*options, **env):
        made.append(Up(*options, **env))
        return made[-1]

    yield make
    for one in made:
        if one.process.exit is None:
            one.process.kill(signal.SIGTERM)
            one.process.wait_exit()
        shutil.rmtree(one.directory, ignore_errors=True)


async def test_it_says_where_and_people_chat(up, room):
    one = up().wait_ready()
    john = await one.connect(room=room, nickname="John")
    jane = await one.connect(room=room, nickname="Jane")
    john.send("message", content="hi")
    await jane.recv_until(type="message", content="hi")
    assert await one.end_async() == 0
    assert one.process.output == [f"Atrium is ready: http://127.0.0.1:{one.port}/"]


async def test_any_handler_may_serve_where_no_file_says_who(up, room):
    one = up().wait_ready()
    bot = await Handler.open(os.path.join(one.data, "run"), "any")
    assert (await bot.serve("*"))["allowed"] == [{"rooms": "*", "what": 23}]
    john = await one.connect(room=room, nickname="John")
    assert (await bot.next("came"))["id"] == john.id
    closed = up(ATRIUM_HUB_HANDLERS="closed").wait_ready()
    with pytest.raises(Dropped):
        await Handler.open(os.path.join(closed.data, "run"), "any")


@pytest.fixture
def tree(tmp_path):
    """Where programs are as in a source tree: its build/release."""
    programs = tmp_path / "build/release"
    programs.mkdir(parents=True)
    for program in BUILD.glob("atrium*"):
        if program.is_file() and os.access(program, os.X_OK):
            shutil.copy(program, programs)
    return programs


def write_page(folder, text):
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(text)


async def test_pages_are_found_where_they_were_built_or_installed(up, tree, tmp_path):
    built, installed = tmp_path / "static/dist", tmp_path / "build/share/atrium/static"
    for folder in (built, installed):
        write_page(folder, folder.name)
        one = up(programs=tree).wait_ready()
        assert (await request(one.port, "/")).text == folder.name
        assert await one.end_async() == 0
        assert f"pages are served from {folder}\n" in one.process.log()


async def test_without_pages_it_says_so(up, tree, tmp_path):
    one = up(programs=tree).wait_ready()
    got = await request(one.port, "/")
    assert got.status == 404 and json.loads(got.text)["error"]["code"] == "no_pages"
    assert await one.end_async() == 0
    assert "there are no pages to serve" in one.process.log()
    write_page(tmp_path / "else", "where")
    one = up(programs=tree, ATRIUM_GATEWAY_STATIC_DIR=str(tmp_path / "else")).wait_ready()
    assert (await request(one.port, "/")).text == "where"
    assert await one.end_async() == 0
    assert f"pages are served from {tmp_path / 'else'}\n" in one.process.log()


async def test_it_serves_https(up, authority, tls, room):
    files = authority.issue("up", 90)
    one = up("--certificate", files["tls_certificate"], "--key", files["tls_key"]).wait_ready()
    assert (await request(one.tls_port, "/healthz", tls=tls)).text == "ok"
    john = await one.connect(room=room)
    jane = await Client.open(one.tls_port, room=room, tls=tls)
    await jane.welcomed()
    john.send("message", content="hi")
    await jane.recv_until(type="message", content="hi")
    assert await one.end_async() == 0


@pytest.mark.parametrize("options", [["--certificate", "x.pem"], ["--key", "x.key"],
                                     ["--tls-port", "x"]])
def test_half_of_tls_is_none(up, options):
    one = up(*options)
    assert one.process.wait_exit() == 2


def test_sigterm_ends_all(up):
    one = up().wait_ready()
    pidfds = one.pidfds()
    assert one.end(signal.SIGTERM) == 0
    all_ended(pidfds)
    assert not can_connect(one.port)
    assert not any(one.pid(name) for name in NAMES)


def test_ctrl_c_ends_all(up):
    """The terminal sends SIGINT to the whole group."""
    one = up().wait_ready()
    pidfds = one.pidfds()
    os.killpg(one.process.pid, signal.SIGINT)
    assert one.process.wait_exit() == 0
    all_ended(pidfds)


def test_no_orphan_when_it_is_killed(up):
    one = up().wait_ready()
    pidfds = one.pidfds()
    one.end(signal.SIGKILL)
    all_ended(pidfds)


def test_sigterm_before_it_is_ready(up):
    one = up()
    until(lambda: one.pid("hub") or one.process.exit is not None, what="a pid file")
    assert one.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("name", NAMES)
async def test_a_child_that_is_killed_is_restarted(up, room, name):
    one = up().wait_ready()
    john = await one.connect(room=room, nickname="John")
    old = one.pid(name)
    os.kill(old, signal.SIGKILL)
    await until_async(lambda: one.pid(name) not in (None, old), what="a new pid")
    if name == "gateway":
        await until_async(lambda: can_connect(one.port), what="the same port")
        john = await one.connect(room=room, id=john.id, resume=john.resume)
    john.send("message", content="here", ref=1)
    await john.recv_until(type="ack", ref=1)
    late = await one.connect(room=room)
    late.send("message", content="late")
    await john.recv_until(type="message", content="late")
    assert await one.end_async() == 0


def test_lines_have_the_name_of_their_process(up):
    one = up().wait_ready()
    one.end()
    lines = [line for line in one.process.lines if " | " in line]
    assert {line.split("|")[0].strip() for line in lines} == set(NAMES)
    assert not any(re.search(r"\|\s*<\d>", line) for line in lines)


async def test_token_for_the_same_data(up, room):
    one = up().wait_ready()
    key = os.path.join(one.data, "keys", "default.hs256")
    assert os.stat(key).st_mode & 0o777 == 0o600
    got = subprocess.run([str(BUILD / "atrium"), "token", "--user", "demo", "--data", one.data],
                         text=True, capture_output=True, check=True, env=clean_environment())
    client = await one.connect(room=room, token=got.stdout.strip())
    assert client.user == "demo"


async def test_the_key_is_kept(up):
    one = up().wait_ready()
    path = os.path.join(one.data, "keys", "default.hs256")
    with open(path, "rb") as file:
        key = file.read()
    one.end()
    again = up(data=one.directory).wait_ready()
    with open(path, "rb") as file:
        assert file.read() == key
    assert again.end() == 0


def test_a_second_one_on_the_same_port(up):
    one = up().wait_ready()
    second = up(port=one.port)
    assert second.process.wait_exit(20) not in (0, None)
    said = "\n".join(second.process.lines)
    assert re.search(r"in use", said) and str(one.port) in said, said
    assert not second.process.output
    assert one.process.exit is None and one.end() == 0


def test_a_second_one_on_the_same_data(up):
    one = up().wait_ready()
    second = up(data=one.directory)
    assert second.process.wait_exit() == 1
    assert one.data in "\n".join(second.process.lines)
    assert one.process.exit is None and one.end() == 0


def test_settings_are_passed_on(up, tmp_path):
    conf = tmp_path / "atrium.conf"
    conf.write_text("[gateway]\nnonsense = 1\n")
    one = up("-c", str(conf))
    assert one.process.wait_exit(20) in (1, 2)
    assert f"{conf}:2: " in "\n".join(one.process.lines)


async def test_a_data_directory_with_odd_characters(up, room):
    directory = free_directory()
    odd = os.path.join(directory, "a b")
    os.mkdir(odd)
    one = up(data=odd).wait_ready()
    await one.connect(room=room)
    assert await one.end_async() == 0
    shutil.rmtree(directory)


def test_a_data_directory_that_is_too_long(up, tmp_path):
    directory = tmp_path / ("x" * 150)
    directory.mkdir()
    got = subprocess.run([str(BUILD / "atrium"), "up", "--port", "0", "--data", str(directory)],
                         text=True, capture_output=True, check=False, env=clean_environment(),
                         timeout=patient(10))
    assert got.returncode != 0 and "long" in got.stderr
