# test_settings.py - options and settings of the four daemons
# SPDX-License-Identifier: MIT
import os
import re
import subprocess

import pytest

from atrium import BUILD, patient
from atrium.server import clean_environment

DAEMONS = ("gateway", "hub", "auth", "metrics")
KEYS = {
    "gateway": "listen port static_dir websocket origins max_message compression compression_min "
               "compression_level max_queue max_rooms "
               "max_connections answer_hold ping_interval pong_timeout handshake_timeout auth_timeout "
               "verdict_timeout drain max_unacked json_depth max_nickname default_room",
    "hub": "grace settle presence_interval presence_interval_max presence_busy presence_max rooms_interval "
           "rooms_max rooms_announced ephemeral",
    "auth": "anonymous keys leeway issuer audience",
    "metrics": "listen port interval room",
}
DEFAULTS = {"gateway": {"listen": "127.0.0.1", "port": "8100", "max_message": "64K",
                        "max_queue": "1M", "max_rooms": "128", "ping_interval": "25s",
                        "default_room": "general", "websocket": "yes", "json_depth": "32"},
            "hub": {"grace": "5s", "settle": "250ms", "presence_max": "100",
                    "ephemeral": "cursor_move cursor_update typing"},
            "auth": {"anonymous": "yes", "leeway": "10s"},
            "metrics": {"listen": "127.0.0.1", "port": "8101", "interval": "1s",
                        "room": "system_monitor"}}


@pytest.fixture
def run(tmp_path):
    """run(daemon, option...) with a clean environment; conf: the text of a file for -c."""
    def call(daemon, *options, conf=None, **env):
        if conf is not None:
            (tmp_path / "atrium.conf").write_text(conf)
            options = ("-c", str(tmp_path / "atrium.conf"), *options)
        return subprocess.run([str(BUILD / f"atrium-{daemon}"), *options], text=True,
                              env=clean_environment(RUNTIME_DIRECTORY=str(tmp_path), **env),
                              capture_output=True, timeout=patient(10), check=False,
                              cwd=tmp_path)
    return call


def printed(text):
    """{section: {key: value}}"""
    found, section = {}, None
    for line in text.splitlines():
        if match := re.fullmatch(r"\[(.+)\]", line.strip()):
            section = found.setdefault(match[1], {})
        elif "=" in line and not line.lstrip().startswith(("#", ";")):
            key, _, value = line.partition("=")
            section[key.strip()] = value.strip()
    return found


@pytest.mark.parametrize("daemon", DAEMONS)
def test_n_prints_what_reads_back_the_same(run, daemon):
    first = run(daemon, "-n")
    assert first.returncode == 0 and first.stderr == ""
    again = run(daemon, "-n", conf=first.stdout)
    assert again.returncode == 0 and again.stdout == first.stdout
    found = printed(first.stdout)
    assert set(found) == {"atrium", daemon}
    assert set(KEYS[daemon].split()) <= set(found[daemon])
    assert {key: found[daemon][key] for key in DEFAULTS[daemon]} == DEFAULTS[daemon]


OTHER_VALUES = """
[atrium]
log_level = debug
[gateway]
listen = *
port = 0
origins = https://a.example, https://b.example   http://c.example:81
max_message = 131072
ping_interval = 1m
websocket = false
[hub]
grace = 90s
ephemeral =
conflate =
[room "chat-*"]
history_ttl = 90m
conflate = cursor, dot
[room "\\"\\\\?"]
history = 0
presence = off
max_members = 5
ephemeral = a
[auth]
anonymous = off
leeway = 0
issuer = someone with spaces
[metrics]
port = 0
interval = 500ms
"""


@pytest.mark.parametrize("daemon", DAEMONS)
def test_one_file_serves_all_and_other_values_read_back_too(run, daemon):
    first = run(daemon, "-n", conf=OTHER_VALUES)
    assert first.returncode == 0, first.stderr
    assert run(daemon, "-n", conf=first.stdout).stdout == first.stdout
    found = printed(first.stdout)
    if daemon == "gateway":
        assert found["gateway"]["origins"] == "https://a.example https://b.example " \
                                              "http://c.example:81"
        assert found["gateway"]["max_message"] == "128K"
        assert found["gateway"]["websocket"] == "no"
    if daemon == "hub":
        assert found["hub"]["ephemeral"] == "" and found["hub"]["conflate"] == "" and found["hub"]["grace"] in ("90s", "90000ms")
        room = {"history": "100", "history_ttl": "90m", "ephemeral": "", "conflate": "cursor dot",
                "presence": "yes", "max_members": "0", "join": "anyone"}
        assert room.items() <= found['room "chat-*"'].items()
        room = {"history": "0", "history_ttl": "1d", "ephemeral": "a", "conflate": "",
                "presence": "no", "max_members": "5", "publish": "anyone"}
        assert room.items() <= found['room "\\"\\\\?"'].items()
    if daemon == "auth":
        assert found["auth"]["issuer"] == "someone with spaces"


@pytest.mark.parametrize("daemon", DAEMONS)
@pytest.mark.parametrize("line,word", [("nonsense = 1", "nonsense"), ("just words", ""),
                                       ("port = = 1", "")])
