# test_security.py - docs/security.md names tests that there are
# SPDX-License-Identifier: MIT
import re

from atrium import ROOT

NAMED = re.compile(r"`(tests/[\w/.]+): ([^`]+)`")


def test_every_named_test_exists():
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = NAMED.findall(text)
    assert len(named) > 20
    for path, name in named:
        found = (ROOT / path).read_text(encoding="utf-8")
        if path.endswith(".c"):
            assert f"cmocka_unit_test({name})" in found, f"{path}: {name}"
        elif path.endswith(".py"):
            assert re.search(rf"^(async )?def {name}\(", found, re.M), f"{path}: {name}"
        else:
            assert f'test("{name}"' in found, f"{path}: {name}"


def test_every_row_of_dangers_is_shown():
    """A danger without a test is no answer."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    dangers = re.findall(r"\| danger \|.*?\n\n", text, re.S)
    assert dangers
    for table in dangers:
        for row in table.strip().splitlines()[2:]:
            assert NAMED.search(row), row
