# test_help.py - atrium --help, atrium help, atrium COMMAND --help: all of one table
# SPDX-License-Identifier: MIT
import pytest

from atrium.command import atrium, table

COMMANDS, EXITS = table()


def test_help_lists_every_command_and_exit_status():
    said = {atrium(*options).stdout for options in (["--help"], ["-h"], ["help"])}
    assert len(said) == 1
    text = said.pop()
    assert {"up", "check", "token", "completion", "help"} <= set(COMMANDS)
    for name, row in COMMANDS.items():
        assert any(line.split() == [name, *row["summary"].split()] for line in text.splitlines())
    assert EXITS[0] == "done" and set(EXITS) >= {0, 1, 2}
    for code, meaning in EXITS.items():
        assert f"  {code}  {meaning}\n" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_help(name):
    got = atrium(name, "--help")
    assert got.returncode == 0 and got.stderr == ""
    assert got.stdout == atrium("help", name).stdout == atrium(name, "-h").stdout
    assert got.stdout.startswith(f"atrium {name} - {COMMANDS[name]['summary']}\n\nUsage: ")
    assert all(len(line) < 80 for line in got.stdout.splitlines())
    words = " ".join(got.stdout.split())
    for letter, option, value, about in COMMANDS[name]["options"]:
        flags = ", ".join(filter(None, (letter, option))) + (f" {value}" if value else "")
        assert f"{flags} {' '.join(about.split())}" in words


@pytest.mark.parametrize("name", COMMANDS)
def test_options_that_there_are_none(name):
    for options in (["--nonsense"], ["-%"], ["--help=1"], ["a", "b", "c", "d", "e"]):
        got = atrium(name, *options)
        assert got.returncode == 2 and got.stdout == "", options
        assert got.stderr.startswith(f"atrium {name}: ") or name == "help"
        assert f"Try 'atrium {name} --help'.\n" in got.stderr or name == "help"


@pytest.mark.parametrize("typed,meant", [("chekc", "check"), ("tok", "token"), ("hlep", "help"),
                                         ("banana", None), ("--halp", "help"), ("UP", None)])
def test_an_unknown_command_and_what_may_have_been_meant(typed, meant):
    for options in ([typed], ["help", typed]):
        if typed.startswith("-") and len(options) == 2:
            continue
        got = atrium(*options)
        assert got.returncode == 2 and got.stdout == ""
        assert got.stderr.startswith(f"atrium: '{typed}' is no command\n")
        if meant:
            assert f"Did you mean '{meant}'?\n" in got.stderr
        else:
            assert "Did you mean" not in got.stderr


def test_output_that_cannot_be_written():
    import subprocess

    from atrium import BUILD
    with open("/dev/full", "w") as full:
        for options in (["--help"], ["help", "--list"], ["completion", "bash"], ["check"]):
            got = subprocess.run([str(BUILD / "atrium"), *options], stdout=full, text=True,
                                 stderr=subprocess.PIPE, check=False)
            assert got.returncode == 1 and "cannot be written" in got.stderr
