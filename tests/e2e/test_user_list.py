# test_user_list.py - atrium user list, and what its words may be
# SPDX-License-Identifier: MIT
import json

from atrium.command import atrium


def user(path, *options, password=None):
    return atrium("user", *options, "--file", path, "--run", path.parent, input=password)


def test_names_as_lines_and_as_json(tmp_path):
    path = tmp_path / "users"
    for name, more in (("ann", []), ("b\"ö", ["--admin"])):
        assert user(path, "add", name, *more, password="a password\n").returncode == 0
    assert user(path, "list").stdout == 'ann\nb"ö\t(admin)\n'
    assert json.loads(user(path, "list", "--json").stdout) == [
        {"name": "ann", "admin": False}, {"name": "b\"ö", "admin": True}]
    assert user(path, "--json", "list").returncode == 0


def test_words_that_are_not_expected(tmp_path):
    path = tmp_path / "users"
    for words in ([], ["nonsense"], ["add"], ["list", "ann"], ["add", "ann", "bob"],
                  ["add", "ann", "--json"], ["del", "ann", "--admin"]):
        got = user(path, *words)
        assert got.returncode == 2 and got.stdout == "" and "atrium user: " in got.stderr
