#!/usr/bin/env python3
"""stalled.py - what clients that do not read cost the others of a large room: time, and memory.

    tests/bench/stalled.py [--build DIR] [--clients N] [--stalled N[,N]] [--rounds N] [--messages N]

For each number of stalled clients a server of its own. In each round the same messages are sent to the
same clients once while all read and once while so many do not, in turn the one and the other first, so
that what else the machine does falls on both alike. The ratio is that of the two in the same round.

SPDX-License-Identifier: MIT
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile

MAX_QUEUE_MB = 4
SETTINGS = {"GATEWAY_MAX_QUEUE": f"{MAX_QUEUE_MB}M", "GATEWAY_PING_INTERVAL": "1h",
            "GATEWAY_WRITE_TIMEOUT": "1h", "GATEWAY_RATE_MESSAGES": "0", "GATEWAY_RATE_BYTES": "0",
            "GATEWAY_MAX_PER_ADDRESS": "0", "HUB_JOURNAL": "memory", "METRICS_PORT": "0",
            "ATRIUM_LOG_LEVEL": "warn"}
SLACK_MB = 64


class Server:
    def __init__(self, build):
        self.data = pathlib.Path(tempfile.mkdtemp(prefix="atrium-stalled-"))
        env = {**os.environ, **{f"ATRIUM_{name}": value for name, value in SETTINGS.items()}}
        self.process = subprocess.Popen(
            [f"{build}/atrium", "up", "--port", "0", "--data", str(self.data)], env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in self.process.stdout:
            if found := re.search(r"Atrium is ready: http://[^:]+:(\d+)/", line):
                self.port = int(found[1])
                return
        raise SystemExit("stalled: the server did not get ready")

    @property
    def gateway(self):
        return int((self.data / "run" / "gateway.pid").read_text())

    def stop(self):
        self.process.terminate()
        self.process.communicate()
        shutil.rmtree(self.data, ignore_errors=True)


def measure(build, options, stalled):
    """One line of figures for each round; the last says that nothing was missing."""
    server = Server(build)
    try:
        run = subprocess.run(
            [f"{build}/bench/stalled", "--port", str(server.port), "--pid", str(server.gateway),
             "--clients", str(options.clients), "--stalled", str(stalled),
             "--rounds", str(options.rounds), "--messages", str(options.messages)],
            stdout=subprocess.PIPE, text=True, check=True)
    finally:
        server.stop()
    *rounds, whole = [json.loads(line) for line in run.stdout.splitlines()]
    assert whole["whole"]
    return rounds


def spread(rounds, name):
    ratios = [each[name][1] / each[name][0] for each in rounds]
    quarters = statistics.quantiles(ratios, n=4)
    return (f"{name} {statistics.median(each[name][0] for each in rounds):7.2f} -> "
            f"{statistics.median(each[name][1] for each in rounds):7.2f} ms, "
            f"ratio {statistics.median(ratios):.3f} ({quarters[0]:.3f} to {quarters[2]:.3f})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--clients", type=int, default=10000)
    parser.add_argument("--stalled", default="1,100")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--messages", type=int, default=20)
    options = parser.parse_args()
    for stalled in map(int, options.stalled.split(",")):
        rounds = measure(os.path.abspath(options.build), options, stalled)
        base = rounds[0]["kb"][0]
        grown = max(each["kb"][2] for each in rounds) - base
        print(f"{stalled} of {options.clients} stalled: {spread(rounds, 'p50')}; "
              f"{spread(rounds, 'p99')}; {spread(rounds, 'cpu')}; "
              f"gateway {base / 1024:.0f} MB, grown by at most "
              f"{grown / 1024:.1f} MB, {grown / stalled:.0f} KB for each that is stalled", flush=True)
        if grown > (stalled * MAX_QUEUE_MB + SLACK_MB) * 1024:
            raise SystemExit("stalled: more memory than the queues may have")


if __name__ == "__main__":
    main()
