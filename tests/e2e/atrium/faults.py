# faults.py - ends of processes: killed, or at a step of their own
# SPDX-License-Identifier: MIT
import asyncio
import os
import signal

# Steps of the hub's turn at which ATRIUM_HUB_FAULT makes it end, as if it were killed there.
FAULTS = ("received", "applied", "committed", "acked", "half")
FAULT_EXIT = 70


async def end(server, *names):
    """Kills processes at once, and waits until they are gone."""
    for name in names:
        server[name].killed = True
        os.kill(server[name].pid, signal.SIGKILL)
    for name in names:
        await asyncio.to_thread(server[name].wait_exit)


async def end_at(server, fault, after):
    """Kills the hub; the next one ends at the `after`th time it comes to a step; one more stays."""
    await end(server, "hub")
    server.env_of["hub"] = {"ATRIUM_HUB_FAULT": fault, "ATRIUM_HUB_FAULT_AFTER": str(after)}
    hub = await asyncio.to_thread(server.spawn, "hub")
    assert await asyncio.to_thread(hub.wait_exit, 20) == FAULT_EXIT
    hub.killed = True
    del server.env_of["hub"]
    await server.start_async("hub")
