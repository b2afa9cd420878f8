# test_server.py - the units as a server: it starts, and any part of it dies and comes back under a chat
# SPDX-License-Identifier: MIT
import asyncio
import json
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from atrium import Client, RawSocket, until
from hammer import Hammer
from machine import (DAEMONS, METRICS_PORT, PORT, SOCKETS, aside, api, chat, cursor, drop_in, get, is_active,
                     is_ready, journal, kill_and_wait, pid, restarts, run, show, start, stop,
                     systemctl, token, until_active, write_conf)

PROCESSES = (("hub", "hub"), ("auth", "auth"), ("metrics", "metrics"), ("gateway", "gateway-1"))


async def reach(**options):
    client = await Client.open(PORT, **options)
    await client.welcomed()
    return client


async def said(client, numbers):
    for n in numbers:
        client.send("message", n=n, ref=n)
        await client.recv_until(type="ack", ref=n)


# ---- start and stop

async def test_the_target_is_a_running_server(server):
    assert is_active("atrium.target")
    assert show("atrium-gateway@1", "StatusText") == f"port {PORT}"
    assert {show(unit, "User") for unit in DAEMONS} == {
        "atrium-hub", "atrium-auth", "atrium-metrics", "atrium-gateway"}
    status, page = get("/")
    assert status == 200 and "<html" in page
    john = await reach(room="lobby", nickname="John")
    john.send("message", content="hello", ref=1)
    await john.recv_until(type="ack", ref=1)


def test_the_units_are_well_formed(server):
    units = [f"{unit}.service" for unit in DAEMONS]
    units += ["atrium.target", "atrium-gateway@1.socket", "atrium-gateway-tls@1.socket",
              "atrium-metrics.socket", "atrium-gateway@2.service"]
    assert run("systemd-analyze", "verify", "--man=yes", "--recursive-errors=no", *units) == ""


def test_metrics_sees_the_machine_and_the_processes(server):
    def seen():
        status, text = get("/metrics", METRICS_PORT)
        assert status == 200
        found = {name: float(value) for name, value in re.findall(r"^(atrium_\S+) (\S+)$", text, re.M)}
        return found if all(found.get("atrium_process_resident_memory_bytes"
                                      f'{{process="{process}",instance="{instance}"}}')
                            for process, instance in PROCESSES) else None
    numbers = until(seen, 20, "memory of each process")
    assert numbers["atrium_host_memory_bytes"] > 0 and numbers["atrium_host_disk_bytes"] > 0
    assert numbers["atrium_host_load15"] > 0


async def test_stop_ends_all_and_start_goes_on(server):
    """The hub ends last: what was said until then is not lost."""
    async with chat("stopped") as check:
        await check.progress(50)
        check.killing("gateway")
        await aside(stop)
        assert {show(unit, "ActiveState") for unit in (*DAEMONS, *SOCKETS)} == {"inactive"}
        check.killing("gateway")
        await aside(start)
        await check.progress(50)


# ---- each is killed

@pytest.mark.deadline(60)
async def test_each_daemon_that_is_killed_comes_back_alone(server):
    async with chat("killed", private=True) as check:
        for unit in DAEMONS[:3] + DAEMONS[:1]:
            others = [pid(other) for other in DAEMONS if other != unit]
            await check.progress(50)
            await kill_and_wait(unit)
            await check.progress(50)
            assert [pid(other) for other in DAEMONS if other != unit] == others
        await aside(until, is_ready, 20, "ready")


@pytest.mark.deadline(60)
async def test_a_gateway_that_is_killed_refuses_no_one(server):
    async with chat("gateway-killed") as check, Hammer(PORT) as hammer:
        for _ in range(3):
            await check.progress(50)
            check.killing("gateway")
            await kill_and_wait("atrium-gateway@1")
            check.killing("gateway")
            await check.progress(50)
            await hammer.served_more(10)
    assert check.figures()["resumed"] >= 3


@pytest.mark.deadline(60)
async def test_a_gateway_that_is_restarted_paces_its_clients_and_refuses_no_one(server):
    async with chat("restarted", members=8) as check, Hammer(PORT) as hammer:
        await check.progress(50)
        check.killing("gateway")
        await aside(systemctl, "restart", "atrium-gateway@1")
        await check.progress(50)
        await hammer.served_more(20)
    ends = [end for client in check.clients for end in client.ends]
    assert {end.code for end in ends} == {1012}
    slots = [json.loads(end.reason)["retry_ms"] for end in ends]
    assert len(set(slots)) == len(slots) == 8
    assert hammer.broken == 0


async def test_crashes_without_end_do_not_take_the_port_away(server):
    """A connection that comes meanwhile waits, and is served once the fault is mended."""
    drop_in("atrium-gateway@1", Environment="ATRIUM_GATEWAY_JSON_DEPTH=none", RestartSec="20ms")
    systemctl("restart", "atrium-gateway@1", check=False)
    waiting = asyncio.create_task(asyncio.to_thread(get, "/healthz"))
    await aside(until, lambda: restarts("atrium-gateway@1") > 10, 20, "ten crashes")
    assert is_active("atrium-gateway@1.socket")
    drop_in("atrium-gateway@1", RestartSec="20ms")
    assert (await waiting)[0] == 200
    await aside(until_active, "atrium-gateway@1")


