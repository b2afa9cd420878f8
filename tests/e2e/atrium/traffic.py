# traffic.py - one client that talks without a pause, and others that count what they hear
# SPDX-License-Identifier: MIT
import asyncio

from .where import patient


class Traffic:
    """
    `async with Traffic(sender, listener...) as traffic`: at its end all has to have arrived, once
    and in order. `spared`: how many messages may be missing or doubled, as what a killed hub
    without a journal had in its hands for another gateway than the sender's.
    """

    WINDOW = 2

    def __init__(self, sender, *listeners, spared=0):
        self.sender, self.listeners, self.spared = sender, listeners, spared
        self._acks = sender.ear()
        self._ears = [listener.ear() for listener in listeners]
        self.sent = 0
        self._ending = False
        self._task = None

    async def _run(self):
        acked = 0
        while not self._ending or acked < self.sent:
            if not self._ending:
                self.sender.send("message", n=self.sent, ref=self.sent, echo=False)
                self.sent += 1
            if self.sent - acked >= self.WINDOW or self._ending:
                await self._acks.recv_until(type="ack", ref=acked, seconds=20)
                acked += 1

    async def __aenter__(self):
        self._task = asyncio.create_task(self._run())
        return self

    async def more(self, count=100):
        """Until that many more have been heard by all."""
        last = self.sent + count
        for ear in self._ears:
            hearing = asyncio.create_task(
                ear.recv_until(type="message", n=last, id=self.sender.id, seconds=20))
            await asyncio.wait({hearing, self._task}, return_when=asyncio.FIRST_COMPLETED)
            if self._task.done():
                self._task.result()
            await hearing

    async def __aexit__(self, kind, error, trace):
        self._ending = True
        if error:
            self._task.cancel()
            return
        await asyncio.wait_for(self._task, patient(30))
        for listener in self.listeners:
            await listener.expect_silence(passing=("rooms", "message", "users_update", "system",
                                                    "ack"))
            self.check(listener)

    def check(self, listener):
        heard = [m["n"] for m in listener.received(type="message", id=self.sender.id)]
        once = list(dict.fromkeys(heard))
        missing = sorted(set(range(self.sent)) - set(once))
        doubled = len(heard) - len(once)
        assert once == sorted(once) and len(missing) + doubled <= self.spared, (
            f"{listener.nickname} heard {len(heard)} of {self.sent}: missing {missing[:20]}, "
            f"doubled {doubled}, in order: {once == sorted(once)}")
