#!/usr/bin/python3
# dice.py - a handler for the tests: answers calls, and writes down what it was told before it says so
#
#	dice.py [NAME]
#
# SPDX-License-Identifier: MIT
import asyncio
import os
import sys

sys.path.insert(0, os.environ["ATRIUM_TESTS"])

from atrium.handler import Dropped, Handler  # noqa: E402

CALLS, MESSAGES = 4, 2


def written(event):
    with open(os.path.join(os.environ["STATE_DIRECTORY"], "heard"), "a", encoding="utf-8") as heard:
        heard.write(f"{event['offset']} {event['body'].decode()}\n")


async def main(name):
    handler = await Handler.open("/run/atrium", name)
    await handler.serve("*", what=CALLS | MESSAGES)
    while True:
        event = await handler.next(seconds=3600)
        if event.name == "called":
            handler.say("answer", ask=event["ask"], body='"eyes":4')
        elif event.name == "said":
            written(event)
        if event.get("seq"):
            handler.handled(event["seq"])


try:
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "dice"))
except Dropped as drop:
    sys.exit(f"not let in: {drop.why}")
