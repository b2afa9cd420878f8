# test_series.py - numbers over time: kept over a restart, told as JSON; latencies; alerts
# SPDX-License-Identifier: MIT
import asyncio
import glob
import json
import os
import signal
import time

import pytest

from atrium import request, schema, server_fixture, until_async

# Alerts have sections of their own with quotes in their names.
ALERTS = {'alert "queue"': {"when": "gateway.connections >= 2", "clear": "gateway.connections < 1"}}

# A second is what series are made of, and processes are silent for three before it is said.
pytestmark = pytest.mark.deadline(60)

server = server_fixture(metrics={"interval": "200ms", "save": "1s"}, **ALERTS)


async def series_of(server, query="range=10m", status=200):
    answer = await request(server.ports["metrics"], f"/series.json?{query}")
    assert answer.status == status
    if status != 200:
        return answer.text
    assert answer.headers["content-type"] == "application/json"
    series = json.loads(answer.body)
    schema.check_series(series)
    return series


def values(series, name):
    return [value for value in series["series"].get(name, []) if value is not None]


async def until_series(server, condition, query="range=10m", seconds=20):
    async def look():
        series = await series_of(server, query)
        return series if condition(series) else None
    return await until_async(look, seconds)


async def test_series_of_all_processes(server):
    series = await until_series(server, lambda s: len(values(s, "auth.cpu")) >= 2)
    assert series["range"] == "10m" and series["step"] == 1
    assert abs(series["start"] + series["rows"] - time.time()) < 10
    for name in ("host.cpu", "host.memory", "host.load1", "total.connections", "gateway-1.memory",
                 "hub.up", "total.messages", "metrics.cpu"):
        assert len(series["series"][name]) == series["rows"], name
    assert values(series, "hub.up")[-1] == 1
    assert values(series, "hub.memory")[-1] > 1e6
    assert "gateway-1.fds" not in series["series"]


async def test_ranges_and_one_process(server):
    for name, step in (("10m", 1), ("2h", 10), ("24h", 60)):
        series = await until_series(server, lambda s: values(s, "hub.rooms"),
                                    f"range={name}&of=hub")
        assert (series["range"], series["step"]) == (name, step)
        assert series["start"] % step == 0
        assert all(key.startswith("hub.") for key in series["series"])
        assert values(series, "hub.fds")[-1] > 0
    assert "range is" in await series_of(server, "range=5m", status=400)
    assert (await series_of(server, "of=nothing"))["series"] == {}


async def test_rates_and_latency_are_in_them(server, room):
    john = await server.connect(room=room)
    jane = await server.connect(room=room)
    monitor = await server.connect(room="system_monitor")
    seen = {"delivery_p99": None}
    while seen["delivery_p99"] is None:
        for n in range(50):
            john.send("message", n=n)
        await jane.recv_until(type="message", n=49)
        seen = await monitor.recv_until(type="system_metrics")
    assert seen["delivery_p50"] <= seen["delivery_p99"] <= seen["delivery_p999"] < 60000
    await until_series(server, lambda s: max(values(s, "total.messages"), default=0) > 10
                       and values(s, "total.delivery_p99"))
    while not values(await series_of(server), "total.verdict_p99"):
        await (await server.connect(room=room, token=server.token())).close()
        await monitor.recv_until(type="system_metrics")


async def test_histograms_add_up(server, room):
    john = await server.connect(room=room, token=server.token())
    before = server.metrics().get("atrium_gateway_delivery_seconds_count")
    for n in range(10):
        john.send("message", n=n)
        await john.recv_until(type="message", n=n)
    await server.until_metrics(
        lambda m: m.get("atrium_gateway_delivery_seconds_count") >= before + 10)
    samples = server.metrics()
    buckets = [value for name, labels, value in samples
               if name == "atrium_gateway_delivery_seconds_bucket"]
    assert len(buckets) == 42 and buckets == sorted(buckets)
    assert buckets[-1] == samples.get("atrium_gateway_delivery_seconds_count")
    assert 0 < samples.get("atrium_gateway_delivery_seconds_sum") < 600
    assert samples.get("atrium_gateway_verdict_seconds_count") > 0


