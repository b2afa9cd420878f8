# test_man.py - manual pages: whole, and roff that nothing complains about
# SPDX-License-Identifier: MIT
import re
import subprocess

import pytest

from atrium.command import table
from atrium.where import BUILD, ROOT, patient

DAEMONS = ("gateway", "hub", "auth", "metrics", "webhook")
PAGES = ("atrium.1", "libatrium.3", "atrium.conf.5", *(f"atrium-{name}.8" for name in DAEMONS))


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """{name: (path, text as it is read)}"""
    directory = tmp_path_factory.mktemp("man")
    run(ROOT / "tools/man-pages", BUILD, directory)
    assert sorted(path.name for path in directory.iterdir()) == sorted(PAGES)
    return {name: (directory / name, " ".join(
        run("mandoc", "-T", "utf8", "-O", "width=500", directory / name).split()))
        for name in PAGES}


def run(*command):
    got = subprocess.run(list(map(str, command)), text=True, capture_output=True, check=False,
                         timeout=patient(30), cwd=ROOT)
    assert got.returncode == 0 and got.stderr == "", got.stderr
    return re.sub(".\b", "", got.stdout)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_complains(pages, page):
    path, text = pages[page]
    run("groff", "-man", "-ww", "-z", "-Tutf8", "-K", "utf8", path)
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(path)], text=True,
                          capture_output=True, check=False)
    wrong = [line for line in lint.stdout.splitlines()
             if "missing date" not in line]  # pages are made anew with each build
    assert not wrong
    for word in ("NAME", "SEE ALSO"):
        assert word in text
    assert "`" not in text


def test_every_command_and_option_and_exit_status(pages):
    text = pages["atrium.1"][1]
    commands, exits = table()
    for name, row in commands.items():
        assert f"atrium {name} " in text
        for letter, option, value, about in row["options"]:
            flags = ", ".join(filter(None, (letter, option))) + (f" {value}" if value else "")
            assert f"{flags} {about}".split() == about_in(text, flags, about)
    for code, meaning in exits.items():
        assert f"{code} {meaning}" in text


def about_in(text, flags, about):
    start = text.find(f"{flags} {about}")
    return text[start:start + len(f"{flags} {about}")].split() if start >= 0 else []


@pytest.mark.parametrize("daemon", DAEMONS)
def test_every_option_of_a_daemon(pages, daemon):
    text = pages[f"atrium-{daemon}.8"][1]
    for flags, about in re.findall(r"^  +(--?\w.*?)  +(\S.*)$", run(BUILD / f"atrium-{daemon}",
                                                                  "--help"), re.M):
        assert f"{flags} {about}" in text
    for heading in ("SYNOPSIS", "OPTIONS", "SOCKETS", "SIGNALS", "FILES", "EXIT STATUS"):
        assert f" {heading} " in text


def test_every_setting(pages, tmp_path):
    text = pages["atrium.conf.5"][1]
    (tmp_path / "conf").write_text('[room "PATTERN"]\n')
    seen = 0
    for daemon in DAEMONS:
        shown = run(BUILD / f"atrium-{daemon}", "-nv", "-c", tmp_path / "conf")
        for about, key in re.findall(r"^# (.*) \(default: .*\)\n([a-z_]+) =", shown, re.M):
            assert f"{key} {plain(about)}" in text
            seen += 1
        for section in re.findall(r"^\[.*\]$", shown, re.M):
            assert f" {section} " in text
    assert seen > 50


def plain(text):
    return " ".join(text.replace("`", "").split())


def test_installed_where_they_are_looked_for(tmp_path):
    run("make", "-s", f"V={BUILD.name}", "man")
    run("env", f"DESTDIR={tmp_path}", "PREFIX=/usr", "tools/install", BUILD)
    share = tmp_path / "usr/share"
    for page in PAGES:
        assert (share / f"man/man{page[-1]}" / page).stat().st_size > 500
    assert "complete -F _atrium atrium" in (share / "bash-completion/completions/atrium").read_text()
    assert (share / "zsh/site-functions/_atrium").read_text().startswith("#compdef atrium\n")


def test_every_function_of_the_library(pages):
    """All that a handler may call, and no more than the header declares."""
    header = (ROOT / "proto/atrium.h").read_text(encoding="utf-8")
    functions = set(re.findall(r"^[a-z].*?\b(atrium_\w+)\(", header, re.M))
    assert len(functions) > 40
    assert set(re.findall(r"[ *](atrium_\w+)\(", pages["libatrium.3"][1])) == functions
