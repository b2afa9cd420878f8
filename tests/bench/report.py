#!/usr/bin/env python3
"""report.py - the benchmark's results as text, and as docs/benchmarks.md with its plots.

    tests/bench/report.py [FILE [FOLDER]]

Writes benchmarks.md and its folder of plots into FOLDER (docs) from results kept in FILE
(docs/benchmarks/results.json). The words are in page.md.

SPDX-License-Identifier: MIT
"""
import json
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import figures  # noqa: E402
import plot  # noqa: E402
from figures import figure, voids  # noqa: E402
from servers import SERVERS  # noqa: E402
from works import TITLES, WORKS, told  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
DOCS = HERE.parent.parent / "docs"
RESULTS = DOCS / "benchmarks" / "results.json"

# figure, digits, heading of the text report; 0 digits of spread: only the median
COLUMNS = (("cpu_us", 3, 22, "CPU us a delivery"), ("ratio", 2, 18, "x the floor"),
           ("p50_ms", 2, 0, "p50 ms"), ("p99_ms", 2, 0, "p99 ms"), ("p999_ms", 2, 0, "p99.9"),
           ("join_us", 1, 22, "us a connect"), ("kb_each", 2, 18, "KB each"))


# ---- on the screen

def row(found, work, name):
    cells = [f"{SERVERS[name].title:18}"]
    for what, digits, width, _ in COLUMNS:
        value = figure(found, work, name, what)
        cell = "-" if not value else value.text(digits) if width else f"{value.median:.{digits}f}"
        cells.append(f"{cell:>{width or 8}}")
    return " ".join(cells)


def text(found):
    lines = []
    for work, by_name in found["results"].items():
        lines += [f"({work}) {TITLES[work]}: {told(found['works'][work])}",
                  " ".join([" " * 18] + [f"{head:>{width or 8}}" for *_, width, head in COLUMNS])]
        for name in by_name:
            lines.append(row(found, work, name))
            parts = figures.split(found, work, name)
            if len(parts) > 1:
                lines.append("    of it " + ", ".join(
                    f"{part} {value:.3f}" for part, value in parts.items()))
        lines.append("")
    lines += [f"goal ({work}) {words}: {goal_text(mine, most, whose)}: {verdict(met)}"
              for work, words, mine, most, whose, met in goals(found)]
    lines += [f"void: ({work}) {name}: {why}" for work, name, why in voids(found)]
    return "\n".join(lines)


# ---- goals

def goals(found):
    """Of those works that were done in full size."""
    return [goal for goal in figures.goals(found) if found["works"][goal[0]] == WORKS[goal[0]]]


def goal_text(mine, most, whose):
    limit = f"at most {most:g}" if whose == "the goal" else (
        f"below {SERVERS[whose].title}'s {most:.2f}")
    return f"{mine.text(2)}, {limit}"


def verdict(met):
    return "met" if met else "NOT met"


# ---- on the page

def table(heads, rows):
    lines = [heads, ["---"] * len(heads)] + rows
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shown(found, work):
    """The servers in the order of the page; several gateways have a section of their own."""
    return [name for name in SERVERS if name in found["results"].get(work, {})
            and name != "atrium-2"]


def cell(found, work, name, what, digits):
    value = figure(found, work, name, what)
    return value.text(digits) if value else "–"


def goals_table(found):
    return table(["goal", "", "measured", ""], [
        [f"({work}) {words}", f"at most {most:g}" if whose == "the goal" else
         f"below every other's; the least: {SERVERS[whose].title}, {most:.2f}",
         mine.text(2), "met" if met else "**not met**"]
        for work, words, mine, most, whose, met in goals(found)])


def cpu_table(found):
    rows = []
    for name in shown(found, "c"):
        cells = [cell(found, work, name, "ratio", 3 if work == "b" else 2) for work in "abc"]
        micros = [figure(found, work, name, "cpu_us") for work in "abc"]
        rows.append([SERVERS[name].title] + cells
                    + [" / ".join(f"{f.median:.2f}" if f else "–" for f in micros)])
    return table(["server", *(f"({work}) {TITLES[work]}" for work in "abc"), "µs, a / b / c"], rows)


def split_table(found):
    parts = {work: figures.split(found, work, "atrium") for work in "abc"}
    names = [name for name in ("gateway", "hub", "auth", "metrics") if name in parts.get("a", {})]
    return table(["work", *names], [
        [f"({work})"] + [f"{parts[work].get(name, 0):.3f}" for name in names] for work in "abc"])


def latency_table(found):
    return table(["server", "p50, ms", "p99, ms", "p99.9, ms", "CPU, × the floor"], [
        [SERVERS[name].title] + [cell(found, "d", name, what, digits)
                                 for what, digits in (("p50_ms", 1), ("p99_ms", 1), ("p999_ms", 1),
                                                      ("ratio", 2))]
        for name in shown(found, "d")])


