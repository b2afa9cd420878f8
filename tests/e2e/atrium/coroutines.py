# coroutines.py - tests that are coroutines, each with a deadline
# SPDX-License-Identifier: MIT
import asyncio
import inspect

from .where import patient


def run(item, seconds, after):
    """Runs a test that is a coroutine, then `after`; None: it is none. A mark `deadline` says another time."""
    if not inspect.iscoroutinefunction(item.obj):
        return None

    async def whole():
        try:
            await asyncio.wait_for(test, patient(mark.args[0] if mark else seconds))
        finally:
            await after()

    mark = item.get_closest_marker("deadline")
    test = item.obj(**{name: item.funcargs[name] for name in item._fixtureinfo.argnames})
    asyncio.run(whole())
    return True
