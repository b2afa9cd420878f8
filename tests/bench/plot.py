"""plot.py - horizontal bars with their spread, as SVG that is readable on light and dark.

SPDX-License-Identifier: MIT
"""
import math
from html import escape

WIDTH, LABELS, VALUES = 780, 150, 190  # px: all, names on the left, numbers on the right
BAR, GAP, HEAD, FOOT, GOAL = 16, 8, 34, 30, 14
PLOT = WIDTH - LABELS - VALUES

STYLE = """
 .ink { fill: #1f2328; } .dim { fill: #59636e; } .grid { stroke: #d1d9e0; } .spread { stroke: #1f2328; }
 .other { fill: #9fb3c8; } .floor { fill: #c5ccd3; } .own { fill: #1f6feb; } .goal { stroke: #cf222e; }
 .goal-text { fill: #cf222e; } text { font: 12px system-ui, sans-serif; } .head { font-weight: 600; }
 @media (prefers-color-scheme: dark) {
  .ink { fill: #f0f6fc; } .dim { fill: #9198a1; } .grid { stroke: #3d444d; } .spread { stroke: #f0f6fc; }
  .other { fill: #52667a; } .floor { fill: #3d444d; } .own { fill: #4493f8; } .goal { stroke: #ff7b72; }
  .goal-text { fill: #ff7b72; }
 }
"""


class Scale:
    """Where a value is, in px from the left; logarithmic if `log`."""

    def __init__(self, most, log, least):
        self.log, self.low = log, least
        self.high = most
        if log:
            self.low = 10 ** math.floor(math.log10(least))

    def x(self, value):
        if self.log:
            part = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            part = value / self.high
        return LABELS + PLOT * min(max(part, 0), 1)

    def ticks(self):
        if self.log:
            first, last = math.log10(self.low), math.log10(self.high)
            return [10 ** n for n in range(round(first), math.floor(last) + 1)]
        step = 10 ** math.floor(math.log10(self.high))
        for part in (0.1, 0.2, 0.5, 1):
            if self.high / (step * part) <= 6:
                step *= part
                break
        return [step * n for n in range(int(self.high / step) + 1)]


def number(value):
    return f"{value:g}"


def bar(row, y, scale):
    """A name, its bar, its spread and its number. row: (name, class, Figure, text)"""
    name, kind, figure, text = row
    middle, end = y + BAR / 2, scale.x(figure.median)
    parts = [
        f'<text class="ink" x="{LABELS - 8}" y="{middle + 4}" text-anchor="end">'
        f'{escape(name)}</text>',
        f'<rect class="{kind}" x="{LABELS}" y="{y}" width="{max(end - LABELS, 1):.1f}" '
        f'height="{BAR}" rx="2"/>',
    ]
    if figure.high > figure.low:
        parts.append(f'<path class="spread" d="M{scale.x(figure.low):.1f} {middle}'
                     f'H{scale.x(figure.high):.1f}"/>')
    parts.append(f'<text class="dim" x="{WIDTH - VALUES + 10}" y="{middle + 4}">'
                 f'{escape(text)}</text>')
    return parts


def panel(what, y):
    """Answers (lines of SVG, y below it). what: title, rows, log?, goal?"""
    rows, goal = what["rows"], what.get("goal")
    most = max([row[2].high for row in rows] + [goal or 0]) * 1.02
    scale = Scale(most, what.get("log"), min(row[2].low for row in rows))
    top = y + HEAD + (GOAL if goal else 0)
    bottom = top + len(rows) * (BAR + GAP)
    parts = [f'<text class="ink head" x="8" y="{y + 18}">{escape(what["title"])}</text>']
    for tick in scale.ticks():
        x = scale.x(tick)
        parts += [f'<path class="grid" d="M{x:.1f} {top - 4}V{bottom}"/>',
                  f'<text class="dim" x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">'
                  f'{number(tick)}</text>']
    for index, row in enumerate(rows):
        parts += bar(row, top + index * (BAR + GAP), scale)
    if goal:
        x = scale.x(goal)
        parts += [f'<path class="goal" d="M{x:.1f} {top - 6}V{bottom}" stroke-width="1.5" '
                  'stroke-dasharray="4 3"/>',
                  f'<text class="goal-text" x="{x:.1f}" y="{top - 9}" text-anchor="middle">'
                  f'goal {number(goal)}</text>']
    return parts, bottom + FOOT


def svg(title, description, panels):
    """A whole picture: panels below each other."""
    parts, y = [], 4
    for what in panels:
        lines, y = panel(what, y)
        parts += lines
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
            f'height="{y}" role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(description)}</desc>', f"<style>{STYLE}</style>"]
    return "\n".join(head + parts + ["</svg>"]) + "\n"
