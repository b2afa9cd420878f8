# test_metrics.py - the numbers: in Prometheus' text, and live in a room
# SPDX-License-Identifier: MIT
import os
import subprocess
import time
import urllib.request

from atrium import request, server_fixture

server = server_fixture(metrics={"interval": "200ms"})


def text_of(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.ports['metrics']}/metrics") as answer:
        return answer.headers, answer.read().decode()


async def all_report(server):
    wanted = {"gateway", "hub", "auth", "metrics"}
    await server.until_metrics(lambda m: wanted <= {labels.get("process") for _, labels, _ in m})


async def test_promtool_finds_nothing_wrong(server):
    await all_report(server)
    headers, text = text_of(server)
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    check = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                           capture_output=True, check=False, timeout=20)
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")


async def test_each_sample_has_help_and_type(server):
    await all_report(server)
    _, text = text_of(server)
    helped = {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")}
    typed = {line.split()[2]: line.split()[3] for line in text.splitlines()
             if line.startswith("# TYPE")}
    names = {name for name, _, _ in server.metrics()}
    families = {name for name in typed if typed[name] == "histogram"}
    assert len(families) == 3
    names -= {f"{family}_{part}" for family in families for part in ("bucket", "sum", "count")}
    assert names and names <= helped and names <= set(typed)
    for name in names:
        assert (typed[name] == "counter") == name.endswith("_total")
    pairs = [(name, tuple(sorted(labels.items()))) for name, labels, _ in server.metrics()]
    assert len(pairs) == len(set(pairs)), "no sample twice"


async def test_counters_agree_with_what_was_done(server, room):
    await all_report(server)
    await server.until_metrics(lambda m: m.get("atrium_gateway_anonymous_told") == 1)
    before = server.metrics()
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    for n in range(50):
        john.send("message", n=n)
    for n in range(7):
        john.send("private", target=jane.id, n=n)
    for _ in range(3):
        jane.send_text("nonsense")
    refused = await server.open(token="nonsense")
    assert (await refused.closed())[0] == 4401
    raw = await server.raw(headers={"Origin": "http://evil.example"})
    assert raw.status == 403
    await jane.recv_until(type="private", n=6)
    grown = {"atrium_gateway_upgraded_total": 3, "atrium_gateway_received_total": 60,
             "atrium_gateway_refused_origin_total": 1, "atrium_gateway_error_bad_json_total": 3,
             "atrium_gateway_closed_unauthorized_total": 1, "atrium_hub_published_total": 50,
             "atrium_hub_direct_total": 7, "atrium_hub_joins_total": 2, "atrium_gateway_anonymous_total": 2,
             "atrium_auth_anonymous_total": 0, "atrium_gateway_verdict_seconds_count": 1,
             "atrium_auth_denied_malformed_total": 1, "atrium_gateway_connections": 2,
             "atrium_hub_connections": 2}

    def difference(samples):
        return {name: samples.get(name) - before.get(name) for name in grown}

    # system_metrics itself is delivered to no one here.
    try:
        await server.until_metrics(lambda m: difference(m) == grown)
    except AssertionError:
        assert difference(server.metrics()) == grown


async def test_what_is_now_goes_down_again(server, room):
    clients = [await server.connect(room=room) for _ in range(5)]
    await server.until_metrics(lambda m: m.get("atrium_gateway_connections") >= 5)
    rooms = server.metrics().get("atrium_hub_rooms")
    for client in clients:
        await client.close()
    await server.until_metrics(lambda m: m.get("atrium_hub_rooms") == rooms - 1
                               and m.get("atrium_gateway_connections") == 0
                               and m.get("atrium_hub_memberships") == 0)


async def test_system_metrics_arrive_each_interval(server):
    monitor = await server.connect(room="system_monitor", nickname="Monitor")
    first = await monitor.recv_until(type="system_metrics")
    begin = time.monotonic()
    for _ in range(5):
        last = await monitor.recv_until(type="system_metrics")
    assert 0.6 < time.monotonic() - begin < 6
    assert last["time"] > first["time"]


def check_share(value):
    assert value["total"] > 0 and 0 <= value["used"] <= value["total"]
    assert 0 <= value["percent"] <= 100


async def test_system_metrics_say_it_all(server, room):
    await all_report(server)
    monitor = await server.connect(room="system_monitor")
    other = await server.connect(room=room)
    got = await monitor.recv_until(type="system_metrics", connections=2, rooms=2,
                                   processes=lambda p: len(p) >= 4)
    assert got["room"] == "system_monitor" and got["nickname"] == "metrics"
    assert abs(got["time"] - time.time() * 1000) < 60000
    assert 0 <= got["cpu"] <= 100
    check_share(got["memory"])
    check_share(got["disk"])
    assert len(got["load"]) == 3 and all(load >= 0 for load in got["load"])
    assert got["rooms"] == 2
    for name in ("messages", "deliveries"):
        assert got[name] >= 0
    pids = {p["name"].split("-")[0]: p["pid"] for p in got["processes"]}
    assert pids == {name: server[name].pid for name in ("gateway", "hub", "auth", "metrics")}
    for process in got["processes"]:
        assert process["up"] is True
        assert process["memory"] > 0 and process["fds"] > 0 and process["uptime"] >= 0
        assert process["cpu"] >= 0
        if process["name"] == "auth":  # it opens and closes nothing now
            assert process["fds"] == len(os.listdir(f"/proc/{process['pid']}/fd"))
    await other.close()
    await monitor.recv_until(type="system_metrics", connections=1)


async def test_the_monitor_counts_messages(server, room):
    monitor = await server.connect(room="system_monitor")
    john = await server.connect(room=room)
    await monitor.recv_until(type="system_metrics")
    for n in range(200):
        john.send("message", n=n)
    await monitor.recv_until(type="system_metrics", messages=lambda rate: rate > 10)


async def test_a_process_that_ended_is_noticed(new_server):
    server = new_server(metrics={"interval": "200ms"})
    monitor = await server.connect(room="system_monitor")
    await monitor.recv_until(type="system_metrics", processes=lambda p: len(p) >= 4)
    server.kill("auth")
    await monitor.recv_until(
        type="system_metrics", seconds=15,
        processes=lambda ps: any(p["name"] == "auth" and not p["up"] for p in ps))
    server.start("auth")
    pid = server["auth"].pid
    await monitor.recv_until(
        type="system_metrics", seconds=15,
        processes=lambda ps: any(p["name"] == "auth" and p["up"] and p["pid"] == pid for p in ps))


async def test_the_listener_serves_nothing_else(server):
    port = server.ports["metrics"]
    assert (await request(port, "/nothing")).status == 404
    assert (await request(port, "/metrics/../../etc/passwd")).status in (400, 403, 404)
    assert 400 <= (await request(port, "/metrics", method="POST", body=b"x")).status < 500
    head = await request(port, "/metrics", method="HEAD")
    assert head.status == 200 and head.body == b""


async def test_scrapes_are_counted(server):
    server.metrics()
    await server.until_metrics(lambda m: m.get("atrium_metrics_scrapes_total") > 0)
    assert server.metrics().get("atrium_metrics_published_total") > 0
