#!/usr/bin/env python3
"""verdicts.py - what it costs to let in thousands of clients at once, by the kind of their token.

    tests/bench/verdicts.py [--build DIR] [--rounds N] [--clients N]

Each round lets so many clients connect and join rooms of ten: without a token, and with one signed
by each kind of key; each time on a server of its own. What counts is the processor time of auth for
each verdict, and that of all processes for each client beside that of anonymous ones. `a second`
is what one auth process could decide if it did nothing but that.

SPDX-License-Identifier: MIT
"""
import argparse
import importlib.util
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True

from figures import Figure  # noqa: E402
from measure import Clocks, Load  # noqa: E402
from servers import Atrium  # noqa: E402

ASKED = ("HS256", "RS256", "ES256")
KINDS = ("anonymous", *ASKED)  # auth says once what becomes of who brings no token
PATH = "/api/ws?room=bench-%r&nickname=c%c"


def tokens_module():
    """Tokens are made by what makes those of the end-to-end tests."""
    path = pathlib.Path(__file__).parents[1] / "e2e" / "atrium" / "tokens.py"
    spec = importlib.util.spec_from_file_location("tokens", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Keys:
    """A directory with a key of each kind, and a token signed by each."""

    def __init__(self):
        tokens = tokens_module()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="atrium-verdicts-"))
        secret = os.urandom(24).hex().encode()
        path = self.directory / "hs.hs256"
        path.touch(0o600)
        path.write_bytes(secret)
        self.tokens = {"HS256": tokens.mint(secret, kid="hs")}
        for alg in ("RS256", "ES256"):
            pair = tokens.Pair(alg)
            (self.directory / f"{alg[:2].lower()}.{alg.lower()}.pem").write_bytes(pair.public)
            self.tokens[alg] = tokens.mint(pair, alg=alg, kid=alg[:2].lower())

    def path(self, kind):
        return f"{PATH}&token={self.tokens[kind]}" if kind in self.tokens else PATH


def run(build, keys, kind, clients):
    server = Atrium(build, ATRIUM_AUTH_KEYS=str(keys.directory))
    work = {"clients": clients, "rooms": max(1, clients // 10), "messages": 0, "quiet": 100,
            "path": keys.path(kind)}
    try:
        before = Clocks(server)
        with Load(build, server, work) as load:
            load.phase("connected")
            used = Clocks(server).since(before)
            load.end()
    finally:
        server.stop()
    return {"auth_us": 1e6 * used["auth"] / clients, "all_us": 1e6 * sum(used.values()) / clients}


def report(results):
    base = statistics.median(each["all_us"] for each in results["anonymous"])
    print("\n| token | auth, µs | a second | all processes, µs | ratio |")
    print("|---|---|---|---|---|")
    for kind, rounds in results.items():
        auth, whole = (Figure([each[name] for each in rounds]) for name in ("auth_us", "all_us"))
        second = f"{1e6 / auth.median:,.0f}" if kind in ASKED else "not asked"
        print(f"| {kind} | {auth.text(1)} | {second} | {whole.text(1)} | "
              f"{whole.median / base:.2f} |")


def main():
    parser = argparse.ArgumentParser(description="what verdicts on tokens cost")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=3000)
    options = parser.parse_args()
    build, keys = os.path.abspath(options.build), Keys()
    results = {kind: [] for kind in KINDS}
    try:
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", flush=True)
            for kind in KINDS:
                results[kind].append(run(build, keys, kind, options.clients))
    finally:
        shutil.rmtree(keys.directory)
    report(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
