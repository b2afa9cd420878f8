#!/usr/bin/env python3
"""greeter.py - greeter.c in Python, without libatrium: from docs/handlers-wire.md alone

    greeter.py [ROOM...]    the rooms, or patterns of rooms, that it serves; lobby if none is named

Needs pyzmq (Debian: python3-zmq). It deals with one event after the other: each is acknowledged when
what it brought about is done, and only then the next is looked at. When the link breaks, all that was not
acknowledged comes again, and the ids of what was said (`mid`) see to it that nothing is said twice.

SPDX-License-Identifier: MIT
"""
import collections
import json
import os
import secrets
import signal
import struct
import sys

import zmq
from zmq.utils.monitor import recv_monitor_message

NAME, VERSION, PROCESS = "greeter", 1, 5
PEOPLE, MESSAGES = 1, 2
HELP = "I know: help, and count"

# Name: code, and its fields: B H I Q are numbers of 1, 2, 4 and 8 bytes; s: a string; b: bytes; L: a list.
CODES = {"HELLO": (1, "HBQIsQQ"), "WELCOME": (2, "HBQIsQ"), "DROP": (3, "s"),
         "SERVE": (130, "QLL"), "SERVED": (131, "QsL"), "HANDLED": (132, "Q"),
         "CAME": (133, "QsQsssI"), "WENT": (134, "QsQsssI"), "SAID": (135, "QsQQQsBsssb"),
         "MISSED": (136, "QQ"),
         "ACT_PUBLISH": (142, "QssBBssb"), "ACT_SEND": (143, "QssBsb"), "ACTED": (149, "QsQQI"),
         "ASK_MEMBERS": (154, "QssI"), "MEMBERS_ARE": (155, "QsIIBL")}
NAMES = {code: (name, fields) for name, (code, fields) in CODES.items()}


def encode_fields(fields, values):
    out = b""
    for kind, value in zip(fields, values):
        if kind == "s":
            value = value.encode()
            out += struct.pack("<H", len(value)) + value
        elif kind == "b":
            out += struct.pack("<I", len(value)) + value
        elif kind == "L":  # its records, encoded
            out += struct.pack("<II", len(value), sum(map(len, value))) + b"".join(value)
        else:
            out += struct.pack("<" + kind, value)
    return out


def decode_fields(fields, data):
    at, values = 0, []

    def take(length):
        nonlocal at
        at += length
        if at > len(data):
            raise ValueError("a message that is cut")
        return data[at - length:at]

    def number(kind):
        return struct.unpack("<" + kind, take(struct.calcsize("<" + kind)))[0]

    for kind in fields:
        if kind == "s":
            values.append(take(number("H")).decode())
        elif kind == "b":
            values.append(take(number("I")))
        elif kind == "L":  # how many; its records are not looked at
            values.append(number("I"))
            take(number("I"))
        else:
            values.append(number(kind))
    if at != len(data):
        raise ValueError("a message with something left over")
    return values


def handlers_sock():
    """As libatrium finds it."""
    if "ATRIUM_HANDLERS" in os.environ:
        return os.environ["ATRIUM_HANDLERS"]
    places = [os.environ.get("RUNTIME_DIRECTORY"), "/run/atrium",
              os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), "atrium")]
    paths = [os.path.join(place, "handlers.sock") for place in places if place]
    return next(filter(os.path.exists, paths), paths[-1])


