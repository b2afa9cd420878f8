# resuming.py - a client that stays: it comes back after any end, and says again what was not acknowledged
# SPDX-License-Identifier: MIT
import asyncio
import json
from dataclasses import dataclass
from urllib.parse import urlencode

import websockets

from .authority import way_to
from .client import Message
from .where import patient

BACKOFF, BACKOFF_MAX = 0.02, 0.5  # seconds


class Place:
    """A room as this client knows it."""

    def __init__(self, name):
        self.name = name
        self.epoch = None
        self.seen = 0  # the last offset
        self.joined = False  # over this connection

    def since(self):
        return {"since": self.seen, "epoch": self.epoch} if self.epoch else {}


@dataclass
class End:
    """How a connection ended that the client did not end itself."""
    gateway: str
    incarnation: int
    code: int
    reason: str
    welcomed: bool


class Resuming:
    """
    `ports()`: {gateway's name: port}; `rooms`: the first is the query's, the others are joined.
    `on_message(client, message)` gets all but welcome and joined; `on_event(client, what)` is told
    of "resumed" or "stranger", "recovered" or "unrecovered", and of offsets that are a "gap" or came
    "again".
    """

    def __init__(self, nickname, rooms, ports, rng, *, home=None, tls=None, on_message, on_event):
        self.nickname, self.rng, self.home = nickname, rng, home
        self.places = {name: Place(name) for name in rooms}
        self.ends, self.connects = [], 0
        self.id = self.resume = self.ws = self.gateway = None
        self.incarnations = {}
        self.unacked = {}  # ref: text, in the order they were said
        self._ports, self._on_message, self._on_event = ports, on_message, on_event
        self._tls = tls
        self._ending, self._ready = asyncio.Event(), asyncio.Event()
        self._out, self._open, self._broke_off = None, False, False
        self.task = asyncio.create_task(self._stay())

    # ---- what tests use

    async def ready(self, seconds=20):
        """In all of its rooms."""
        await asyncio.wait_for(self._ready.wait(), patient(seconds))

    def say(self, ref, **members):
        """Says it, again after each return, until it is acknowledged or refused."""
        text = json.dumps({**members, "ref": ref})
        self.unacked[ref] = text
        if self._open:
            self._out.put_nowait(text)

    def say_again(self):
        """What was said and not answered, over the same connection."""
        if self._open:
            for text in self.unacked.values():
                self._out.put_nowait(text)

    def send(self, **members):
        """Once, if there is a connection."""
        if self._open:
            self._out.put_nowait(json.dumps(members))

    def break_off(self):
        """As a lost network does it; the client comes back."""
        if self.ws:
            self._broke_off = True
            self.ws.transport.abort()

    async def end(self):
        self._ending.set()
        if self.ws:
            await self.ws.close()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    # ---- the connection

    def _choose(self, attempt):
        ports = self._ports()
        name = self.home if self.home in ports and attempt == 0 else self.rng.choice(sorted(ports))
        return name, ports[name]

    async def _stay(self):
        attempt = 0
        while not self._ending.is_set():
            gateway, port = self._choose(attempt + self.connects)
            incarnation = self.incarnations.get(gateway, 0)
            welcomed, said = False, None
            try:
                self.ws, self._broke_off = await self._connect(port), False
                self.gateway, self.connects = gateway, self.connects + 1
                welcomed = await self._serve()
                said = self.ws.close_reason
                if not self._broke_off and not self._ending.is_set():
                    self.ends.append(End(gateway, incarnation, self.ws.close_code, said, welcomed))
            except (OSError, asyncio.TimeoutError, websockets.WebSocketException):
                pass
            self.ws = None
            attempt = 0 if welcomed else attempt + 1
            await self._pause(attempt, said)

    async def _connect(self, port):
        place = next(iter(self.places.values()))
        query = {"nickname": self.nickname, "room": place.name, **place.since()}
        if self.id:
            query.update(id=self.id, resume=self.resume)
        port, tls = way_to(port, self._tls)
        return await websockets.connect(
            f"ws{'s' if tls else ''}://127.0.0.1:{port}/api/ws?{urlencode(query)}",
            **({"ssl": tls} if tls else {}), compression=None,
            ping_interval=None, max_size=None, max_queue=None, open_timeout=patient(8),
            close_timeout=patient(1))

    async def _serve(self):
        """Until the connection ends. Whether it was let in."""
        self._out = asyncio.Queue()
        writer = asyncio.create_task(self._write(self.ws, self._out))
        welcomed = False
        try:
            async for raw in self.ws:
                message = Message(raw)
                if message["type"] == "welcome":
                    welcomed = True
                    self._welcome(message)
                elif message["type"] == "joined":
                    self._joined(message)
                else:
                    self._take(message)
        except websockets.ConnectionClosed:
            pass
        finally:
            self._ready.clear()
            self._open = False
            for place in self.places.values():
                place.joined = False
            writer.cancel()
        return welcomed

    @staticmethod
    async def _write(ws, out):
        try:
            while True:
                await ws.send(await out.get())
        except websockets.ConnectionClosed:
            pass

    async def _pause(self, attempt, said):
        """The server's own advice, or full jitter; the client's end ends it."""
        try:
            seconds = json.loads(said or "{}")["retry_ms"] / 1000
        except (ValueError, KeyError, TypeError):
            seconds = self.rng.uniform(0, min(BACKOFF_MAX, BACKOFF * 2 ** attempt))
        try:
            await asyncio.wait_for(self._ending.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    # ---- what comes

    def _welcome(self, message):
        if self.id:
            same = message["id"] == self.id and message.get("resumed") is True
            self._on_event(self, "resumed" if same else "stranger")
        self.id, self.resume = message["id"], message["resume"]

    def _joined(self, message):
        place = self.places[message["room"]]
        if place.epoch:
            same = message.get("recovered") is True and message["epoch"] == place.epoch
            self._on_event(self, "recovered" if same else "unrecovered")
            if not same:
                place.seen = message["offset"]
        else:
            place.seen = message["offset"]
        place.epoch, place.joined = message["epoch"], True
        if place is next(iter(self.places.values())):
            self._rejoin()
        if all(p.joined for p in self.places.values()):
            self._ready.set()

    def _rejoin(self):
        """The other rooms, and without waiting for them all that was not acknowledged."""
        for place in list(self.places.values())[1:]:
            self._out.put_nowait(json.dumps({"type": "join", "room": place.name, **place.since()}))
        for text in self.unacked.values():
            self._out.put_nowait(text)
        self._open = True

    def _take(self, message):
        if "offset" in message and message["type"] not in ("ack", "history", "state_snapshot"):
            place = self.places[message["room"]]
            if message["offset"] != place.seen + 1:
                self._on_event(self, "gap" if message["offset"] > place.seen else "again")
            place.seen = max(place.seen, message["offset"])
        ref = message.get("ref")
        if ref is not None and message["type"] in ("ack", "error"):
            self.unacked.pop(ref, None)
        self._on_message(self, message)
