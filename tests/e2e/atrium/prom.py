# prom.py - Prometheus text, read
# SPDX-License-Identifier: MIT
import re

_LINE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Samples(list):
    """(name, labels, value) of each line."""

    def get(self, name, **labels):
        """The sum of all samples of this name that have these labels; 0 if there is none."""
        return sum(value for sample, have, value in self if sample == name
                   and all(have.get(label) == wanted for label, wanted in labels.items()))


def parse(text):
    samples = Samples()
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = _LINE.match(line).groups()
            samples.append((name, dict(_LABEL.findall(labels or "")), float(value)))
    return samples
