# client.py - a client of the room dialect
# SPDX-License-Identifier: MIT
import asyncio
import copy
import itertools
import json
from urllib.parse import urlencode

import websockets

from . import schema
from .authority import way_to
from .where import patient

_numbers = itertools.count(1)


class Message(dict):
    """A received message; `raw` is its text as it came."""

    def __init__(self, raw):
        super().__init__(json.loads(raw))
        self.raw = raw


def shown(messages):
    """The last of them, cut: what a failed test prints."""
    skipped = f"({len(messages) - 20} more) " if len(messages) > 20 else ""
    return skipped + " ".join(m.raw[:300] for m in messages[-20:])


class Closed(Exception):
    def __init__(self, code, reason, came=()):
        super().__init__(f"closed with {code} {reason!r}; came: {shown(came)}")
        self.code, self.reason = code, reason


def matches(message, members):
    """Each member equal, or, where a function is given, to its liking. None: not there."""
    return not members or all(wanted(message.get(name)) if callable(wanted) else message.get(name) == wanted
               for name, wanted in members.items())


async def dial(port, target, **options):
    """A WebSocket of the library's own, with its usual settings; closed at the end of the test."""
    ws = await websockets.connect(f"ws://127.0.0.1:{port}{target}", **options)
    Client.live.append(ws)
    return ws


class Client:
    """Reads all the time; recv_until() goes through what came, in order."""

    live = []
    dialect = "room"
    path = "/api/ws"

    def __init__(self, ws):
        self.ws = ws
        self.messages = []
        self.at = 0
        self.id = self.nickname = self.resume = self.room = self.user = None
        self._came = asyncio.Event()
        self._reader = asyncio.create_task(self._read())
        Client.live.append(self)

    @classmethod
    async def open(cls, port, path=None, *, headers=None, origin=None, subprotocols=None,
                   compression=None, tls=None, local_addr=None, **query):
        """
        The handshake, no more. Raises websockets.InvalidStatusCode where it is refused. `tls`: an
        ssl.SSLContext, for wss; `local_addr`: (address, port) to come from.
        """
        dialled, tls = way_to(port, tls)
        text = urlencode({name: value for name, value in query.items() if value is not None})
        url = f"ws{'s' if tls else ''}://127.0.0.1:{dialled}{path or cls.path}"
        return cls(await websockets.connect(
            f"{url}{'?' if text else ''}{text}", **({"ssl": tls} if tls else {}), origin=origin,
            extra_headers=headers, subprotocols=subprotocols, compression=compression,
            local_addr=local_addr, ping_interval=None, max_size=None, max_queue=None,
            open_timeout=patient(8), close_timeout=patient(4)))

    async def welcomed(self):
        """Takes welcome and joined, the first two messages."""
        welcome = await self.recv()
        assert welcome["type"] == "welcome", welcome
        self.id, self.nickname = welcome["id"], welcome["nickname"]
        self.resume, self.user = welcome["resume"], welcome["user"]
        joined = await self.recv_until(type="joined")
        self.room = joined["room"]
        return welcome

    async def announced(self):
        """Takes what the room is told of this client."""
        await self.recv_until(type="system", room=self.room,
                              content=f"{self.nickname} joined the room")
        return self

    def taken(self, raw):
        message = Message(raw)
        schema.look(self.dialect, message)
        return message

    async def _read(self):
        try:
            async for raw in self.ws:
                self.messages.append(self.taken(raw))
                self._came.set()
        except websockets.ConnectionClosed:
            pass
        finally:
            self._came.set()

    def send(self, type=None, **members):
        """Queues a message; nothing is awaited, so a burst leaves in one go."""
        text = json.dumps({"type": type, **members} if type is not None else members)
        return self.send_text(text)

    def send_text(self, text):
        return asyncio.ensure_future(self.ws.send(text))

    async def recv(self, seconds=8):
        return await self.recv_until(seconds)

    async def recv_until(self, seconds=8, **members):
        """The next message with these members; those before it are passed over."""
        try:
            return await asyncio.wait_for(self._next(members), patient(seconds))
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.nickname} got no {members}; came: "
                                 f"{shown(self.messages)}") from None

    async def _next(self, members):
        start = self.at
        while True:
            while self.at < len(self.messages):
                message = self.messages[self.at]
                self.at += 1
                if matches(message, members):
                    return message
            if self._reader.done():
                raise Closed(self.ws.close_code, self.ws.close_reason, self.messages[start:])
            self._came.clear()
            await self._came.wait()

    def ear(self):
        """Goes through the same messages at its own pace, from here on; recv_until() only."""
        ear = copy.copy(self)
        ear.at = len(self.messages)
        return ear

    async def ask(self, type, **members):
        """Sends with a ref of its own, returns the answer."""
        ref = f"r{next(_numbers)}"
        self.send(type, ref=ref, **members)
        return await self.recv_until(ref=ref)

    async def recv_to_mark(self):
        """All messages up to the answer of a question that went to the hub and back."""
        start = self.at
        await self.ask("rooms")
        await self.ask("ping")
        return [m for m in self.messages[start:self.at] if "ref" not in m]

    async def expect_silence(self, passing=("rooms",)):
        """Nothing else was on its way: what was sent before comes before the answers."""
        came = [m for m in await self.recv_to_mark() if m["type"] not in passing]
        assert not came, f"{self.nickname} should have heard nothing: {shown(came)}"

    def received(self, **members):
        """Everything so far, taken or not, with these members."""
        return [m for m in self.messages if matches(m, members)]

    async def error(self, code, **members):
        """The next error has to be this one."""
        got = await self.recv_until(type="error")
        assert got["code"] == code and matches(got, members) and got["content"], got.raw
        return got

    async def closed(self, seconds=8):
        """(code, reason) once the server has closed."""
        await asyncio.wait_for(self.ws.wait_closed(), patient(seconds))
        await self._reader
        return self.ws.close_code, self.ws.close_reason

    async def close(self, code=1000):
        await self.ws.close(code)

    def drop(self):
        """Ends as a lost connection does: no close frame."""
        self.ws.transport.abort()
