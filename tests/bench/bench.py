#!/usr/bin/env python3
"""bench.py - processor time per delivered message of a server, against the floor.

    tests/bench/bench.py [--build DIR] [--rounds N] [--servers a,b] [--work NAME]...

Each round starts each server in turn, so that what else the machine does falls on all alike, and
lets `load` run every piece of work on it. What counts is the time that all of a server's
processes spent on processors, user and system, for each delivered message, and its ratio to the
floor's in the same round. Another server is one more row in SERVERS.

SPDX-License-Identifier: MIT
"""
import argparse
import json
import os
import pathlib
import re
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PATIENCE = 60  # seconds for anything
TICK = os.sysconf("SC_CLK_TCK")

# name: what `load` is told, for an idle path a server's own
WORK = {
    "one at a time": {"clients": 1000, "messages": 300, "outstanding": 1},
    "64 outstanding": {"clients": 1000, "messages": 1000, "outstanding": 64},
    "100 rooms of 10": {"clients": 1000, "rooms": 100, "publishers": 10, "messages": 100},
}


class Server:
    """A running server: its port, and the processes whose time counts."""

    def __init__(self, command, ready, env=None):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env=env, text=True)
        try:
            self.port = int(self.wait_for(ready))
        except BaseException:
            self.stop()
            raise

    def wait_for(self, pattern):
        until = time.monotonic() + PATIENCE
        while select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))[0]:
            line = self.process.stdout.readline()
            found = re.search(pattern, line)
            if found:
                return found.group(1)
            if not line:
                break
        raise SystemExit(f"bench: {self.process.args[0]} did not get ready")

    def processes(self):
        """{name: pid}"""
        return {"server": self.process.pid}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Floor(Server):
    path = "/bench-%r"

    def __init__(self, build):
        super().__init__([f"{build}/bench/floor"], r"^port (\d+)")


class Atrium(Server):
    path = "/api/ws?room=bench-%r&nickname=c%c"

    def __init__(self, build, **settings):
        # Sockets have short names; a build folder may be deep.
        self.data = pathlib.Path(tempfile.mkdtemp(prefix="atrium-bench-"))
        command = [f"{build}/atrium", "up", "--port", "0", "--data", str(self.data)]
        env = {**os.environ, "ATRIUM_METRICS_PORT": "0", "ATRIUM_ATRIUM_LOG_LEVEL": "warn",
               "ATRIUM_GATEWAY_RATE_MESSAGES": "0", "ATRIUM_GATEWAY_RATE_BYTES": "0",
               "ATRIUM_GATEWAY_MAX_PER_ADDRESS": "0", **settings}
        super().__init__(command, r"Atrium is ready: http://[^:]+:(\d+)/", env)

    def processes(self):
        return {file.stem: int(file.read_text()) for file in (self.data / "run").glob("*.pid")}

    def stop(self):
        super().stop()
        shutil.rmtree(self.data, ignore_errors=True)


SERVERS = {"floor": Floor, "atrium": Atrium}


def cpu_seconds(pid):
    """User and system time of a process, from nanoseconds where the kernel counts them."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        if total:
            return total / 1e9
    except FileNotFoundError:
        pass
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def times(server):
    return {name: cpu_seconds(pid) for name, pid in server.processes().items()}


def memory_kb(server):
    total = 0
    for pid in server.processes().values():
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            total += int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    return total


def measure(server, build, work):
    """Runs one piece of work. Answers what load printed, with the server's times added."""
    command = [f"{build}/bench/load", "--port", str(server.port), "--path", server.path,
               "--timeout", str(PATIENCE)]
    for option, value in work.items():
        command += [f"--{option}", str(value)]
    idle, before_connect = memory_kb(server), times(server)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as load:
        if load.stdout.readline() != "ready\n":
            raise SystemExit("bench: load failed")
        held, before = memory_kb(server), times(server)
        load.stdin.write("go\n")
        load.stdin.flush()
        line = load.stdout.readline()
        after = times(server)
        load.stdin.close()
    if not line or load.returncode:
        raise SystemExit("bench: load failed")
    result = json.loads(line)
    if before.keys() != after.keys():
        raise SystemExit("bench: a process of the server came or went meanwhile")
    spent = {name: after[name] - before[name] for name in after}
    result["split"] = {name: 1e6 * used / result["deliveries"] for name, used in spent.items()}
    result["cpu_us"] = sum(result["split"].values())
    result["join_us"] = 1e6 * (sum(before.values()) - sum(before_connect.values())
                               ) / result["clients"]
    result["kb_each"] = (held - idle) / result["clients"]
    return result


def one_round(build, names, works, results):
    for name in names:
        for work in works:
            # A server of its own for each, so that memory and rooms start from nothing.
            server = SERVERS[name](build)
            try:
                result = measure(server, build, WORK[work])
            finally:
                server.stop()
            results.setdefault((work, name), []).append(result)
            print(f"  {work:16} {name:8} {result['cpu_us']:7.3f} us", flush=True)


def spread(values, digits):
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f}..{high:.{digits}f})"


def report(names, works, results):
    for work in works:
        print(f"\n{work}: " + ", ".join(f"{k} {v}" for k, v in WORK[work].items()))
        print(f"  {'':8} {'CPU us per delivery':>24} {'times the floor':>20} {'p50 us':>9} "
              f"{'p99 us':>9} {'join us':>8} {'KB each':>8}")
        for name in names:
            mine = results[work, name]
            floor = results.get((work, "floor"))
            ratio = "" if not floor else spread(
                [a["cpu_us"] / b["cpu_us"] for a, b in zip(mine, floor)], 2)
            middle = {key: statistics.median(r[key] for r in mine)
                      for key in ("p50_us", "p99_us", "join_us", "kb_each")}
            print(f"  {name:8} {spread([r['cpu_us'] for r in mine], 3):>24} {ratio:>20} "
                  f"{middle['p50_us']:9.0f} {middle['p99_us']:9.0f} {middle['join_us']:8.0f} "
                  f"{middle['kb_each']:8.1f}")
            if len(mine[0]["split"]) > 1:
                print("           of it " + ", ".join(
                    f"{part} {statistics.median(r['split'][part] for r in mine):.3f}"
                    for part in sorted(mine[0]["split"])))


def main():
    parser = argparse.ArgumentParser(description="CPU per delivered message, against the floor")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--work", action="append", choices=list(WORK))
    parser.add_argument("--clients", type=int, help="for a quick look: fewer of them")
    options = parser.parse_args()
    names = options.servers.split(",")
    works = options.work or list(WORK)
    if set(names) - set(SERVERS):
        parser.error(f"servers are {', '.join(SERVERS)}")
    if options.clients:
        for work in works:
            WORK[work]["clients"] = options.clients
    results = {}
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        one_round(options.build, names, works, results)
    report(names, works, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
