# dialog.py - runs the dialogs of docs/protocol.md: clients, what they say and what they are told
# SPDX-License-Identifier: MIT
import json
import re
from urllib.parse import unquote

import websockets

from . import schema
from .client import Client, Closed
from .dialects import CommandClient, RawClient

VARIES = "…"
# what comes several times: others of these may come before the one that is wanted
AGAIN = ("users_update", "rooms", "online-update", "system", "joined")


def dialogs(text):
    """The blocks of a page marked as dialogs, as (number of the first line, lines)."""
    found, block = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line == "```dialog":
            block = (number + 1, [])
        elif line == "```" and block:
            found.append(block)
            block = None
        elif block:
            block[1].append(line)
    return found


def pattern(text):
    """What is wanted, as a value: … for whatever varies, and for more members or elements."""
    text = re.sub(r'([:\[,]\s*)…(?=\s*[,}\]])(?!\s*})', r'\1"…"', text)
    text = re.sub(r':\s*…', ':"…"', text)
    return json.loads(re.sub(r',\s*…\s*}', ',"…":0}', text))


def matches(wanted, got, kept):
    """`kept`: what $NAMES stand for; the first that is met is taken."""
    if wanted == VARIES or wanted == [VARIES]:
        return True
    if isinstance(wanted, str) and wanted.startswith("$"):
        return kept.setdefault(wanted, got) == got
    if isinstance(wanted, dict) and isinstance(got, dict):
        more = VARIES in wanted
        names = [name for name in wanted if name != VARIES]
        if more or names == list(got):
            return all(name in got and matches(wanted[name], got[name], kept) for name in names)
        return False
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(matches, wanted, got, [kept] * len(got)))
    return wanted == got


def kind_of(target):
    path = target.partition("?")[0]
    if path.startswith("/ws/"):
        return RawClient
    return CommandClient if path == "/connect" or path.startswith("/socket/") else Client


class Dialog:
    def __init__(self, server):
        self.server, self.clients, self.kept = server, {}, {}

    def filled(self, text):
        for name, value in self.kept.items():
            text = text.replace(name, str(value))
        return text

    async def run(self, lines):
        self.kept = {"$TOKEN": self.server.token("demo"),
                     "$ADMIN": self.server.token("root", claims={"admin": True})}
        for line in lines:
            try:
                await self.step(line)
            except Exception as error:
                raise AssertionError(f"{line}: {error}") from error

    async def step(self, line):
        name, mark, rest = re.fullmatch(r"(\w+) (=|<<?|>>?|x) ?(.*)", line).groups()
        if mark == "=":
            await self.connect(name, rest)
        elif mark == ">":
            await self.clients[name].ws.send(self.filled(rest))
        elif mark == ">>":
            await self.clients[name].ws.send(bytes.fromhex(rest))
        elif mark == "x":
            await self.clients[name].close()
        elif mark == "<<":
            assert await self.clients[name].recv() == bytes.fromhex(rest)
        elif rest.startswith("close "):
            code, _ = await self.clients[name].closed()
            assert code == int(rest.split()[1]), code
        else:
            await self.hear(self.clients[name], rest)

    async def connect(self, name, target):
        """Also waits until the client is in its room, or closed: the next line is about that."""
        target, _, status = self.filled(target).partition(" ")
        kind = kind_of(target)
        try:
            if kind is RawClient and not status:
                client = await self.enter(target)
            else:
                client = await kind.open(self.server.port, target)
                assert not status, "it was not refused"
                await self.settle(client)
        except websockets.InvalidStatusCode as refused:
            assert str(refused.status_code) == status, refused.status_code
            return
        self.clients[name] = client

    async def enter(self, target):
        """A raw client is told nothing: some other one sees when it is there."""
        witness = await Client.open(self.server.port)
        room = unquote(target.partition("?")[0][len("/ws/"):])

        async def there():
            return {m["id"] for m in (await witness.ask("users", room=room)).get("members", ())}
        before = await there()
        client = await RawClient.open(self.server.port, target)
        while not client.ws.closed and not await there() - before:
            pass
        await witness.close()
        return client

    @staticmethod
    async def settle(client):
        ear = client.ear()
        kind = schema.KINDS[client.dialect]
        try:
            joined = await ear.recv_until(**{kind: "joined"})
            client.room = joined.get("room", joined.get("channel"))
        except Closed:
            pass

    async def hear(self, client, wanted):
        if client.dialect is None:
            return await self.hear_raw(client, self.filled(wanted))
        wanted = pattern(wanted)
        kind = schema.KINDS[client.dialect]
        while True:
            got = await client.recv()
            if got[kind] != wanted[kind]:
                continue
            if matches(wanted, got, self.kept):
                return None
            assert got[kind] in AGAIN, got.raw

    async def hear_raw(self, client, wanted):
        got = await client.recv()
        if wanted.startswith('{"type":') and VARIES in wanted:
            assert matches(pattern(wanted), json.loads(got), self.kept), got
        else:
            assert str(got) == wanted, got
