#!/usr/bin/env python3
"""bench.py - what delivering costs Atrium, other servers, and the floor.

    tests/bench/bench.py [--build DIR] [--rounds N] [--servers a,b] [--work a,b] [--quick]
                         [--json FILE] [--report]

Each round starts each server in turn, anew for each piece of work, so that what else the machine
does falls on all alike, and lets `load` run the work on it. What counts is the time that all of a
server's processes spent on processors, user and system, for each delivered message, and its ratio to
the floor's in the same round. A work that was not done whole and in order is void.

--json keeps the results; --report keeps them for docs/benchmarks.md and writes that. --quick: floor and Atrium,
one round, little work. The servers are in servers.py, the works in
works.py, the report in report.py.

SPDX-License-Identifier: MIT
"""
import argparse
import json
import os
import pathlib
import platform
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import report  # noqa: E402
from measure import measure  # noqa: E402
from servers import SERVERS, Failed  # noqa: E402
from works import WORKS, does, quick  # noqa: E402


def run_one(build, name, work):
    """Answers the figures, or why there are none."""
    server = None
    try:
        server = SERVERS[name](build)
        return measure(server, build, work)
    except Failed as failed:
        return {"void": str(failed)}
    finally:
        if server:
            server.stop()


def line_of(result):
    if "void" in result:
        return f"void: {result['void']}"
    text = f"{result['join_us']:6.1f} us to connect {result['kb_each']:6.2f} KB each"
    if "cpu_us" in result:
        text = (f"{result['cpu_us']:7.3f} us a delivery, p99 {result['p99_us'] / 1000:7.2f} ms, "
                f"{result['seconds']:5.2f} s; {text}")
    return text


def one_round(number, build, names, works, results):
    # Each server is once the first, and once behind each other.
    shift = number % len(names)
    for work, what in works.items():
        for name in names[shift:] + names[:shift]:
            if not does(name, work):
                continue
            result = run_one(build, name, what)
            results.setdefault(work, {}).setdefault(name, []).append(result)
            print(f"  {work} {name:9} {line_of(result)}", flush=True)


def machine():
    model = next((line.partition(":")[2].strip()
                  for line in pathlib.Path("/proc/cpuinfo").read_text("utf-8").splitlines()
                  if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return {"cores": os.cpu_count(), "processor": model, "memory_gb": round(memory),
            "kernel": platform.release().split("-")[0], "system": system}


def options_of(argv):
    parser = argparse.ArgumentParser(description="CPU per delivered message, against the floor")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--servers", help=", ".join(SERVERS))
    parser.add_argument("--work", help=", ".join(WORKS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, help="where the results go")
    parser.add_argument("--report", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args(argv)
    part = options.servers or options.work or options.quick
    if options.report and part:
        print("bench: only a part is measured: docs/benchmarks.md stays as it is")
        options.report = False
    options.build = os.path.abspath(options.build)
    options.rounds = options.rounds or (1 if options.quick else 5)
    names = options.servers.split(",") if options.servers else (
        ["floor", "atrium"] if options.quick else list(SERVERS))
    works = options.work.split(",") if options.work else list(WORKS)
    if set(names) - set(SERVERS) or set(works) - set(WORKS):
        parser.error(f"servers: {', '.join(SERVERS)}; works: {', '.join(WORKS)}")
    options.works = {name: quick(WORKS[name]) if options.quick else WORKS[name] for name in works}
    options.servers = [name for name in names if not SERVERS[name].missing()]
    for name in set(names) - set(options.servers):
        print(f"bench: without {name}: {SERVERS[name].missing()} is not there (tools/deps bench)")
    return options


def main(argv=None):
    options = options_of(argv)
    results, start = {}, time.monotonic()
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        one_round(number, options.build, options.servers, options.works, results)
    found = {
        "machine": machine(),
        "versions": {name: SERVERS[name].version() for name in options.servers},
        "seconds": round(time.monotonic() - start),
        "works": options.works,
        "results": results,
    }
    kept = report.RESULTS if options.report else options.json
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if options.report:
        report.write(found)
    print(f"\n{report.text(found)}")
    return 1 if report.voids(found) else 0


if __name__ == "__main__":
    sys.exit(main())
