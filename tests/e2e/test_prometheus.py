# test_prometheus.py - a real Prometheus scrapes us; the examples name metrics that there are
# SPDX-License-Identifier: MIT
import asyncio
import json
import re
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from atrium import ROOT, patient, server_fixture, until

EXAMPLES = Path(ROOT) / "docs" / "prometheus"
NAME = re.compile(r"\batrium_\w+")

server = server_fixture(metrics={"interval": "200ms"})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """The example's settings, with our port and a quicker pace."""

    def __init__(self, target):
        self.directory = tempfile.mkdtemp(prefix="at-prom-")
        shutil.copy(EXAMPLES / "alerts.yml", self.directory)
        text = (EXAMPLES / "prometheus.yml").read_text()
        assert "127.0.0.1:8101" in text and "interval: 5s" in text
        text = text.replace("127.0.0.1:8101", f"127.0.0.1:{target}").replace(": 5s", ": 1s")
        settings = Path(self.directory) / "prometheus.yml"
        settings.write_text(text)
        self.port = free_port()
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={settings}", f"--storage.tsdb.path={self.directory}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(self, path, **query):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=patient(5)) as answer:
                return json.load(answer)["data"]
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None  # it starts

    def value(self, query):
        data = self.ask("query", query=query)
        return float(data["result"][0]["value"][1]) if data and data["result"] else None

    def end(self):
        self.process.terminate()
        self.process.wait(patient(10))
        shutil.rmtree(self.directory)


@pytest.mark.deadline(90)
async def test_prometheus_scrapes_us(server, room):
    prometheus = Prometheus(server.ports["metrics"])
    try:
        john = await server.connect(room=room)
        for n in range(20):
            john.send("message", n=n)
        await john.recv_until(type="message", n=19)

        async def until_value(query, condition):
            await asyncio.to_thread(until, lambda: (prometheus.value(query) or 0) and
                                    condition(prometheus.value(query)), 60, query)

        await until_value("sum(atrium_gateway_delivery_seconds_count)", lambda v: v >= 20)
        await until_value('atrium_process_up{instance="hub"}', lambda v: v == 1)
        await until_value("histogram_quantile(0.99, sum by (le) "
                          "(atrium_gateway_delivery_seconds_bucket))", lambda v: 0 < v < 60)
        target = (await asyncio.to_thread(prometheus.ask, "targets"))["activeTargets"][0]
        assert (target["health"], target["lastError"]) == ("up", "")
        rules = (await asyncio.to_thread(prometheus.ask, "rules"))["groups"][0]["rules"]
        assert len(rules) > 5 and all(rule["health"] in ("ok", "unknown") for rule in rules)
    finally:
        await asyncio.to_thread(prometheus.end)


def test_promtool_takes_the_examples():
    for what, name in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        check = subprocess.run(["promtool", "check", what, str(EXAMPLES / name)], text=True,
                               capture_output=True, check=False, timeout=patient(20))
        assert check.returncode == 0, check.stdout + check.stderr


def expressions():
    dashboard = json.loads((EXAMPLES / "grafana.json").read_text())
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(found) > 20
    return found


async def test_the_examples_name_metrics_that_there_are(server):
    wanted = {"gateway", "hub", "auth", "metrics"}
    await server.until_metrics(lambda m: wanted <= {labels.get("process") for _, labels, _ in m})
    there = {name for name, _, _ in server.metrics()}
    named = set(NAME.findall((EXAMPLES / "alerts.yml").read_text())) | {
        name for expression in expressions() for name in NAME.findall(expression)}
    assert named - there == set()


def test_each_panel_has_a_place_of_its_own():
    panels = json.loads((EXAMPLES / "grafana.json").read_text())["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels) == len({panel["id"] for panel in panels})
    for panel in panels:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
