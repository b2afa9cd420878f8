"""figures.py - what the rounds of the benchmark come to: medians, spread, ratios, goals.

SPDX-License-Identifier: MIT
"""
import statistics

from servers import PEERS
from works import GOALS

# figure: how it is had from one result
OF_RESULT = {
    "cpu_us": lambda result: result["cpu_us"],
    "kilo_per_second": lambda result: result["deliveries"] / result["seconds"] / 1000,
    "load_us": lambda result: 1e6 * result["load_seconds"] / result["deliveries"],
    "p50_ms": lambda result: result["p50_us"] / 1000,
    "p99_ms": lambda result: result["p99_us"] / 1000,
    "p999_ms": lambda result: result["p999_us"] / 1000,
    "join_us": lambda result: result["join_us"],
    "kb_each": lambda result: result["kb_each"],
}


# of what: a multiple of the floor's
RATIOS = {"ratio": "cpu_us", "join_ratio": "join_us"}


class Figure:
    """One number of several rounds: its median, its least and its most."""

    def __init__(self, values):
        self.values = values
        self.median, self.low, self.high = statistics.median(values), min(values), max(values)

    def text(self, digits):
        spread = f" ({self.low:.{digits}f}–{self.high:.{digits}f})" if len(self.values) > 1 else ""
        return f"{self.median:.{digits}f}{spread}"


def voids(found):
    """[(work, server, why)] of the rounds that do not count."""
    return [(work, name, result["void"])
            for work, by_name in found["results"].items()
            for name, rounds in by_name.items() for result in rounds if "void" in result]


def figure(found, work, name, what):
    """A Figure, or None if no round has it. A ratio is to the floor's of the same round."""
    results = found["results"].get(work, {})
    mine, floor = results.get(name, []), results.get("floor", [])
    if what in RATIOS:
        of = RATIOS[what]
        values = [a[of] / b[of] for a, b in zip(mine, floor) if of in a and of in b]
    else:
        values = [OF_RESULT[what](result) for result in mine
                  if "void" not in result and (what in ("join_us", "kb_each") or "cpu_us" in result)]
    return Figure(values) if values else None


def split(found, work, name):
    """{process: median CPU per delivery}, for a server that is several."""
    rounds = [result["split"] for result in found["results"].get(work, {}).get(name, [])
              if "split" in result]
    names = sorted({process for parts in rounds for process in parts})
    return {process: statistics.median(parts.get(process, 0) for parts in rounds)
            for process in names}


def goals(found):
    """[(work, words, figure, at most, of whom, met)] of those that the results can tell."""
    told = []
    for work, what, most, words in GOALS:
        mine = figure(found, work, "atrium", what)
        whose = "the goal"
        if most is None:
            peers = {name: figure(found, work, name, what) for name in PEERS}
            peers = {name: peer.median for name, peer in peers.items() if peer}
            if peers:
                whose = min(peers, key=peers.get)
                most = peers[whose]
        if mine and most is not None:
            met = mine.median <= most if whose == "the goal" else mine.median < most
            told.append((work, words, mine, most, whose, met))
    return told
