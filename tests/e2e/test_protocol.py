# test_protocol.py - docs/protocol.md and docs/schema say what is so: each dialog is run, each list held against ours
# SPDX-License-Identifier: MIT
import json
import re

import pytest

from atrium import ROOT, schema, server_fixture
from atrium.dialog import Dialog, dialogs, kind_of

server = server_fixture()

PAGE = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
DIALOGS = dialogs(PAGE)


def rows(name):
    """The rows of a table in proto/ as lists of their columns' text."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [[c.strip().strip('"') for c in re.split(r',\s*(?=(?:[^"]*"[^"]*")*[^"]*$)', row)]
            for row in re.findall(r'^[A-Z]+\((.*)\)$', text, re.M)]


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S).group(1)


def column(text, number):
    """Of the tables in it, the cells of one column, without those of the heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [line.split(" | ")[number].strip("| `") for line in lines]


@pytest.mark.parametrize("number, lines", DIALOGS, ids=[f"line-{n}" for n, _ in DIALOGS])
async def test_dialog(server, number, lines):
    await Dialog(server).run(lines)


def test_there_are_dialogs():
    assert len(DIALOGS) >= 12


@pytest.mark.parametrize("number, lines", DIALOGS, ids=[f"line-{n}" for n, _ in DIALOGS])
def test_clients_say_what_the_schema_says(number, lines):
    dialects = {}
    for line, after in zip(lines, lines[1:] + [""]):
        name, mark, rest = (line.split(" ", 2) + [""])[:3]
        if mark == "=":
            dialects[name] = kind_of(rest).dialect
        elif mark == ">" and dialects[name] and '"error"' not in after:
            message = json.loads(rest.replace("$EPOCH", "0" * 16))
            wrong = schema.errors(dialects[name], "client", message)
            assert not wrong, (rest, wrong)


def test_every_error_is_described():
    codes = [name for _, name, _ in rows("proto/errors.def") if name != "none"]
    assert sorted(column(section("Errors"), 0)[1:]) == sorted(codes)
    assert sorted(schema.document("common")["$defs"]["code"]["enum"]) == sorted(codes)


def test_every_close_is_described():
    closes = [(code, "yes" if again == "true" else "")
              for _, _, code, again, _ in rows("proto/close.def")]
    text = section("Closes")
    assert set(zip(column(text, 0)[1:], column(text, 2)[1:])) == set(closes)


def test_every_limit_is_a_setting():
    known = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/settings.md").read_text(), re.M)
    for name in re.findall(r"`(\w+)`", " ".join(column(section("Limits"), 1)[1:])):
        assert name in known, name


def words():
    text = (ROOT / "gateway/words.def").read_text(encoding="utf-8")
    return re.findall(r'^(WORD|ALIAS)\("([^"]+)", (\w+), "?(\w+)"?\)$', text, re.M)


@pytest.mark.parametrize("dialect", ["room", "command"])
def test_every_word_has_a_schema(dialect):
    """What is answered, what only the server says; and no application's own."""
    known = schema.document(dialect)["$defs"]
    for macro, word, kind, error in words():
        if kind != "KINDS" and (macro == "WORD" or dialect == "command"):
            assert f"client-{word}" in known, word
        elif error == "FORBIDDEN":
            assert schema.errors(dialect, "server", {
                schema.KINDS[dialect]: word, "id": "1", "nickname": "N", "param": {}, "from": "1"})
            assert f"`{word} " in PAGE or f"`{word}`" in PAGE, word


@pytest.mark.parametrize("dialect", ["room", "command"])
@pytest.mark.parametrize("side", ["server", "client"])
def test_schemas_are_whole(dialect, side):
    document = schema.document(dialect)
    schema.Draft202012Validator.check_schema(document)
    named = {f"#/$defs/{name}" for name in document["$defs"] if name.startswith(f"{side}-")}
    assert {ref["$ref"] for ref in document["$defs"][side]["anyOf"]} == named


def test_what_is_wrong_is_found():
    assert schema.errors("room", "server", {"type": "pong"})
    assert schema.errors("room", "server", {"type": "pong", "time": 1, "more": 2})
    assert schema.errors("room", "server", {"type": "chat", "id": "1", "nickname": "N", "ref": 1})
    assert schema.errors("command", "server", {"cmd": "chat", "param": [], "from": "1"})
    assert not schema.errors("command", "server", {"cmd": "chat", "param": {}, "from": "1"})


def test_what_metrics_says_is_described():
    document = schema.document("monitor")
    schema.Draft202012Validator.check_schema(document)
    text = section("The monitor's room")
    said = set(re.findall(r"`(\w+)`", " ".join(
        line.split(" | ")[0] for line in text.splitlines() if line.startswith("| `"))))
    assert said == {name for kind in ("system_metrics", "alert")
                    for name in document["$defs"][kind]["properties"]} - {
                        "type", "room", "id", "nickname", "offset", "epoch"}
    message = {"type": "alert", "id": "metrics", "nickname": "metrics", "room": "r", "name": "x",
               "state": "ok", "value": None, "on": None, "when": "hub.up < 1"}
    assert not schema.errors("room", "server", message)
    assert schema.errors("room", "server", {**message, "state": "bad"})
    assert schema.errors("room", "server", {**message, "more": 1})
    assert not schema.errors("room", "server", {**message, "id": "1", "state": "bad"})


async def test_and_it_says_so(server):
    client = await server.connect(room="system_monitor")
    message = await client.recv_until(type="system_metrics")
    assert schema.says_metrics("room", "server", message)
    assert not schema.errors("room", "server", message)
