# backend.py - an HTTP server of a test's own, which webhooks are sent to
# SPDX-License-Identifier: MIT
import asyncio
import contextlib
import json
import os
import re

from .where import ROOT, patient

PAGE = (ROOT / "docs/webhooks.md").read_text(encoding="utf-8")
# A secret that stands in no log by chance.
SECRET = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy13ZWJob29rcy0wMDE="


def write_secret(server, name, text, mode=0o600):
    """A file in the server's directory; its path."""
    path = os.path.join(server.directory, f"{name}.secret")
    with open(path, "w", encoding="ascii") as file:
        os.chmod(path, mode)
        file.write(text + "\n")
    return path


async def line(server, pattern, seconds=8):
    """Of the webhook's log; the backend goes on answering meanwhile."""
    return await asyncio.to_thread(server["webhook"].wait_line, pattern, seconds)


def example(language):
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)
    assert len(found) == 1
    return found[0]


def load_verify():
    """The example of the document."""
    names = {}
    exec(compile(example("python"), "docs/webhooks.md", "exec"), names)
    return names["verify"]


verify = load_verify()


class Hook:
    """One request."""

    def __init__(self, target, headers, body):
        self.target, self.headers, self.body = target, headers, body
        self.json = json.loads(body)
        self.events = self.json.get("events", [self.json])
        self.answered = None  # the status

    @property
    def event(self):
        assert len(self.events) == 1
        return self.events[0]

    @property
    def room(self):
        return self.events[0].get("room")

    @property
    def said(self):
        return self.event["message"]["body"]

    @property
    def id(self):
        return self.headers["webhook-id"]


class Backend:
    """
    `answer(hook)`, which may be a coroutine function, gives a status, or (status, headers, body), or None to
    close the connection without an answer. `hooks`: all that came, in order; each is signed with one of
    `secrets`.
    """

    def __init__(self, answer=200, secrets=(SECRET,)):
        self.answer, self.secrets = answer, secrets
        self.hooks = []
        self.unsigned = 0
        self.connections = 0
        self._came = asyncio.Event()

    @classmethod
    async def open(cls, *, tls=None, host="localhost", port=0, **options):
        self = cls(**options)
        self.server = await asyncio.start_server(
            self._serve, "127.0.0.1" if host == "localhost" else host, port, ssl=tls)
        self.port = self.server.sockets[0].getsockname()[1]
        self.url = f"http{'s' if tls else ''}://{host}:{self.port}/hook?x=1"
        return self

    def close(self):
        self.server.close()

    async def _read(self, reader):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        assert method == "POST", first
        headers = {name.lower(): value.strip()
                   for name, _, value in (line.partition(":") for line in lines)}
        return Hook(target, headers, await reader.readexactly(int(headers["content-length"])))

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                hook = await self._read(reader)
                signed = any(verify(secret, hook.headers, hook.body) for secret in self.secrets)
                self.unsigned += not signed
                self.hooks.append(hook)
                self._came.set()
                if not await self._answer(hook, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            with contextlib.suppress(RuntimeError):  # the test's loop has ended first
                writer.close()

    async def _answer(self, hook, writer):
        said = self.answer(hook) if callable(self.answer) else self.answer
        if asyncio.iscoroutine(said):
            said = await said
        if said is None:
            return False
        status, headers, body = said if isinstance(said, tuple) else (said, {}, b"")
        head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(head.encode() + b"\r\n" + body)
        await writer.drain()
        hook.answered = status
        self._came.set()
        return True

    # ---- what came

    async def until(self, condition, seconds=10, what="hooks"):
        """Until condition() is true, which is looked at after each request and answer."""
        async def wait():
            while not (result := condition()):
                self._came.clear()
                await self._came.wait()
            return result

        try:
            return await asyncio.wait_for(wait(), patient(seconds))
        except asyncio.TimeoutError:
            came = [(hook.id, hook.answered, hook.body[:200]) for hook in self.hooks[-20:]]
            raise AssertionError(f"not within {patient(seconds):g} s: {what}; came: {came}") from None

    async def count(self, count, seconds=10):
        """So many requests."""
        await self.until(lambda: len(self.hooks) >= count, seconds, f"{count} hooks")
        return self.hooks

    def of(self, room):
        return [hook for hook in self.hooks if hook.room == room]
