#!/usr/bin/env python3
"""handlers.py - what a handler costs: processor time for each message, and how long a call takes.

    tests/bench/handlers.py [--build DIR] [--rounds N] [--work NAME]... [--quick]

Each round runs the same work without a handler, with one that is told all messages, and with one that lets
each pass, each time on a server of its own: so many clients in one room, one of which publishes. What counts
is the processor time for each message of all processes of the server, beside that without a handler in the same
round, and that of the handler's own process. Then, on one server with nothing else to do, come the round trips:
of a message with `ref` to its `ack`, of a call to its `result`, and of 128 bytes to another process and back, over ZeroMQ
and over a plain Unix socket.

SPDX-License-Identifier: MIT
"""
import argparse
import json
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from figures import Figure  # noqa: E402
from measure import measure  # noqa: E402
from servers import Atrium, Failed, PATIENCE, output_of  # noqa: E402

KINDS = ("none", "observe", "guard")
WORK = {
    "one at a time": {"clients": 10, "messages": 5000, "outstanding": 1},
    "64 outstanding": {"clients": 10, "messages": 100000, "outstanding": 64},
}
TRIPS = ("unix", "zeromq", "message", "call")
TRIP_COUNT = 10000
CONF = '[handler "bench"]\n%s = *\npending = 10000\nbacklog = 256M\ndeadline = 60s\n'


class Handled(Atrium):
    """With a handler, whose time is told apart from the server's."""

    def __init__(self, build, kind):
        self.handler = None
        super().__init__(build, conf=CONF % ("guard" if kind == "guard" else "rooms"))
        if kind == "none":
            return
        env = {**os.environ, "ATRIUM_HANDLERS": f"{self.data}/run/handlers.sock"}
        self.handler = subprocess.Popen([f"{build}/bench/handler", kind, "*"], env=env, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        line = self.handler.stdout.readline()
        if line != "up\n":
            self.stop()
            raise Failed(f"the handler did not get ready: {line.strip()}")

    def pids(self):
        return super().pids() + ([self.handler.pid] if self.handler else [])

    def stop(self):
        super().stop()
        if self.handler:
            self.handler.wait()
            self.handler.stdout.close()


def run(build, kind, work):
    """{process: µs for each message, server: all but the handler's}"""
    server = Handled(build, kind)
    try:
        result = measure(server, build, work)
    finally:
        server.stop()
    # Each message goes to every client.
    each = {name: us * work["clients"] for name, us in result["split"].items()}
    return {**each, "server": sum(us for name, us in each.items() if name != "handler")}


def trip(build, what, count, server):
    command = [f"{build}/bench/roundtrip", what, str(count)]
    if what in ("message", "call"):
        command += [str(server.port), "trip"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE * 5, check=False)
    if done.returncode:
        raise Failed(done.stderr.strip())
    return json.loads(done.stdout)


def trips(build, count):
    server = Handled(build, "call")
    try:
        return {what: trip(build, what, count, server) for what in TRIPS}
    finally:
        server.stop()


def report_work(name, results):
    print(f"\n{name}: " + ", ".join(f"{k} {v}" for k, v in WORK[name].items()))
    print("\n| handler | server, µs a message | ratio | gateway | hub | the handler itself, µs | of the server's "
          "without |\n|---|---|---|---|---|---|---|")
    none = results["none"]
    for kind in KINDS:
        mine = results[kind]
        figures = {what: Figure([each[what] for each in mine]) for what in ("server", "gateway", "hub")}
        ratio = Figure([a["server"] / b["server"] for a, b in zip(mine, none)])
        own = "– | –"
        if kind != "none":
            of = Figure([a["handler"] / b["server"] for a, b in zip(mine, none)])
            own = f"{Figure([each['handler'] for each in mine]).text(1)} | {of.text(2)}"
        print(f"| {kind} | {figures['server'].text(1)} | {ratio.text(2)} | {figures['gateway'].text(1)} | "
              f"{figures['hub'].text(1)} | {own} |")


def report_trips(found):
    print("\n| there and back | p50, µs | p99, µs | p50 to that over ZeroMQ |\n|---|---|---|---|")
    for what in TRIPS:
        p50, p99 = (Figure([each[what][name] for each in found]) for name in ("p50_us", "p99_us"))
        ratio = Figure([each[what]["p50_us"] / each["zeromq"]["p50_us"] for each in found])
        print(f"| {what} | {p50.text(0)} | {p99.text(0)} | {ratio.text(2)} |")


def main():
    parser = argparse.ArgumentParser(description="what handlers cost")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", action="append", choices=list(WORK))
    parser.add_argument("--quick", action="store_true", help="a hundredth of the work, which says nothing")
    options = parser.parse_args()
    build, part = os.path.abspath(options.build), 100 if options.quick else 1
    works = {name: {**WORK[name], "messages": WORK[name]["messages"] // part}
             for name in options.work or WORK}
    results, found, begin = {name: {kind: [] for kind in KINDS} for name in works}, [], time.monotonic()
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        for name, work in works.items():
            for kind in KINDS:
                results[name][kind].append(run(build, kind, work))
                print(f"  {name:14} {kind:8} {results[name][kind][-1]['server']:7.2f} us", flush=True)
        found.append(trips(build, TRIP_COUNT // part))
    print(f"\n{output_of('nproc')} processors; {time.monotonic() - begin:.0f} s")
    for name, result in results.items():
        report_work(name, result)
    report_trips(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
