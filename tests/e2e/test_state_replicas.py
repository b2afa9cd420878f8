# test_state_replicas.py - many change a room's state while processes are killed: all have the same in the end
# SPDX-License-Identifier: MIT
import os

import pytest

from atrium.faults import FAULTS, end, end_at
from atrium.replica import Replicas

SEED = int(os.environ["ATRIUM_SEED"]) if "ATRIUM_SEED" in os.environ else None
LONG = int(os.environ.get("ATRIUM_LONG", "1"))  # so many times more kills


async def kill(server, name):
    await end(server, name)
    await server.start_async(name)


@pytest.mark.deadline(60 * LONG)
async def test_all_replicas_are_equal(new_server, room):
    server = new_server(gateways=2, hub={"history": "0"})
    async with Replicas(server, room, seed=SEED) as replicas:
        for _ in range(16 * LONG):
            await replicas.progress(replicas.rng.choice((1, 20, 100, 300)))
            what = replicas.rng.choice(("hub", "hub", "gateway", "client", "client"))
            if what == "hub":
                await kill(server, "hub")
            elif what == "gateway":
                await kill(server, replicas.rng.choice(server.gateways))
            else:
                client = replicas.rng.choice(replicas.clients)
                client.place.forgets = replicas.rng.random() < 0.3
                client.break_off()
        await replicas.progress(100)
    print(f"changes: {len(replicas.log)}, {replicas.counts}")
    assert replicas.counts["conflicts"] and replicas.counts["full"]


@pytest.mark.deadline(60 * LONG)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_hub_that_dies_at_a_step(new_server, room, fault):
    server = new_server(gateways=2, hub={"history": "0"})
    async with Replicas(server, room, count=4, seed=SEED) as replicas:
        for after in (1, 2, 20, 100):
            await replicas.progress(20)
            await end_at(server, fault, after)
        await replicas.progress(20)