async def test_series_survive_a_restart(new_server):
    server = new_server(metrics={"interval": "200ms", "save": "1s"})
    await until_series(server, lambda s: len(values(s, "hub.cpu")) >= 3)
    await server.restart_async("metrics", signal.SIGTERM)
    after = await series_of(server)
    first = after["start"]
    assert len(values(after, "hub.cpu")) >= 3
    # Killed: what was written last is there.
    await server.until_metrics(lambda m: m.get("atrium_metrics_saves_total") >= 2, seconds=20)
    await server.restart_async("metrics")
    after = await series_of(server)
    assert after["start"] == first
    # While it was away there is a gap, in all of them.
    await server.until_metrics(lambda m: m.get("atrium_process_up", instance="hub") == 1)
    server.kill("hub", signal.SIGSTOP)
    try:
        await until_series(server, lambda s: s["series"]["hub.cpu"][-1] is None
                           and s["series"]["hub.up"][-1] == 0)
    finally:
        server.kill("hub", signal.SIGCONT)
    await until_series(server, lambda s: s["series"]["hub.up"][-1] == 1)


async def test_a_damaged_file_is_set_aside(new_server):
    server = new_server(metrics={"save": "1s"})
    await server.until_metrics(lambda m: m.get("atrium_metrics_saves_total") >= 1, seconds=20)
    server.kill("metrics")
    server["metrics"].wait_exit()
    path = os.path.join(server.directory, "state", "metrics", "metrics.series")
    with open(path, "r+b") as file:
        file.seek(200)
        file.write(b"damage")
    server.tolerate("series_damaged")
    await server.start_async("metrics")
    assert len(glob.glob(f"{path}.damaged-*")) == 1
    assert server.metrics().get("atrium_metrics_series_damaged_total") == 1
    await until_series(server, lambda s: len(values(s, "hub.cpu")) >= 2)
    await server.until_metrics(lambda m: m.get("atrium_metrics_saves_total") >= 1, seconds=20)


async def test_too_many_series(new_server):
    server = new_server(metrics={"max_series": 100})
    server.tolerate("series_full")
    await server.until_metrics(lambda m: m.get("atrium_metrics_series_refused_total") > 0
                               and m.get("atrium_metrics_series") == 100, seconds=20)


async def test_an_alert_begins_and_ends(server):
    server.tolerate("alert ")
    monitor = await server.connect(room="system_monitor")
    state = await monitor.recv_until(type="system_metrics", alerts=lambda alerts: len(alerts) > 3)
    assert {alert["name"]: alert["state"] for alert in state["alerts"]}["process_down"] == "ok"
    other = await server.connect(room="elsewhere")
    alert = await monitor.recv_until(type="alert", name="queue", seconds=20)
    assert (alert["state"], alert["on"]) == ("firing", "gateway-1") and alert["value"] >= 2
    assert alert["when"] == "gateway.connections >= 2"
    late = await server.connect(room="system_monitor")
    await late.recv_until(type="system_metrics", alerts=lambda alerts: any(
        a["name"] == "queue" and a["state"] == "firing" and a["since"] for a in alerts))
    await server.until_metrics(lambda m: m.get("atrium_metrics_alerts_firing") >= 1)
    # With one that looks on it is below the mark where it began, not where it ends.
    await other.close()
    await late.close()
    await monitor.recv_until(type="system_metrics", connections=1)
    for _ in range(10):
        assert next(a for a in (await monitor.recv_until(type="system_metrics"))["alerts"]
                    if a["name"] == "queue")["state"] == "firing"
    await monitor.close()
    await server.until_metrics(lambda m: m.get("atrium_metrics_alerts_firing") == 0, seconds=20)
    assert any("alert name=queue state=ok" in line for line in server["metrics"].lines)


