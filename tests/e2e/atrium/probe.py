# probe.py - a handler of libatrium's (tests/e2e/handlers/probe.c), steered by a test
# SPDX-License-Identifier: MIT
import asyncio
import json
import os

from .client import matches
from .server import clean_environment
from .where import BUILD, patient

PEOPLE, MESSAGES, CALLS, GUARD, STATE = 1, 2, 4, 8, 16
PROBE = os.path.join(BUILD, "handlers", "probe")


class Probe:
    """
        probe = await Probe.open(server.runtime, "bot", ("chat-*", PEOPLE | MESSAGES))
        said = await probe.next("message", room=room)
        result = await probe.act("publish", room, "message", '{"text":"hi"}')
    """

    live = []

    def __init__(self):
        self.said, self.at, self.number = [], 0, 0
        self.changed = asyncio.Condition()

    @classmethod
    async def open(cls, runtime, name, *patterns, loop="fd", up=True):
        self = cls()
        words = [str(word) for pattern in patterns for word in pattern]
        self.process = await asyncio.create_subprocess_exec(
            "setpriv", "--pdeathsig", "KILL", "--", PROBE, name, loop, *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
            env=clean_environment(ATRIUM_HANDLERS=os.path.join(runtime, "handlers.sock")))
        self.reader = asyncio.ensure_future(self._read())
        Probe.live.append(self)
        if up:
            await self.next("up")
        return self

    async def _read(self):
        while line := await self.process.stdout.readline():
            said = json.loads(line)
            if said.get("format") == 0 and said["body"]:
                said["body"] = json.loads(said["body"])
            if said.get("changes"):
                said["changes"] = json.loads(f"[{said['changes']}]")
            self.said.append(said)
            async with self.changed:
                self.changed.notify_all()

    async def next(self, kind=None, *, seconds=8, **members):
        """The next of these; those before it are skipped."""
        def find():
            for at in range(self.at, len(self.said)):
                if kind in (None, self.said[at]["kind"]) and matches(self.said[at], members):
                    self.at = at + 1
                    return True
            return False
        try:
            async with self.changed:
                await asyncio.wait_for(self.changed.wait_for(find), patient(seconds))
        except asyncio.TimeoutError:
            raise TimeoutError(f"no {kind} {members}; came: {self.said[-10:]}") from None
        return self.said[self.at - 1]

    def came(self, kind, **members):
        """All of these so far."""
        return [s for s in self.said if s["kind"] == kind and matches(s, members)]

    async def _of(self, kind, number, seconds):
        def find():
            return next((s for s in self.said
                         if s["kind"] == kind and s["number"] == number), None)
        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(find), patient(seconds))
        return find()

    def say(self, *words):
        self.number += 1
        self.process.stdin.write("\t".join(map(str, words)).encode() + b"\n")
        return self.number

    async def do(self, *words, seconds=8):
        """What the library's function returned: "0", or an errno's name."""
        return (await self._of("said", self.say(*words), seconds))["r"]

    async def act(self, *words, seconds=8):
        """An action, and its result."""
        number = self.say(*words)
        returned = await self._of("said", number, seconds)
        assert returned["r"] == "0", (words, returned)
        return await self._of("result", number, seconds)

    async def ended(self, seconds=8):
        """Its exit status."""
        return await asyncio.wait_for(self.process.wait(), patient(seconds))

    async def kill(self):
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self.reader
        self.process._transport.close()  # or it complains when the loop is gone
        if self in Probe.live:
            Probe.live.remove(self)


async def kill_all():
    """At the end of a test."""
    for probe in list(Probe.live):
        await probe.kill()
