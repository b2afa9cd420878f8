# wire.py - what handlers and the hub say to each other, as bytes, by the tables of proto/
# SPDX-License-Identifier: MIT
import re
import struct

from .where import ROOT

VERSION = 1  # HANDLER_VERSION
HANDLER = 5  # PROCESS_HANDLER
PEOPLE, MESSAGES, CALLS, GUARD, STATE = 1, 2, 4, 8, 16  # enum handler_what
MEMBERS, TEXT, BINARY, PARAM = 0, 1, 2, 3  # enum event_format
PASS, CHANGE, REFUSE = 0, 1, 2  # enum handler_ruling
TABLES = ("messages.def", "messages_state.def", "messages_api.def", "messages_handler.def")
NUMBERS = {"u8": "<B", "u16": "<H", "u32": "<I", "u64": "<Q", "i64": "<q"}
HEADER = struct.Struct("<HIQ")  # version, generation, epoch


def _tables():
    records, types = {}, {}
    row = re.compile(r"^(REC|MSG)\((.*)\)\n((?:\t.*\n)*)(?:REC|MSG)_END", re.M)
    part = re.compile(r"\t(FIELD|LIST)\((\w+),\s*(\w+)\)")
    for name in TABLES:
        for kind, head, body in row.findall((ROOT / "proto" / name).read_text(encoding="utf-8")):
            head = [word.strip() for word in head.split(",")]
            fields = part.findall(body)
            if kind == "REC":
                records[head[0]] = fields
            else:
                types[head[1]] = (int(head[2]), fields)
    return records, types


RECORDS, TYPES = _tables()
NAMES = {code: name for name, (code, _) in TYPES.items()}


def _bytes(value):
    return value.encode() if isinstance(value, str) else bytes(value)


def _put(fields, values):
    out = b""
    for kind, what, name in fields:
        value = values.get(name)
        if kind == "LIST":
            raw = b"".join(_put(RECORDS[what], record) for record in value or ())
            out += struct.pack("<II", len(value or ()), len(raw)) + raw
        elif what in NUMBERS:
            out += struct.pack(NUMBERS[what], value or 0)
        else:
            raw = _bytes(value or b"")
            out += struct.pack("<H" if what == "str" else "<I", len(raw)) + raw
    return out


def encode(name, /, **values):
    """One message; what is not said is 0 or empty. Lists: of dictionaries."""
    code, fields = TYPES[name]
    unknown = set(values) - {field for _, _, field in fields}
    assert not unknown, f"{name} has no {unknown}"
    payload = _put(fields, values)
    return struct.pack("<BI", code, len(payload)) + payload


def _take(data, at, format):
    (value,) = struct.unpack_from(format, data, at)
    return value, at + struct.calcsize(format)


def _get(fields, data, at):
    values = {}
    for kind, what, name in fields:
        if kind == "LIST":
            count, at = _take(data, at, "<I")
            _, at = _take(data, at, "<I")
            values[name] = []
            for _ in range(count):
                record, at = _get(RECORDS[what], data, at)
                values[name].append(record)
        elif what in NUMBERS:
            values[name], at = _take(data, at, NUMBERS[what])
        else:
            size, at = _take(data, at, "<H" if what == "str" else "<I")
            raw = data[at:at + size]
            assert len(raw) == size
            values[name] = raw.decode() if what == "str" else raw
            at += size
    return values, at


def decode(data):
    """All messages of a batch without its header: (name, values) of each."""
    at = 0
    while at < len(data):
        code, size = struct.unpack_from("<BI", data, at)
        at += 5
        values, end = _get(TYPES[NAMES[code]][1], data, at)
        assert end == at + size, NAMES[code]
        yield NAMES[code], values
        at = end