async def test_a_process_that_is_down_is_an_alert(new_server):
    server = new_server(metrics={"interval": "200ms"})
    server.tolerate("alert ")
    monitor = await server.connect(room="system_monitor")
    await monitor.recv_until(type="system_metrics", processes=lambda p: len(p) >= 4)
    server.kill("auth")
    alert = await monitor.recv_until(type="alert", name="process_down", seconds=20)
    assert (alert["state"], alert["on"], alert["value"]) == ("firing", "auth", 0)
    await server.start_async("auth")
    alert = await monitor.recv_until(type="alert", name="process_down", seconds=20)
    assert alert["state"] == "ok"


def test_a_wrong_rule_is_named(new_server):
    server = new_server(start=False, **{'alert "x"': {"when": "gateway.nonsense > 1"}})
    server.tolerate("alert .x.. when")
    metrics = server.spawn("metrics")
    assert metrics.wait_exit() == 2
    metrics.killed = True  # it may end so
    assert "no such figure is known" in metrics.log()


async def test_alerts_follow_a_reload(new_server):
    server = new_server(metrics={"interval": "200ms"}, **{'alert "up"': {"when": "hub.up >= 1"}})
    server.tolerate("alert ")
    monitor = await server.connect(room="system_monitor")
    await monitor.recv_until(type="system_metrics", seconds=20, alerts=lambda alerts: any(
        a["name"] == "up" and a["state"] == "firing" for a in alerts))
    server.settings.pop('alert "up"')
    server.settings['alert "process_down"'] = {"when": ""}
    server.reload("metrics")
    await monitor.recv_until(type="system_metrics", alerts=lambda alerts: alerts and not any(
        a["name"] in ("up", "process_down") for a in alerts))


async def until_asked(server, target="/api/series/10m", status=200):
    async def look():
        answer = await server.get(target)
        return answer if answer.status == status else None
    return await until_async(look, 20)


async def test_a_gateway_answers_what_metrics_has(server):
    await until_series(server, lambda s: values(s, "host.cpu"))
    await server.until_metrics(lambda m: m.get("atrium_metrics_reports_total") > 5)
    answer = await until_asked(server)
    while "host.cpu" not in answer.text:  # what it has is a second old at most
        answer = await server.get("/api/series/10m")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    series = json.loads(answer.body)
    assert series["range"] == "10m" and "host.cpu" in series["series"]
    schema.check_series(series)
    assert json.loads((await server.get("/api/series/24h")).body)["step"] == 60
    assert (await server.get("/api/series/5m")).status == 404
    assert (await server.get("/api/series/10m", method="POST")).status == 405
    head = await server.get("/api/series/10m", method="HEAD")
    assert head.status == 200 and head.body == b"" and int(head.headers["content-length"]) > 100


async def test_many_who_ask_at_once_are_one_question(server):
    await until_asked(server, "/api/series/2h")
    before = server.metrics().get("atrium_gateway_series_asked_total")
    answers = await asyncio.gather(*(server.get("/api/series/2h") for _ in range(40)))
    assert {answer.status for answer in answers} == {200}
    await server.until_metrics(lambda m: m.get("atrium_gateway_requests_total") >= 40)
    assert server.metrics().get("atrium_gateway_series_asked_total") - before <= 5


async def test_two_requests_in_one_go_are_answered_in_order(server):
    await until_asked(server)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    ask = "GET /api/series/{} HTTP/1.1\r\nHost: x\r\n{}\r\n"
    writer.write((ask.format("24h", "") + ask.format("10m", "Connection: close\r\n")).encode())
    text = (await asyncio.wait_for(reader.read(-1), 10)).decode()
    writer.close()
    assert text.count("HTTP/1.1 200") == 2
    assert text.index('"range":"24h"') < text.index('"range":"10m"')


