# test_handlers_wire.py - the bytes in docs/handlers-wire.md are what they are said to be
# SPDX-License-Identifier: MIT
import importlib.util
import re
import struct

import pytest

from atrium import ROOT, wire

PAGE = (ROOT / "docs/handlers-wire.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```hex (\w+)\n(.*?)^```", PAGE, re.M | re.S))
HANDLER, HUB = 0x1122334455667788, 0xabcdef
WHAT = {
    "HELLO": {"version": 1, "process": 5, "epoch": HANDLER, "pid": 258, "name": "bot", "peer_epoch": 0,
              "seen": 0},
    "WELCOME": {"version": 1, "process": 2, "epoch": HUB, "pid": 777, "name": "hub", "applied": 0},
    "SERVE": {"call": 0, "patterns": [{"rooms": "lobby", "what": 3}], "commands": []},
    "CAME": {"seq": 1, "room": "lobby", "time": 1764474856448, "id": "c1234567", "nickname": "Ann",
             "user": "", "count": 1},
    "ACT_PUBLISH": {"call": 1, "room": "lobby", "type": "message", "format": 0, "flags": 0, "except": "",
                    "mid": "abcdef-1", "body": b'"content":"Hello!"'},
    "HANDLED": {"seen": 1},
}


def bytes_of(block):
    lines = (re.match(r"(?:[0-9a-f]{2}(?: {1,2}|$))+", line) for line in block.splitlines())
    return b"".join(bytes.fromhex(line.group()) for line in lines)


def test_each_block_has_its_test():
    assert set(BLOCKS) == set(WHAT)


@pytest.mark.parametrize("name", WHAT)
def test_bytes_are_what_is_said_of_them(name):
    data = bytes_of(BLOCKS[name])
    sender = HUB if name in ("WELCOME", "CAME") else HANDLER
    assert wire.HEADER.unpack_from(data) == (1, 1, sender)
    assert list(wire.decode(data[14:])) == [(name.lower(), WHAT[name])]
    for length in re.findall(r"(\d+) bytes? follow", BLOCKS[name]):
        assert int(length) == len(data) - 19


def test_the_example_in_python_knows_the_messages_as_they_are():
    path = ROOT / "examples/greeter.py"
    spec = importlib.util.spec_from_file_location("greeter", path)
    greeter = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(greeter)
    for name, values in WHAT.items():
        code, fields = greeter.CODES[name]
        payload = bytes_of(BLOCKS[name])[19:]
        assert bytes_of(BLOCKS[name])[14:19] == struct.pack("<BI", code, len(payload))
        decoded = greeter.decode_fields(fields, payload)
        for kind, got, wanted in zip(fields, decoded, values.values(), strict=True):
            assert got == (len(wanted) if kind == "L" else wanted)
        if "L" not in fields:
            assert greeter.encode_fields(fields, decoded) == payload