def idle_table(found):
    return table(["server", "user-space memory of a connection, KB", "CPU of a connect, µs",
                  "× the floor"], [
        [SERVERS[name].title, cell(found, "e", name, "kb_each", 2),
         cell(found, "e", name, "join_us", 1), cell(found, "e", name, "join_ratio", 2)]
        for name in shown(found, "e")])


def scaling_table(found):
    rows = []
    for work in found["results"]:
        for name in ("atrium", "atrium-2"):
            if "atrium-2" in found["results"][work] and figure(found, work, name, "cpu_us"):
                parts = figures.split(found, work, name)
                rows.append([
                    f"({work})", str(SERVERS[name].gateways),
                    cell(found, work, name, "kilo_per_second", 0),
                    f"{figure(found, work, name, 'cpu_us').median:.3f}",
                    f"{max(v for part, v in parts.items() if part.startswith('gateway')):.3f}",
                    f"{parts['hub']:.3f}",
                    f"{figure(found, work, name, 'load_us').median:.3f}"])
    return table(["work", "gateways", "1,000 deliveries a second", "CPU per delivery, µs",
                  "of it the busier gateway", "the hub", "the generator, beside it"], rows)


def machine_text(found):
    machine = found["machine"]
    return (f"{machine['cores']} cores of an {machine['processor']}, {machine['memory_gb']} GB, "
            f"Linux {machine['kernel']}, {machine['system']}; {found['seconds'] // 60} minutes for "
            f"all rounds. Of the other servers, what Debian ships:")


def fill(found):
    """{blank of page.md: what goes there}"""
    void = voids(found)
    rounds = max(len(results) for by_name in found["results"].values()
                 for results in by_name.values())
    return {
        "rounds": str(rounds), "cores": str(found["machine"]["cores"]),
        "title_d": TITLES["d"], "title_e": TITLES["e"],
        "goals": goals_table(found), "cpu": cpu_table(found), "split": split_table(found),
        "latency": latency_table(found), "idle": idle_table(found),
        "scaling": scaling_table(found), "machine": machine_text(found),
        "versions": "\n".join(f"| {SERVERS[name].title} | {version} | {SERVERS[name].run} |"
                              for name, version in found["versions"].items()),
        "works": "\n".join(f"| ({work}) | {TITLES[work]}: {told(found['works'][work])} |"
                           for work in found["results"]),
        "voids": "; here none was" if not void else (
            "; here: " + "; ".join(f"({work}) {SERVERS[name].title}: {why}"
                                   for work, name, why in void)),
    }


# ---- plots

def bars(found, work, what, digits, title, **more):
    kinds = {"floor": "floor", "atrium": "own"}
    rows = []
    for name in shown(found, work):
        value = figure(found, work, name, what)
        if value:
            rows.append((SERVERS[name].title, kinds.get(name, "other"), value, value.text(digits)))
    return {"title": title, "rows": rows, **more}


def plots(found):
    """{name of the file: SVG}"""
    return {
        "cpu.svg": plot.svg(
            "CPU per delivered message, as a multiple of the floor's",
            "Bars for each server and work; the thin line is the spread over the rounds.",
            [bars(found, work, "ratio", 3 if work == "b" else 2,
                  f"({work}) {TITLES[work]}: × the floor", goal=goal)
             for work, goal in (("a", 1.15), ("b", 0.06), ("c", 1.25))]),
        "latency.svg": plot.svg(
            "Latency with 1,000 subscribers at 50 messages a second",
            "Bars on a logarithmic scale for p50, p99 and p99.9 of each server.",
            [bars(found, "d", what, 1, f"{words}, ms (logarithmic)", log=True)
             for what, words in (("p50_ms", "p50"), ("p99_ms", "p99"), ("p999_ms", "p99.9"))]),
        "idle.svg": plot.svg(
            "Memory and CPU of an idle connection",
            "Bars for each server: KB of user space for each connection, µs of CPU to connect.",
            [bars(found, "e", "kb_each", 2, "user-space memory of a connection, KB", goal=3),
             bars(found, "e", "join_us", 1, "CPU of a connect, µs", goal=40)]),
    }


def write(found, docs=DOCS):
    blanks = fill(found)
    page = re.sub(r"\{\{(\w+)\}\}", lambda blank: blanks[blank.group(1)],
                  (HERE / "page.md").read_text(encoding="utf-8"))
    folder = docs / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    (docs / "benchmarks.md").write_text(page, encoding="utf-8")
    for name, picture in plots(found).items():
        (folder / name).write_text(picture, encoding="utf-8")


def main(argv):
    source = pathlib.Path(argv[0]) if argv else RESULTS
    write(json.loads(source.read_text(encoding="utf-8")), *map(pathlib.Path, argv[1:]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
