# fake.py - as much of a server as the checker needs, in one process, which errs when it is told to
# SPDX-License-Identifier: MIT
import asyncio
import json
import secrets
from urllib.parse import parse_qs, urlsplit

import websockets


class Room:
    def __init__(self, name):
        self.name, self.epoch = name, secrets.token_hex(8)
        self.log, self.members = [], {}  # id: socket, or None while it is away


class Fake:
    """`fault` is made once, at publish number `at`; None: an honest server."""

    def __init__(self, fault=None, at=20):
        self.fault, self.at = fault, at
        self.rooms, self.keys, self.sockets, self.mids = {}, {}, {}, {}
        self.published = 0
        self.kept = None  # a delivery that another overtakes

    async def __aenter__(self):
        self.turn = asyncio.Lock()
        self.server = await websockets.serve(self._serve, "127.0.0.1", 0, compression=None)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()
        await self.server.wait_closed()

    def ports(self):
        return {"fake": self.port}

    def errs(self, fault):
        return self.fault == fault and self.published == self.at

    async def _serve(self, ws, path):
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        resumed = query.get("id") in self.keys and self.fault != "stranger"
        me = query["id"] if resumed else secrets.token_hex(8)
        self.keys.setdefault(me, secrets.token_hex(13))
        self.sockets[me] = ws
        await self._tell(ws, type="welcome", id=me, resume=self.keys[me], resumed=resumed,
                         nickname=query["nickname"])
        async with self.turn:
            await self._join(ws, me, query["nickname"], query)
        try:
            async for raw in ws:
                message = json.loads(raw)
                handler = getattr(self, f"_on_{message.pop('type')}")
                async with self.turn:
                    await handler(ws, me, query["nickname"], message)
        except websockets.ConnectionClosed:
            pass

    @staticmethod
    async def _tell(ws, **message):
        try:
            await ws.send(json.dumps(message))
        except websockets.ConnectionClosed:
            pass

    async def _tell_all(self, room, **message):
        for ws in list(room.members.values()):
            await self._tell(ws, room=room.name, **message)

    async def _join(self, ws, me, nickname, asked):
        room = self.rooms.setdefault(asked["room"], Room(asked["room"]))
        recovered = asked.get("epoch") == room.epoch and self.fault != "unrecovered"
        new, now = me not in room.members, len(room.log)
        room.members.pop(me, None)
        await self._tell(ws, type="joined", room=room.name, epoch=room.epoch, offset=now,
                         recovered=recovered)
        now = int(asked["since"]) if recovered else now
        while now < len(room.log):
            now += 1
            await self._tell(ws, **room.log[now - 1])
        room.members[me] = ws
        if new:
            await self._tell_all(room, type="users_update", count=len(room.members))
            await self._tell_all(room, type="system", content=f"{nickname} joined the room")

    async def _on_join(self, ws, me, nickname, message):
        await self._join(ws, me, nickname, message)

    async def _on_users(self, ws, _, __, message):
        count = len(self.rooms[message["room"]].members) - (self.fault == "count")
        await self._tell(ws, type="users_update", room=message["room"], count=count,
                         ref=message.get("ref"))

    async def _on_private(self, ws, _, __, message):
        ref = message.pop("ref")
        await self._tell(self.sockets[message["target"]], type="private", **message)
        await self._tell(ws, type="ack", ref=ref)

    async def _on_message(self, ws, me, nickname, message):
        ref, mid, room = message.pop("ref"), message.pop("mid"), self.rooms[message["room"]]
        if mid in self.mids and self.fault != "twice":
            await self._tell(ws, type="ack", ref=ref, room=room.name, offset=self.mids[mid])
            return
        self.published += 1
        if self.errs("break"):
            ws.transport.abort()
        if self.errs("vanish"):
            await self._tell(ws, type="ack", ref=ref, room=room.name, offset=len(room.log) + 1)
            return
        event = {"type": "message", **message, "id": me, "offset": len(room.log) + 1}
        room.log.append(event)
        self.mids[mid] = event["offset"]
        await self._deliver(room, nickname, event)
        if self.errs("refuse"):
            await self._tell(ws, type="error", code="unavailable", content="no", ref=ref)
        elif not self.errs("silent"):
            await self._tell(ws, type="ack", ref=ref, room=room.name,
                             offset=event["offset"] + self.errs("misplace"))

    async def _deliver(self, room, nickname, event):
        members = list(room.members.values())
        if self.errs("announce"):
            await self._tell_all(room, type="system", content=f"{nickname} left the room")
        if self.errs("drop"):
            await members[-1].close(1011)
        if self.errs("swap"):
            self.kept = event
            return
        overtaken = None
        if self.kept and self.kept["stream"] == event["stream"]:
            overtaken, self.kept = self.kept, None
        for ws in members[1:] if self.errs("lose") else members:
            await self._tell(ws, **event)
            if self.errs("double") or self.errs("renumber"):
                await self._tell(ws, **{**event, "offset": event["offset"] + self.errs("renumber")})
            if overtaken:
                await self._tell(ws, **overtaken)
