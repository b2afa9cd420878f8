"""report.py - the benchmark's results as text, and as docs/benchmarks.md with its plots.

    tests/bench/report.py [FILE]	writes docs/benchmarks.md from results kept in FILE

SPDX-License-Identifier: MIT
"""
import figures
from figures import figure, voids
from servers import SERVERS
from works import TITLES, WORKS


def row(found, work, name):
    """The cells of the text report for a server."""
    cells = [f"{SERVERS[name].title:18}"]
    for what, digits, width in (("cpu_us", 3, 22), ("ratio", 2, 18), ("p50_ms", 2, 0),
                                ("p99_ms", 2, 0), ("p999_ms", 2, 0), ("join_us", 1, 22),
                                ("kb_each", 2, 18)):
        value = figure(found, work, name, what)
        text = "-" if not value else value.text(digits) if width else f"{value.median:.{digits}f}"
        cells.append(f"{text:>{width or 8}}")
    return " ".join(cells)


def text(found):
    lines = []
    for work, by_name in found["results"].items():
        told = ", ".join(f"{key} {value}" for key, value in found["works"][work].items())
        lines += [f"({work}) {TITLES[work]}: {told}",
                  f"{'':18} {'CPU us a delivery':>22} {'x the floor':>18} {'p50 ms':>8} "
                  f"{'p99 ms':>8} {'p99.9':>8} {'us a connect':>22} {'KB each':>18}"]
        for name in by_name:
            lines.append(row(found, work, name))
            parts = figures.split(found, work, name)
            if len(parts) > 1:
                lines.append("    of it " + ", ".join(
                    f"{part} {value:.3f}" for part, value in parts.items()))
        lines.append("")
    for work, words, mine, most, whose, met in figures.goals(found):
        if found["works"][work] != WORKS[work]:
            continue
        lines.append(f"goal ({work}) {words}: {mine.median:.2f} of {most:.2f} ({whose}): "
                     f"{'met' if met else 'NOT met'}")
    lines += [f"void: ({work}) {name}: {why}" for work, name, why in voids(found)]
    return "\n".join(lines)