async def test_a_gateway_may_take_the_time_to_drain_that_its_settings_allow(server):
    """Though its unit says less."""
    write_conf(gateway={"drain": "4s"})
    drop_in("atrium-gateway@1", TimeoutStopSec="1s")
    await aside(systemctl, "restart", "atrium-gateway@1")
    since = cursor()
    raw = await RawSocket.open(PORT, "/api/ws?room=drain")
    await raw.message(type="system")
    await aside(systemctl, "restart", "atrium-gateway@1")  # the client does not close: all the time is taken
    assert "drain_over" in journal("atrium-gateway@1", since=since)
    assert "State 'stop-sigterm' timed out" not in journal("atrium-gateway@1", since=since)
    raw.writer.close()


# ---- each hangs

@pytest.mark.deadline(60)
async def test_the_watchdog_ends_what_hangs(server):
    for unit in DAEMONS:
        assert show(unit, "WatchdogUSec") == "10s"
        drop_in(unit, WatchdogSec="1s")
    await aside(systemctl, "restart", *DAEMONS)
    await aside(until, is_ready, 20, "ready")
    since = cursor()
    async with chat("hanging") as check:
        await check.progress(50)
        await kill_and_wait("atrium-hub", signal.SIGSTOP)
        await check.progress(50)
        check.killing("gateway")
        await asyncio.gather(*(kill_and_wait(unit, signal.SIGSTOP) for unit in DAEMONS[1:]))
        check.killing("gateway")
        await check.progress(50)
    said = journal("atrium*", since=since)
    for unit in DAEMONS:
        assert f"{unit}.service: Watchdog timeout" in said


# ---- settings

async def test_reload_reads_the_settings_again(server):
    pids = [pid(unit) for unit in DAEMONS]
    john = await reach(room="reload", nickname="John")
    write_conf(gateway={"max_message": "1K"})
    since = cursor()
    systemctl("reload", "atrium-*.service")
    await aside(until, lambda: journal("atrium*", since=since).count("reload result=done") == 4, 20,
                "four reloads")
    assert [pid(unit) for unit in DAEMONS] == pids and john.ws.open
    jane = await reach(room="reload", nickname="Jane")
    jane.send("message", content="x" * 2000)
    assert (await jane.closed())[0] == 1009
    write_conf(gateway={"max_message": "none"})
    since = cursor()
    systemctl("reload", "atrium-gateway@1")
    await aside(until, lambda: "result=kept" in journal("atrium*", since=since), 20, "kept")
    assert [pid(unit) for unit in DAEMONS] == pids and john.ws.open
    assert is_active(*DAEMONS)


# ---- several gateways

@pytest.mark.deadline(60)
async def test_two_gateways_share_the_port(server):
    admin = token("--user", "admin", "--admin")
    await aside(systemctl, "start", "atrium-gateway@2")
    try:
        await aside(until, lambda: {g["name"] for g in api("status", admin)["gateways"]
                                    if g["linked"]} == {"gateway-1", "gateway-2"}, 20, "both linked")
        async with chat("two", members=8) as check, Hammer(PORT) as hammer:
            counts = {g["name"]: g["connections"] for g in api("status", admin)["gateways"]}
            assert min(counts.values()) > 0, counts
            other = pid("atrium-gateway@1")
            check.killing("gateway")
            await aside(systemctl, "restart", "atrium-gateway@2")
            await check.progress(50)
            check.killing("gateway")
            await kill_and_wait("atrium-gateway@2")
            check.killing("gateway")
            await hammer.served_more(10)
            assert pid("atrium-gateway@1") == other
    finally:
        await aside(systemctl, "stop", "atrium-gateway@2.socket", "atrium-gateway@2.service")


# ---- backup

@pytest.mark.deadline(60)
async def test_a_backup_is_restored(server):
    """As docs/production.md says; who has heard what it lacks is told so."""
    backup, journal_file = Path("/var/backups/atrium-hub.journal"), Path("/var/lib/atrium/hub/hub.journal")
    backup.parent.mkdir(exist_ok=True)
    ann = await reach(room="backup", nickname="Ann")
    await said(ann, range(5))
    with closing(sqlite3.connect(journal_file)) as database:
        database.execute(f"VACUUM INTO '{backup}'")
    await said(ann, range(5, 9))
    joined = await ann.ask("join", room="backup-2")
    assert joined["epoch"]
    await aside(systemctl, "stop", "atrium.target", "atrium-*.service")
    await aside(stop)
    for path in journal_file.parent.glob("hub.journal*"):
        path.unlink()
    run("install", "-o", "atrium-hub", "-g", "atrium", "-m", "600", str(backup), str(journal_file))
    await aside(start)
    bob = await reach(room="backup", nickname="Bob")
    history = await bob.ask("history", room="backup")
    assert [m["n"] for m in history["messages"]] == list(range(5))
    again = await Client.open(PORT, room="backup", since=9, epoch=history["epoch"])
    await again.welcomed()
    assert again.received(type="joined")[0]["recovered"] is False
    await said(bob, [9])
    await again.recv_until(type="message", n=9)
