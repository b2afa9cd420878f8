# test_shutdown.py - ending, reloading, and what systemd is told
# SPDX-License-Identifier: MIT
import json
import signal
import socket

import pytest

from atrium import Client, RawSocket
from atrium.server import can_connect


async def test_sigterm_of_the_gateway_tells_each_client_when_to_come_back(new_server, room):
    server = new_server()
    clients = [await server.connect(room=room) for _ in range(20)]
    server.kill("gateway", signal.SIGTERM)
    slots = []
    for client in clients:
        code, reason = await client.closed()
        assert code == 1012
        slots.append(json.loads(reason)["retry_ms"])
    assert server["gateway"].wait_exit() == 0
    assert len(set(slots)) > 1 and min(slots) >= 0
    server["gateway"].wait_note("STOPPING=1")
    # [gateway] drain, and 10 s: or systemd would kill it sooner
    assert server["gateway"].fields["EXTEND_TIMEOUT_USEC"] == "15000000"
    assert not can_connect(server.port)


async def test_a_client_that_does_not_close_does_not_hold_the_gateway_up(new_server, room):
    server = new_server(gateway={"drain": "500ms"})
    raw = await server.raw(f"/api/ws?room={room}")
    await raw.message(type="system")
    server.kill("gateway", signal.SIGTERM)
    assert server["gateway"].wait_exit(5) == 0
    assert await raw.closing() == 1012


async def test_a_second_sigterm_ends_at_once(new_server, room):
    server = new_server(gateway={"drain": "30s"})
    await server.raw(f"/api/ws?room={room}")
    server.kill("gateway", signal.SIGTERM)
    server["gateway"].wait_note("STOPPING=1")
    server.kill("gateway", signal.SIGTERM)
    server["gateway"].wait_exit(5)
    server["gateway"].killed = True  # with which status is left open


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_each_process_ends_with_0(new_server, number):
    server = new_server()
    for name in ("gateway", "metrics", "auth", "hub"):
        server.kill(name, number)
        assert server[name].wait_exit() == 0
        server[name].wait_note("STOPPING=1")


def test_each_process_ends_with_0_alone(new_server):
    """In the other order: no process needs another to end."""
    server = new_server()
    for name in ("hub", "auth", "metrics", "gateway"):
        server.kill(name, signal.SIGTERM)
        assert server[name].wait_exit() == 0


async def test_any_order_of_starts(new_server, room):
    server = new_server(start=False)
    server.start("gateway")
    client = await Client.open(server.port, room=room)
    server.start("metrics")
    server.start("auth")
    server.start("hub")
    await client.welcomed()


def test_readiness_says_the_port_and_a_status(new_server):
    server = new_server()
    for name in ("gateway", "metrics"):
        assert can_connect(int(server[name].fields["X_ATRIUM_PORT"]))
    for name in server.names:
        assert server[name].fields["STATUS"]


def test_the_watchdog_is_fed(new_server):
    server = new_server(env={"WATCHDOG_USEC": "400000"})
    for name in server.names:
        process = server[name]
        for _ in range(3):
            process.notes.clear()
            process.wait_note("WATCHDOG=1")


async def test_sighup_reads_the_settings_again(new_server, room):
    server = new_server(gateway={"origins": "http://a.example"})
    john = await server.connect(room=room)
    assert (await server.raw(headers={"Origin": "http://b.example"})).status == 403
    server.settings["gateway"]["origins"] = "http://b.example"
    server.write_conf()
    process = server["gateway"]
    process.notes.clear()
    server.kill("gateway", signal.SIGHUP)
    process.wait_note("RELOADING=1")
    process.wait_note("READY=1")
    assert (await server.raw(headers={"Origin": "http://b.example"})).status == 101
    assert (await server.raw(headers={"Origin": "http://a.example"})).status == 403
    john.send("message", content="still here")
    await john.recv_until(type="message")


async def test_sighup_with_bad_settings_keeps_the_old(new_server, room):
    server = new_server()
    server.tolerate("conf|setting|reload")
    with open(server.conf, "a", encoding="utf-8") as file:
        file.write("[gateway]\nnonsense = 1\n[hub]\nnonsense = 1\n[auth]\nnonsense = 1\n"
                   "[metrics]\nnonsense = 1\n")
    for name in server.names:
        since = len(server[name].lines)
        server.kill(name, signal.SIGHUP)
        server[name].wait_line("nonsense", since=since)
    john = await server.connect(room=room, token=server.token())
    john.send("message", content="as before")
    await john.recv_until(type="message")


async def test_a_handshake_while_it_ends_is_refused(new_server, room):
    server = new_server(gateway={"drain": "2s"})
    await server.raw(f"/api/ws?room={room}")
    server.kill("gateway", signal.SIGTERM)
    server["gateway"].wait_note("STOPPING=1")
    try:
        raw = await RawSocket.open(server.port)
        assert raw.status == 503 or (await raw.closed())[0] in (1012, 1013)
    except (OSError, EOFError):
        pass


def test_the_port_in_use_is_a_clear_error(new_server):
    """Gateways share a port with each other (SO_REUSEPORT), with nothing else."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = new_server(start=False)
        for name in ("gateway", "metrics"):
            server.ports[name] = port
            process = server.spawn(name)
            assert process.wait_exit() == 1
            assert any(str(port) in line and "in use" in line for line in process.lines), \
                process.log()
            process.killed = True  # it was to fail
    server.tolerate("")
