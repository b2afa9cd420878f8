# test_documents.py - tests that a page names are there
# SPDX-License-Identifier: MIT
import re

import pytest

from atrium import ROOT

PAGE = (ROOT / "docs/rfc6455.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w.]+)::(\w+)`", PAGE)))


@pytest.mark.parametrize("file,name", NAMED)
def test_a_test_that_is_named_is_there(file, name):
    if file.endswith(".c"):
        text = (ROOT / f"tests/unit/gateway/test_{file}").read_text(encoding="utf-8")
        assert re.search(rf"cmocka_unit_test\w*\({name}\b", text)
    else:
        text = (ROOT / f"tests/e2e/test_{file}.py").read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {name}\(", text, re.M)


def test_every_row_of_a_rule_names_a_test():
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) > 40 and all("::" in row.split("|")[4] for row in rows)


def test_every_source_that_is_named_is_there():
    for row in re.findall(r"^\| \d.*", PAGE, re.M):
        for name in re.findall(r"`(\w+\.(?:c|def))`", row.split("|")[3]):
            assert (ROOT / "gateway" / name).exists() or (ROOT / "proto" / name).exists(), name
