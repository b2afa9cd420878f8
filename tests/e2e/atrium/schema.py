# schema.py - what is said, held against docs/schema
# SPDX-License-Identifier: MIT
import collections
import functools
import json

from jsonschema import Draft202012Validator, RefResolver

from .where import ROOT

FOLDER = ROOT / "docs/schema"
BASE = "file:///schema/"  # nothing is read from there: they are at hand
KINDS = {"room": "type", "command": "cmd"}
FEW = 20  # of messages of one shape that are looked at: the rest are alike, and this takes time

wrong = []
_seen = collections.Counter()


@functools.lru_cache
def document(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@functools.lru_cache
def validator(dialect, name):
    """Of one message of the dialect: validator("room", "server-welcome")."""
    whole = document(dialect)
    resolver = RefResolver(f"{BASE}{dialect}.json", whole,
                           store={f"{BASE}common.json": document("common")})
    return Draft202012Validator({"$ref": f"#/$defs/{name}"}, resolver=resolver)


def name_of(dialect, side, message):
    name = f"{side}-{message.get(KINDS[dialect])}"
    return name if name in document(dialect)["$defs"] else f"{side}-event"


def says_metrics(dialect, side, message):
    """Whose messages have a document of their own; a type of this name is anyone's else."""
    return (dialect, side, message.get("id")) == ("room", "server", "metrics") and \
        message.get("type") in document("monitor")["$defs"]


def errors(dialect, side, message):
    """What is not right with it, as lines."""
    if says_metrics(dialect, side, message):
        dialect, name = "monitor", message["type"]
    else:
        name = name_of(dialect, side, message)
    return [f"{dialect} {name}: {error.message} at /{'/'.join(map(str, error.absolute_path))}"
            for error in validator(dialect, name).iter_errors(message)]


def look(dialect, message):
    """At what the server has sent; complain() tells what was wrong."""
    inner = message.get("param") if dialect == "command" else None
    shape = (dialect, message.get(KINDS[dialect]), tuple(message), tuple(inner or ()))
    _seen[shape] += 1
    if _seen[shape] <= FEW:
        wrong.extend(f"{error}: {message.raw[:300]}" for error in errors(dialect, "server", message))


def check_series(series):
    """The answer to a question for series."""
    found = [error.message for error in validator("monitor", "series").iter_errors(series)]
    assert not found, found[:3]
    assert {len(values) for values in series["series"].values()} <= {series["rows"]}


def complain():
    assert not wrong, "what the server has sent is not as docs/schema says:\n" + "\n".join(wrong[:5])
