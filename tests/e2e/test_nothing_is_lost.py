# test_nothing_is_lost.py - processes are killed at any moment under traffic: nothing is lost, doubled or reordered
# SPDX-License-Identifier: MIT
import os

import pytest

from atrium import Checker
from atrium.faults import FAULTS, end, end_at

HISTORY = {"history": "10000"}  # who comes back after a kill finds all that it missed
SEED = int(os.environ["ATRIUM_SEED"]) if "ATRIUM_SEED" in os.environ else None
LONG = int(os.environ.get("ATRIUM_LONG", "1"))  # so many times more kills


def checker(server, room, **options):
    return Checker(lambda: {name: server.ports[name] for name in server.gateways}, room,
                   **{"seed": SEED, **options})


async def kill_hub(server, check):
    """Amid traffic, or just when it is back: it has heard of no gateway, or not of all."""
    await check.progress(check.rng.choice((0, 1, 1, check.rng.randrange(50),
                                           check.rng.randrange(300))))
    await end(server, "hub")
    await server.start_async("hub")


# ---- the hub

@pytest.mark.deadline(90 * LONG)
@pytest.mark.parametrize("journal", ["process", "disk"])
async def test_a_hub_that_is_killed_again_and_again(new_server, room, journal):
    server = new_server(gateways=2, hub={"journal": journal, **HISTORY})
    async with checker(server, room, members=5, talkers=4, private=True) as check:
        for _ in range(30 * LONG):
            await kill_hub(server, check)
        await check.progress(100)


@pytest.mark.deadline(90 * LONG)
async def test_without_a_journal_everyone_stays(new_server, room):
    server = new_server(gateways=2, hub={"journal": "memory", "settle": "50ms"})
    async with checker(server, room, members=5, talkers=4, strict=False) as check:
        for _ in range(8 * LONG):
            await check.progress(check.rng.randrange(1, 100))
            await server.restart_async("hub")


@pytest.mark.deadline(90 * LONG)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_hub_that_dies_at_a_step(new_server, room, fault):
    """Of its first turn that is worth it, and of later ones."""
    server = new_server(gateways=2, hub=HISTORY)
    async with checker(server, room, talkers=3, private=True) as check:
        for after in (1, 2, 3, 20, 100):
            await check.progress(20)
            await end_at(server, fault, after)
        await check.progress(20)


# ---- the others

@pytest.mark.deadline(60 * LONG)
async def test_auth_and_metrics_that_are_killed_again_and_again(new_server, room):
    server = new_server(gateways=2)
    async with checker(server, room) as check:
        for _ in range(10 * LONG):
            for name in ("auth", "metrics"):
                await check.progress(check.rng.randrange(50))
                await end(server, name)
                await check.progress(check.rng.randrange(50))
                await server.start_async(name)


async def kill_gateway(server, check, name):
    """Its clients go on at another, or wait for it."""
    await check.progress(check.rng.randrange(200))
    check.killing(name)
    await end(server, name)
    await check.progress(check.rng.choice((0, 100)))
    await server.start_async(name)


@pytest.mark.deadline(90 * LONG)
async def test_gateways_that_are_killed_again_and_again(new_server, room):
    server = new_server(gateways=2, hub=HISTORY)
    async with checker(server, room, members=6, talkers=4) as check:
        for number in range(10 * LONG):
            await kill_gateway(server, check, server.gateways[number % 2])
        await check.progress(100)
    assert check.figures()["resumed"] >= 10


@pytest.mark.deadline(120 * LONG)
async def test_anything_is_killed_at_any_time(new_server, room):
    """Clients lose their network, too."""
    server = new_server(gateways=2, hub=HISTORY)
    async with checker(server, room, members=6, talkers=4) as check:
        for _ in range(30 * LONG):
            what = check.rng.choice(("hub", "hub", "gateway", "client", "client", "both"))
            if what in ("hub", "both"):
                await kill_hub(server, check)
            if what in ("gateway", "both"):
                await kill_gateway(server, check, check.rng.choice(server.gateways))
            if what == "client":
                await check.progress(check.rng.randrange(50))
                check.rng.choice(check.clients).break_off()
        await check.progress(100)


@pytest.mark.deadline(60 * LONG)
async def test_hub_and_gateway_die_together(new_server, room):
    server = new_server(gateways=2, hub=HISTORY)
    async with checker(server, room, talkers=3) as check:
        for number in range(6 * LONG):
            gateway = server.gateways[number % 2]
            await check.progress(check.rng.randrange(100))
            check.killing(gateway)
            await end(server, *check.rng.sample(["hub", gateway], 2))
            await server.start_async("hub")
            await server.start_async(gateway)
        await check.progress(100)