async def test_without_metrics_it_is_said_so(new_server):
    server = new_server()
    await until_asked(server)
    server.kill("metrics", signal.SIGSTOP)
    waiting = [asyncio.create_task(server.get("/api/series/24h")) for _ in range(3)]
    for answer in await asyncio.gather(*waiting):
        assert answer.status == 503 and answer.headers["retry-after"] == "1"
        assert json.loads(answer.body)["error"]["code"] == "unavailable"
    server.kill("metrics", signal.SIGCONT)
    await until_asked(server, "/api/series/24h")
    server.kill("metrics")
    await until_asked(server, "/api/series/2h", 503)
    assert (await server.get("/healthz")).status == 200
    await server.start_async("metrics")
    await until_asked(server)


async def test_it_can_be_switched_off(new_server):
    server = new_server(gateway={"series": "nobody"})
    assert (await server.get("/api/series/10m")).status == 404
    server.settings["gateway"]["series"] = "anyone"
    server.reload("gateway")
    await until_asked(server)


async def test_who_may_ask_for_them(new_server):
    server = new_server(gateway={"series": "token"})
    root = server.token("root", claims={"admin": True})
    await until_asked_with(server, {"Authorization": f"Bearer {root}"})
    ann = server.token("ann")
    for headers, token, admin in (
            ({}, 401, 401), ({"Authorization": "Bearer x.y.z"}, 401, 401),
            ({"Authorization": f"Bearer {server.token('g', claims={'guest': True})}"}, 401, 401),
            ({"Authorization": f"Bearer {ann}"}, 200, 403), ({"Cookie": f"atrium_token={ann}"}, 200, 403),
            ({"Authorization": f"Bearer {root}"}, 200, 200), ({"Cookie": f"atrium_token={root}"}, 200, 200)):
        for access, status in (("token", token), ("admin", admin)):
            if server.settings["gateway"]["series"] != access:
                server.settings["gateway"]["series"] = access
                server.reload("gateway")
            answer = await server.get("/api/series/10m", headers=headers)
            assert answer.status == status, (access, headers, answer)
            assert (status == 200) == ("series" in json.loads(answer.body))
    server.kill("metrics", signal.SIGSTOP)
    answer = await server.get("/api/series/24h", headers={"Cookie": f"atrium_token={root}"})
    assert answer.status == 503
    server.kill("metrics", signal.SIGCONT)
    server.tolerate("verdict_timeout")
    server.kill("auth")
    answer = await server.get("/api/series/10m", headers={"Authorization": f"Bearer {root}"})
    assert answer.status == 503 and "who you are" in answer.text
    waiting = asyncio.create_task(server.get("/api/series/10m", headers={"Cookie": f"atrium_token={root}"}))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET /api/series/2h HTTP/1.1\r\nHost: x\r\nCookie: atrium_token={root}\r\n\r\n".encode())
    await writer.drain()
    writer.close()  # who does not wait for the answer
    assert (await waiting).status == 503
    assert reader
    await server.start_async("auth")


async def until_asked_with(server, headers):
    async def look():
        return (await server.get("/api/series/10m", headers=headers)).status == 200
    return await until_async(look, 20)


async def test_it_ends_while_someone_waits_for_them(new_server):
    server = new_server(gateway={"series": "token", "drain": "0"})
    token = server.token("ann")
    await until_asked_with(server, {"Authorization": f"Bearer {token}"})
    server.kill("metrics", signal.SIGSTOP)
    server.kill("auth", signal.SIGSTOP)
    waiting = [asyncio.create_task(server.get(f"/api/series/{name}", headers={"Cookie": f"atrium_token={token}"}))
               for name in ("10m", "2h")]
    server.kill("gateway", signal.SIGTERM)
    assert server["gateway"].wait_exit() == 0
    server.kill("metrics", signal.SIGCONT)
    server.kill("auth", signal.SIGCONT)
    await asyncio.gather(*waiting, return_exceptions=True)
