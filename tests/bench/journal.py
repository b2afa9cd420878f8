#!/usr/bin/env python3
"""journal.py - what each kind of journal costs the hub, and what checkpoints do to latency.

    tests/bench/journal.py [--build DIR] [--rounds N] [--work NAME]... [--modes a,b]

Each round runs each piece of work once with each setting of [hub] journal, on a server of its own.
What counts is the processor time of the hub for each message that was published; latency is that
from publishing to the last client of the room, commit included. The journal is made in $TMPDIR.

SPDX-License-Identifier: MIT
"""
import argparse
import os
import pathlib
import re
import select
import statistics
import sys
import time
import urllib.request

sys.dont_write_bytecode = True

from figures import Figure  # noqa: E402
from measure import measure  # noqa: E402
from servers import Atrium, free_port  # noqa: E402

MODES = ("memory", "process", "disk")

# name: what `load` is told
WORK = {
    "one at a time": {"clients": 10, "messages": 3000, "outstanding": 1},
    "64 outstanding": {"clients": 10, "messages": 30000, "outstanding": 64},
    # Long messages make the log grow to where checkpoints begin.
    "checkpoints": {"clients": 10, "messages": 20000, "outstanding": 16, "bytes": 4000},
}
COUNTED = ("hub_journal_commits", "hub_journal_checkpoints", "hub_journal_bytes")


def counters(port, server):
    """Those of the hub that count, once a report has come that was sent after now."""
    pattern = re.compile(r"^atrium_(\w+?)(?:_total)?(?:\{.*\})? (\S+)$", re.M)
    begin = time.monotonic()
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            found = dict(pattern.findall(answer.read().decode()))
        if time.monotonic() - begin > 2.5:
            return {name: float(found.get(name, 0)) for name in COUNTED}
        select.select([server.process.stdout], [], [], 0.5)


def journal_bytes(server):
    return sum(path.stat().st_size for path in
               pathlib.Path(server.data).glob("state/hub/hub.journal*"))


def run(build, mode, work):
    port = free_port()
    server = Atrium(build, ATRIUM_HUB_JOURNAL=mode, ATRIUM_METRICS_PORT=str(port))
    try:
        result = measure(server, build, WORK[work])
        result.update(counters(port, server))
        result["file_mb"] = journal_bytes(server) / 1e6
    finally:
        server.stop()
    # Each message goes to every client; the hub sees it once.
    result["hub_us"] = result["split"]["hub"] * result["clients"]
    return result


def report(works, modes, results):
    for work in works:
        print(f"\n{work}: " + ", ".join(f"{k} {v}" for k, v in WORK[work].items()))
        print(f"  {'journal':8} {'hub CPU us per publish':>26} {'p50 us':>9} {'p99 us':>9} "
              f"{'max us':>9} {'commits':>8} {'checkpoints':>12} {'file MB':>8}")
        for mode in modes:
            mine = results[work, mode]
            middle = {key: statistics.median(r[key] for r in mine)
                      for key in ("p50_us", "p99_us", "max_us", "file_mb") + COUNTED}
            print(f"  {mode:8} {Figure([r['hub_us'] for r in mine]).text(2):>26} "
                  f"{middle['p50_us']:9.0f} {middle['p99_us']:9.0f} {middle['max_us']:9.0f} "
                  f"{middle['hub_journal_commits']:8.0f} "
                  f"{middle['hub_journal_checkpoints']:12.0f} {middle['file_mb']:8.1f}")


def main():
    parser = argparse.ArgumentParser(description="what the hub's journal costs")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--work", action="append", choices=list(WORK))
    options = parser.parse_args()
    works, modes = options.work or list(WORK), options.modes.split(",")
    if set(modes) - set(MODES):
        parser.error(f"modes are {', '.join(MODES)}")
    results = {}
    build = os.path.abspath(options.build)
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        for work in works:
            for mode in modes:
                result = run(build, mode, work)
                results.setdefault((work, mode), []).append(result)
                print(f"  {work:16} {mode:8} {result['hub_us']:7.2f} us", flush=True)
    report(works, modes, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
