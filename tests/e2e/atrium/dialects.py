# dialects.py - clients of the command dialect and of the raw dialect
# SPDX-License-Identifier: MIT
import itertools
import json

from .client import Client, shown

_numbers = itertools.count(1)


class CommandClient(Client):
    """Like Client, in {channel, cmd, param}: recv_until(cmd="chat"); `param` is a dictionary."""

    dialect = "command"
    path = "/connect"

    async def welcomed(self):
        """Takes welcome and joined, the first two messages."""
        welcome = await self.recv()
        assert welcome["cmd"] == "welcome", welcome
        param = welcome["param"]
        self.id, self.nickname = param["id"], param["nickname"]
        self.resume, self.user, self.room = param["resume"], param["user"], welcome["channel"]
        await self.recv_until(cmd="joined", channel=self.room)
        return welcome

    async def announced(self):
        return self

    def send(self, cmd, param=None, **outer):
        channel = {"channel": self.room} if self.room else {}
        return self.send_text(json.dumps({**channel, "cmd": cmd,
                                          "param": {} if param is None else param, **outer}))

    async def ask(self, cmd, param=None, **outer):
        """Sends with a ref of its own, returns the answer."""
        ref = f"c{next(_numbers)}"
        self.send(cmd, param, ref=ref, **outer)
        return await self.recv_until(ref=ref)

    async def expect_silence(self, passing=("online-update",)):
        came = [m for m in await self.recv_to_mark() if m["cmd"] not in passing]
        assert not came, f"{self.nickname} should have heard nothing: {shown(came)}"

    async def error(self, code, **members):
        """The next error has to be this one."""
        got = await self.recv_until(cmd="error", **members)
        assert got["param"]["code"] == code and got["param"]["content"], got.raw
        return got


class Frame(str):
    """A frame that came as text."""

    @property
    def raw(self):
        return str(self)


class BinaryFrame(bytes):
    @property
    def raw(self):
        return repr(bytes(self))


class RawClient(Client):
    """Frames as they are: recv() gives str or bytes."""

    dialect = None

    @staticmethod
    def taken(raw):
        return Frame(raw) if isinstance(raw, str) else BinaryFrame(raw)

    async def welcomed(self):
        """There is no word of welcome: what it says to itself comes when it is in its room."""

    async def announced(self):
        return self

    def send(self, frame):
        return self.send_text(frame)

    async def recv_all(self, *wanted):
        """The next frames are these."""
        for each in wanted:
            got = await self.recv()
            assert got == each and isinstance(got, str) == isinstance(each, str), (got, each)
