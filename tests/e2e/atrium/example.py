# example.py - the handlers of examples/, run as their users run them
# SPDX-License-Identifier: MIT
import asyncio
import os
import signal
import sys

from .process import Process
from .server import clean_environment
from .where import BUILD, ROOT


class Example:
    """One of examples/; started until it is up. Each process of it has a log of its own."""

    def __init__(self, server, program, *rooms):
        self.server, self.rooms = server, rooms
        self.name, _, self.python = program.partition(".")
        self.processes = []
        self.start()

    def start(self):
        path = [sys.executable, str(ROOT / "examples" / f"{self.name}.py")] if self.python else \
            [str(BUILD / "examples" / self.name)]
        env = clean_environment(ATRIUM_HANDLERS=os.path.join(self.server.runtime, "handlers.sock"))
        notify = os.path.join(self.server.directory, f"n-{self.name}-{len(self.processes)}")
        self.processes.append(Process(self.name, [*path, *self.rooms], env, notify,
                                      self.server.directory))
        self.wait_up()

    @property
    def process(self):
        return self.processes[-1]

    def wait_up(self, since=0):
        """Until it says so; `since`: lines of its log that do not count."""
        self.process.wait_line(f"{self.name}: up", 20, since)

    def kill(self):
        self.process.kill(signal.SIGKILL)
        self.process.wait_exit()

    async def restart(self):
        await asyncio.to_thread(lambda: (self.kill(), self.start()))

    async def restart_hub(self):
        """Until it has found the next one."""
        since = len(self.process.lines)
        await self.server.restart_async("hub")
        await asyncio.to_thread(self.wait_up, since)

    def stop(self):
        """What was not right, as lines."""
        if self.process.exit is None:
            self.process.kill(signal.SIGTERM)
            self.process.wait_exit()
        wrong = [f"{self.name} ended with {p.exit}" for p in self.processes
                 if p.exit != 0 and not p.killed]
        return wrong + [line for p in self.processes for line in p.bad_lines(())]