class Greeter:
    def __init__(self, rooms):
        self.rooms = rooms
        self.epoch, self.generation, self.up = secrets.randbits(64) | 1, 0, False
        self.hub = self.seen = 0  # which hub, and what of it is done
        self.events, self.busy = collections.deque(), False
        self.call, self.then = 0, None
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        for option, value in ((zmq.LINGER, 300), (zmq.IMMEDIATE, 1), (zmq.RECONNECT_IVL, 50),
                              (zmq.HEARTBEAT_IVL, 1000), (zmq.HEARTBEAT_TIMEOUT, 3000)):
            self.socket.setsockopt(option, value)
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        self.socket.connect(f"ipc://{handlers_sock()}")

    def run(self):
        poller = zmq.Poller()
        poller.register(self.socket, zmq.POLLIN)
        poller.register(self.monitor, zmq.POLLIN)
        while True:
            ready = dict(poller.poll())
            if self.monitor in ready:  # connected, or again: the link begins anew
                recv_monitor_message(self.monitor)
                self.hello()
            if self.socket in ready:
                self.take(self.socket.recv())
            while self.events and not self.busy:
                self.busy = True
                self.events[0][1]()

    def send(self, name, *values):
        code, fields = CODES[name]
        payload = encode_fields(fields, values)
        header = struct.pack("<HIQ", VERSION, self.generation, self.epoch)
        try:
            self.socket.send(header + struct.pack("<BI", code, len(payload)) + payload, zmq.NOBLOCK)
        except zmq.Again:
            pass  # the link is about to begin anew, and all that is not done with it

    def hello(self):
        self.up, self.busy, self.then = False, False, None
        self.events.clear()
        self.generation += 1
        self.send("HELLO", VERSION, PROCESS, self.epoch, os.getpid(), NAME, self.hub, self.seen)

    def take(self, batch):
        version, generation, _ = struct.unpack_from("<HIQ", batch)
        if version != VERSION:
            sys.exit(f"{NAME}: the hub speaks version {version}")
        at = 14
        while at < len(batch) and generation == self.generation:
            code, length = struct.unpack_from("<BI", batch, at)
            if code in NAMES:
                name, fields = NAMES[code]
                if self.up or name in ("WELCOME", "DROP"):
                    getattr(self, f"on_{name.lower()}")(*decode_fields(
                        fields, batch[at + 5:at + 5 + length]))
            at += 5 + length

    # ---- the link

    def on_welcome(self, _version, _process, epoch, *_rest):
        if self.hub != epoch:
            self.hub, self.seen = epoch, 0
        self.up = True
        self.send("SERVE", 0, [encode_fields("sB", (room, PEOPLE | MESSAGES))
                               for room in self.rooms], [])

    def on_drop(self, why):
        sys.exit(f"{NAME}: {why}")  # whatever runs it starts it again

    def on_served(self, _call, error, allowed):
        print(f"{NAME}: up" if allowed else f"{NAME}: may serve nothing {error}",
              file=sys.stderr, flush=True)

    # ---- events, one at a time

    def on_came(self, seq, room, _time, _id, nickname, _user, count):
        self.later(seq, lambda: self.say(
            seq, room, f"Welcome, {nickname}! There are {count} of us here."))

    def on_said(self, seq, room, _epoch, _offset, _time, kind, form, sender, _nick, _user, body):
        content = json.loads(b"{" + body + b"}").get("content") if form in (0, 3) else None
        if kind == "message" and content == "help":
            self.later(seq, lambda: self.act(
                self.done, "ACT_SEND", sender, "message", 0, f"{self.hub:x}-{seq}",
                json.dumps({"content": HELP})[1:-1].encode()))
        elif kind == "message" and content == "count":
            self.later(seq, lambda: self.act(
                lambda count, *_: self.say(seq, room, f"There are {count} of us here."),
                "ASK_MEMBERS", room, "", 0))
        else:
            self.later(seq, self.done)

    def on_missed(self, seq, *_):
        self.later(seq, self.done)

    on_went = on_missed

    def later(self, seq, deal_with_it):
        self.events.append((seq, deal_with_it))

    def say(self, seq, room, text):
        self.act(self.done, "ACT_PUBLISH", room, "message", 0, 0, "", f"{self.hub:x}-{seq}",
                 json.dumps({"content": text})[1:-1].encode())

    def done(self, *_result):
        seq, _ = self.events.popleft()
        if seq:  # 0: of the moment only
            self.seen = seq
            self.send("HANDLED", seq)
        self.busy = False

    # ---- actions, of which one waits for its answer

    def act(self, then, name, *values):
        self.call, self.then = self.call + 1, then
        self.send(name, self.call, *values)

    def answered(self, call, error, *values):
        if call == self.call and self.then:
            then, self.then = self.then, None
            if error:
                print(f"{NAME}: {error}", file=sys.stderr, flush=True)
                then = self.done
            then(*values)

    on_acted = on_members_are = answered


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        Greeter(sys.argv[1:] or ["lobby"]).run()
    except KeyboardInterrupt:
        pass