def test_an_unknown_key_is_named_with_file_and_line(run, tmp_path, daemon, line, word):
    got = run(daemon, "-n", conf=f"# first\n\n[{daemon}]\n{line}\n")
    assert got.returncode == 2 and got.stdout == ""
    assert f"{tmp_path / 'atrium.conf'}:4: " in got.stderr and word in got.stderr


@pytest.mark.parametrize("daemon", DAEMONS)
def test_an_unknown_section_is_an_error(run, daemon):
    got = run(daemon, "-n", conf="[nonsense]\nkey = 1\n")
    assert got.returncode == 2 and "nonsense" in got.stderr
    assert re.search(r"atrium\.conf:[12]: ", got.stderr)


@pytest.mark.parametrize("daemon,line", [
    ("gateway", "port = 65536"), ("gateway", "port = -1"), ("gateway", "port = x"),
    ("gateway", "port = 80a"), ("gateway", "max_message = 64X"), ("gateway", "ping_interval = 25"),
    ("gateway", "websocket = perhaps"), ("gateway", "max_rooms = "), ("hub", "grace = -1s"),
    ("hub", "grace = 5 s x"), ("hub", "grace = 99999999999999999999s"), ("auth", "anonymous = 2"),
    ("auth", "leeway = 1e3s"), ("metrics", "interval = 0"), ("metrics", "port = 1.5"),
])
def test_values_that_are_none(run, daemon, line):
    got = run(daemon, "-n", conf=f"[{daemon}]\n{line}\n")
    assert got.returncode == 2 and ":2: " in got.stderr
    assert line.split()[0] in got.stderr


@pytest.mark.parametrize("line", ["history = 10001", "history_ttl = 0", "max_members = -1",
                                  "max_members = 1e9", "presence = maybe", "histori = 1"])
def test_values_that_no_room_has(run, line):
    got = run("hub", "-n", conf=f"[hub]\n[room \"a-*\"]\n{line}\n")
    assert got.returncode == 2 and ':3: [room "a-*"] ' in got.stderr
    assert line.split()[0] in got.stderr
    assert run("hub", "-n", conf="[room]\nhistory = 1\n").returncode == 2
    assert run("hub", "-n", ATRIUM_ROOM_HISTORY="1").returncode == 2


def test_every_error_is_named_at_once(run):
    got = run("gateway", "-n", conf="[gateway]\nport = x\nnonsense = 1\nwebsocket = perhaps\n")
    assert got.returncode == 2
    for line in (2, 3, 4):
        assert f":{line}: " in got.stderr


@pytest.mark.parametrize("daemon", DAEMONS)
def test_the_environment_wins(run, daemon):
    key, value = {"gateway": ("port", "1234"), "hub": ("grace", "7s"), "auth": ("leeway", "3s"),
                  "metrics": ("port", "1235")}[daemon]
    name = f"ATRIUM_{daemon.upper()}_{key.upper()}"
    got = run(daemon, "-n", conf=f"[{daemon}]\n{key} = {value.replace('3', '4')}\n",
              **{name: value, "ATRIUM_ATRIUM_LOG_LEVEL": "warn"})
    found = printed(got.stdout)
    assert found[daemon][key] == value and found["atrium"]["log_level"] == "warn"
    bad = run(daemon, "-n", **{name: "perhaps"})
    assert bad.returncode == 2 and name in bad.stderr


def test_the_file_may_be_named_by_the_environment(run, tmp_path):
    path = tmp_path / "other.conf"
    path.write_text("[gateway]\nport = 4321\n")
    assert printed(run("gateway", "-n", ATRIUM_CONF=str(path)).stdout)["gateway"]["port"] == "4321"


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_file_that_is_not_there(run, tmp_path, daemon):
    got = run(daemon, "-n", "-c", str(tmp_path / "none.conf"))
    assert got.returncode != 0 and "none.conf" in got.stderr


@pytest.mark.parametrize("daemon", DAEMONS)
def test_help_and_version(run, daemon):
    text = run(daemon, "--help")
    assert text.returncode == 0 and text.stderr == ""
    for word in (f"atrium-{daemon}", "-c", "-n", "-v", "--version"):
        assert word in text.stdout
    version = run(daemon, "--version")
    assert version.returncode == 0
    assert re.fullmatch(rf"atrium-{daemon} \d+\.\d+\S*\n", version.stdout)


@pytest.mark.parametrize("daemon", DAEMONS)
@pytest.mark.parametrize("options", [["--nonsense"], ["-c"], ["-x"], ["stray"]])
def test_wrong_options(run, daemon, options):
    got = run(daemon, *options)
    assert got.returncode == 2 and got.stdout == "" and got.stderr


def test_bad_settings_do_not_start_a_daemon(run):
    for daemon in DAEMONS:
        got = run(daemon, conf=f"[{daemon}]\nnonsense = 1\n")
        assert got.returncode == 2 and ":2: " in got.stderr


def test_a_runtime_directory_that_is_too_long_for_sockets(run, tmp_path):
    path = tmp_path / ("x" * 120)
    os.mkdir(path)
    got = run("hub", conf=f"[atrium]\nruntime_dir = {path}\n")
    assert got.returncode != 0 and got.stderr
