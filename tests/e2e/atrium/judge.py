# judge.py - a handler that rules on what is said in rooms, and answers calls
# SPDX-License-Identifier: MIT
from .handler import Handler

PEOPLE, MESSAGES, CALLS, GUARD = 1, 2, 4, 8
PASS, CHANGE, REFUSE = range(3)


class Judge(Handler):
    """`async with Judge(server, "judge", {pattern: what}) as judge`: it serves; then it is killed."""

    def __init__(self, server, name, serves, commands=()):
        super().__init__(server.runtime, name)
        self.serves, self.commands = serves, commands

    async def __aenter__(self):
        self.connect()
        try:
            await self.welcomed()
            await self.serve(*self.serves.items(), commands=self.commands)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_):
        await self.close()

    async def asked(self, **members):
        return await self.next("guarded", **members)

    async def called(self, **members):
        return await self.next("called", **members)

    def rule(self, question, ruling=PASS, **more):
        self.say("ruling", ask=question["ask"], ruling=ruling, **more)

    def answer(self, question, body="", error="", text=""):
        self.say("answer", ask=question["ask"], body=body, error=error, text=text)
