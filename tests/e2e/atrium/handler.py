# handler.py - a handler: a process of the user's own that serves rooms, by the wire's own tables
# SPDX-License-Identifier: MIT
import asyncio
import os
import re
import secrets
import struct

import zmq
import zmq.asyncio
from zmq.utils.monitor import parse_monitor_message

from .where import ROOT, patient

VERSION, PROCESS = 1, 5
PEOPLE, MESSAGES, CALLS, GUARD = 1, 2, 4, 8
PASS, CHANGE, REFUSE = range(3)
NUMBERS = {"u8": "<B", "u16": "<H", "u32": "<I", "u64": "<Q", "i64": "<q"}
ROW = re.compile(r"^(REC|MSG)\(([^)]*)\)|^\s*(FIELD|LIST)\((\w+), (\w+)\)", re.M)


def load():
    """{name: (code, fields)} of messages, and of records (code None), from the tables."""
    rows, fields = {}, None
    for name in ("messages.def", "messages_state.def", "messages_handler.def"):
        text = (ROOT / "proto" / name).read_text()
        for kind, head, _, of, field in ROW.findall(re.sub(r"/\*.*?\*/", "", text, flags=re.S)):
            if not kind:
                fields.append((of, field))
                continue
            parts = [part.strip() for part in head.split(",")]
            fields = []
            rows[parts[1] if kind == "MSG" else parts[0]] = (
                int(parts[2]) if kind == "MSG" else None, fields)
    return rows


ROWS = load()
BY_CODE = {code: name for name, (code, _) in ROWS.items() if code}


def put(name, values):
    out = b""
    for of, field in ROWS[name][1]:
        value = values.get(field, 0 if of in NUMBERS else b"" if of in ("str", "blob") else ())
        if of in NUMBERS:
            out += struct.pack(NUMBERS[of], value)
        elif of in ("str", "blob"):
            value = value.encode() if isinstance(value, str) else value
            out += struct.pack("<H" if of == "str" else "<I", len(value)) + value
        else:
            raw = b"".join(put(of, record) for record in value)
            out += struct.pack("<II", len(value), len(raw)) + raw
    return out


def get(name, data, at):
    values = {}
    for of, field in ROWS[name][1]:
        if of in NUMBERS:
            values[field], = struct.unpack_from(NUMBERS[of], data, at)
            at += struct.calcsize(NUMBERS[of])
        elif of in ("str", "blob"):
            form = "<H" if of == "str" else "<I"
            size, = struct.unpack_from(form, data, at)
            at += struct.calcsize(form)
            value, at = data[at:at + size], at + size
            values[field] = value.decode() if of == "str" else value
        else:
            count, _ = struct.unpack_from("<II", data, at)
            at += 8
            values[field] = []
            for _ in range(count):
                record, at = get(of, data, at)
                values[field].append(record)
    return values, at


class Handler:
    """
    `serves`: {pattern: what}. `on(handler, message)` is called with all that comes, a dict with its
    type; recv_until() goes through the same, in order.
    """

    def __init__(self, server, name, serves, *, commands=(), on=None):
        self.path = os.path.join(server.runtime, "handlers.sock")
        self.name, self.serves, self.commands, self.on = name, serves, commands, on
        self.epoch = secrets.randbits(63) | 1
        self.generation = self.hub = self.seen = self.at = 0
        self.messages, self.came = [], asyncio.Event()

    async def __aenter__(self):
        self.socket = zmq.asyncio.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 10)
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        self.tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._read())]
        self.socket.connect(f"ipc://{self.path}")
        await self.recv_until(type="served")
        return self

    async def __aexit__(self, *_):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.socket.disable_monitor()
        self.socket.close()

    async def _watch(self):
        while True:
            event = await self.monitor.recv_multipart()
            if parse_monitor_message(event)["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.generation += 1
                await self.say("hello", version=VERSION, process=PROCESS, epoch=self.epoch,
                               pid=os.getpid(), name=self.name, peer_epoch=self.hub,
                               seen=self.seen)

    async def _read(self):
        while True:
            data = await self.socket.recv()
            _, generation, epoch = struct.unpack_from("<HIQ", data)
            if generation != self.generation:
                continue
            at = 14
            while at < len(data):
                code, size = struct.unpack_from("<BI", data, at)
                values, _ = get(BY_CODE[code], data, at + 5)
                at += 5 + size
                await self._take({"type": BY_CODE[code], **({"kind": values.pop("type")}
                                  if "type" in values else {}), **values}, epoch)

    async def _take(self, message, epoch):
        self.messages.append(message)
        self.came.set()
        if message["type"] == "welcome":
            self.hub = epoch
            await self.say("serve", patterns=[{"rooms": rooms, "what": what}
                                              for rooms, what in self.serves.items()],
                           commands=[{"name": name} for name in self.commands])
        if message.get("seq"):
            self.seen = message["seq"]
            await self.say("handled", seen=self.seen)
        if self.on:
            await self.on(self, message)

    async def say(self, name, **values):
        body = put(name, values)
        await self.socket.send(struct.pack("<HIQ", VERSION, self.generation, self.epoch) +
                               struct.pack("<BI", ROWS[name][0], len(body)) + body)

    async def rule(self, question, ruling=PASS, **more):
        await self.say("ruling", ask=question["ask"], ruling=ruling, **more)

    async def answer(self, question, body="", error="", text=""):
        await self.say("answer", ask=question["ask"], body=body, error=error, text=text)

    async def recv_until(self, seconds=8, **members):
        async def look():
            while True:
                while self.at < len(self.messages):
                    message = self.messages[self.at]
                    self.at += 1
                    if all(message.get(key) == value for key, value in members.items()):
                        return message
                self.came.clear()
                await self.came.wait()
        try:
            return await asyncio.wait_for(look(), patient(seconds))
        except asyncio.TimeoutError:
            raise AssertionError(f"no {members}; came: {self.messages[-20:]}") from None
