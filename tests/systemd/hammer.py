# hammer.py - connects all the time, and counts who was refused or not answered
# SPDX-License-Identifier: MIT
import asyncio

from atrium import patient

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


class Hammer:
    """`async with Hammer(port) as hammer`: at its end, no connect was refused."""

    def __init__(self, port, at_once=4):
        self.port, self.at_once = port, at_once
        self.served = self.refused = self.broken = 0
        self._ended, self._answered, self._tasks = asyncio.Event(), asyncio.Event(), []

    async def _ask(self):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            self.refused += 1
            return
        try:
            writer.write(REQUEST)
            answer = await asyncio.wait_for(reader.read(), patient(20))
            if answer.startswith(b"HTTP/1.1 200"):
                self.served += 1
            else:
                self.broken += 1
        except OSError:
            self.broken += 1
        finally:
            writer.close()
            self._answered.set()

    async def _go_on(self):
        while not self._ended.is_set():
            await self._ask()
            try:  # it is not meant to be a load
                await asyncio.wait_for(self._ended.wait(), 0.005)
            except asyncio.TimeoutError:
                pass

    async def served_more(self, count, seconds=20):
        async def until(wanted):
            while self.served < wanted:
                self._answered.clear()
                await self._answered.wait()

        await asyncio.wait_for(until(self.served + count), patient(seconds))

    async def __aenter__(self):
        self._tasks = [asyncio.create_task(self._go_on()) for _ in range(self.at_once)]
        await self.served_more(10)
        return self

    async def __aexit__(self, kind, error, trace):
        if not error:
            await self.served_more(10)
        self._ended.set()
        await asyncio.gather(*self._tasks)
        print(f"hammer: served={self.served} refused={self.refused} broken={self.broken}")
        assert error or self.refused == 0
