# test_completion.py - what bash and zsh complete
# SPDX-License-Identifier: MIT
import shlex
import shutil
import subprocess

import pytest

from atrium.command import atrium, table

COMMANDS, _ = table()


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    directory = tmp_path_factory.mktemp("completion")
    paths = {}
    for shell in ("bash", "zsh"):
        got = atrium("completion", shell)
        assert got.returncode == 0 and got.stderr == ""
        paths[shell] = directory / shell
        paths[shell].write_text(got.stdout)
    return paths


def run(shell, text, cwd=None):
    got = subprocess.run([shutil.which(shell), *(["-f"] if shell == "zsh" else ["--norc"]),
                          "-c", text], text=True, capture_output=True, check=False, cwd=cwd)
    assert got.returncode == 0 and got.stderr == "", got.stderr
    return got.stdout.splitlines()


@pytest.fixture
def complete(script, tmp_path):
    (tmp_path / "a file").write_text("")
    (tmp_path / "a dir").mkdir()

    def call(*words):
        """What bash offers for the last of the words, as it cuts them."""
        return set(run("bash", f"source {script['bash']}; COMP_WORDS=({shlex.join(words)}); "
                       f"COMP_CWORD={len(words) - 1}; _atrium; "
                       "for w in \"${COMPREPLY[@]}\"; do printf '%s\\n' \"$w\"; done", cwd=tmp_path))
    return call


def test_bash_commands(complete):
    assert complete("atrium", "") == set(COMMANDS)
    assert complete("atrium", "to") == {"token"}
    assert complete("atrium", "--") == {"--help", "--version"}
    assert complete("atrium", "help", "") == set(COMMANDS)
    assert complete("atrium", "completion", "") == {"bash", "zsh"}
    assert complete("atrium", "completion", "bash", "") == set()
    assert complete("atrium", "nonsense", "") == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_bash_options(complete, name):
    offered = complete("atrium", name, "-")
    assert offered == {flag for letter, option, _, _ in COMMANDS[name]["options"]
                       for flag in (letter, option) if flag}


def test_bash_files_and_directories(complete):
    assert complete("atrium", "up", "-c", "a") == {"a file", "a dir"}
    assert complete("atrium", "up", "--config", "=", "a") == {"a file", "a dir"}
    assert complete("atrium", "up", "--config", "=") == {"a file", "a dir"}
    assert complete("atrium", "up", "--data", "a") == {"a dir"}
    assert complete("atrium", "token", "--user", "a") == set()
    assert complete("atrium", "token", "--user", "a", "--admin", "--key") == {"--keys"}


def zsh_offers(script, *words):
    """Every argument of _arguments, the names of _describe."""
    return run("zsh", "compdef() { }; _arguments() { print -l -- \"$@\" }; "
               "_describe() { print -l -- ${(P)2} }; "
               f"source {script['zsh']}; words=({shlex.join(words)}); CURRENT={len(words)}; _atrium")


def test_zsh_syntax_and_the_completion_system(script):
    run("zsh", f"zsh -n {script['zsh']}")
    assert run("zsh", f"autoload -U compinit; compinit -D; source {script['zsh']}; "
               "print $_comps[atrium]") == ["_atrium"]


def test_zsh_commands(script):
    offered = zsh_offers(script, "atrium", "")
    assert {line.split(":")[0] for line in offered if ":" in line} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_zsh_options(script, name):
    offered = [line.partition("[")[0].rstrip("=") for line in
               zsh_offers(script, "atrium", name, "") if line.startswith("-") and "[" in line]
    assert set(offered) == {flag for letter, option, _, _ in COMMANDS[name]["options"]
                            for flag in (letter, option) if flag}


@pytest.mark.parametrize("options", [[], ["fish"], ["bash", "zsh"]])
def test_other_shells(options):
    got = atrium("completion", *options)
    assert got.returncode == 2 and got.stdout == "" and "atrium completion --help" in got.stderr
