# test_check.py - atrium check: what all four daemons say of one file
# SPDX-License-Identifier: MIT
import json

import pytest

from atrium.command import atrium

WRONG = """\
[hub]
nonsense = 1
grace = 7s
[gateway]
port = x

[atrium]
log_level = loud
[metrics]
interval = 0
[nowhere]
"""

GOOD = """\
[metrics]
port = 8201
[gateway]
port = 8200
[room "chat-*"]
history = 5
[room "b"]
history = 6
[auth]
anonymous = no
"""


@pytest.fixture
def conf(tmp_path):
    def write(text):
        path = tmp_path / "atrium.conf"
        path.write_text(text)
        return str(path)
    return write


def test_every_error_of_every_daemon_once_and_in_order(conf):
    path = conf(WRONG)
    got = atrium("check", "-c", path)
    assert got.returncode == 2 and got.stdout == ""
    lines = got.stderr.splitlines()
    assert [line[:len(path) + 4].rstrip(": ") for line in lines] == [
        f"{path}:{n}" for n in (2, 5, 8, 10, 11)]
    for line, word in zip(lines, ("nonsense", "port", "log_level", "interval", "nowhere")):
        assert word in line


def test_errors_as_json(conf):
    path = conf(WRONG)
    got = atrium("check", "--json", "--config", path)
    assert got.returncode == 2 and got.stderr == ""
    answer = json.loads(got.stdout)
    assert answer["good"] is False
    assert [(e["file"], e["line"]) for e in answer["errors"]] == [
        (path, n) for n in (2, 5, 8, 10, 11)]
    good = atrium("check", "--json", "-c", conf(GOOD))
    assert good.returncode == 0 and json.loads(good.stdout) == {"good": True, "errors": []}


def test_the_environment_counts(conf):
    got = atrium("check", ATRIUM_GATEWAY_PORT="x", ATRIUM_HUB_GRACE="1", ATRIUM_CONF=conf(GOOD))
    assert got.returncode == 2
    assert "ATRIUM_GATEWAY_PORT" in got.stderr and "ATRIUM_HUB_GRACE" in got.stderr
    assert atrium("check", ATRIUM_CONF=conf(WRONG)).stderr.count("\n") == 5


ALERTS = """\
[alert "queue"]
when = gateway.queue_bytes > 64M for 10 s
clear = gateway.queue_bytes < lots
[alert "a/b"]
when =
[alert "x"]
when = gateway.nonsense > 1
[metrics]
room = ""
[gateway]
default_room = ""
trusted_proxies = 10.0.0.0/8, example.com
"""


def test_what_only_a_process_knows_of_its_settings(conf):
    path = conf(ALERTS)
    got = atrium("check", "-c", path)
    assert got.returncode == 2 and got.stdout == ""
    wrong = {int(line[len(path) + 1:].split(":")[0]): line for line in got.stderr.splitlines()}
    for number, section, why in (
            (3, '[alert "queue"] clear', "number"), (4, '[alert "a/b"]', "letters, digits"),
            (7, '[alert "x"] when', "no such figure is known"),
            (9, "[metrics] room", "no name of a room"),
            (11, "[gateway] default_room", "no name of a room"),
            (12, "[gateway] trusted_proxies", '"example.com": this is no address and no net')):
        assert section in wrong[number] and why in wrong[number], wrong.get(number)
    assert len(wrong) == 6
    many = "".join(f'[alert "a{n}"]\nwhen = hub.up < 1\n' for n in range(65))
    got = atrium("check", "-c", conf(many))
    assert got.returncode == 2 and got.stderr == f'{path}:129: [alert "a64"] is one too many\n'
    got = atrium("check", ATRIUM_METRICS_ROOM="", ATRIUM_CONF=conf(GOOD))
    assert got.returncode == 2 and "ATRIUM_METRICS_ROOM" in got.stderr


def test_good_settings(conf):
    got = atrium("check", "-c", conf(GOOD))
    assert (got.returncode, got.stdout, got.stderr) == (0, "the settings are good\n", "")


@pytest.mark.parametrize("more", [[], ["-v"]])
def test_printed_whole_and_reads_back_the_same(conf, more):
    first = atrium("check", "--print", *more, "-c", conf(GOOD))
    assert first.returncode == 0 and first.stderr == ""
    heads = [line for line in first.stdout.splitlines() if line.startswith("[")]
    assert sorted(heads) == sorted(['[atrium]', '[gateway]', '[hub]', '[room "chat-*"]',
                                    '[room "b"]', '[auth]', '[metrics]'])
    assert heads.index('[room "chat-*"]') < heads.index('[room "b"]')
    assert "\nport = 8200\n" in first.stdout and "\nport = 8201\n" in first.stdout
    assert ("\n# " in first.stdout) == bool(more)
    assert "\n\n\n" not in first.stdout
    assert atrium("check", "--print", *more, "-c", conf(first.stdout)).stdout == first.stdout


def test_what_cannot_be_checked(tmp_path):
    got = atrium("check", "-c", tmp_path / "none.conf")
    assert got.returncode != 0 and "none.conf" in got.stderr and got.stdout == ""
    assert got.stderr.count("none.conf") == 1
    assert atrium("check", "--print", "--json").returncode == 2
