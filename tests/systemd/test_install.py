# test_install.py - what make install puts where, and that make uninstall takes it away
# SPDX-License-Identifier: MIT
import os
import re
import subprocess
from pathlib import Path

import pytest

from atrium import BUILD, ROOT

UNITS = {"atrium.target", "atrium-hub.service", "atrium-auth.service", "atrium-metrics.service",
         "atrium-metrics.socket", "atrium-gateway@.service", "atrium-gateway@.socket",
         "atrium-gateway-tls@.socket", "atrium-webhook.service", "atrium-handler@.service",
         "atrium-.service.d/10-sandbox.conf"}
PROGRAMS = {"atrium", "atrium-gateway", "atrium-hub", "atrium-auth", "atrium-metrics",
            "atrium-webhook"}
LIBRARY = {"include/atrium.h", "lib/libatrium.a", "lib/libatrium.so", "lib/libatrium.so.0",
           "lib/pkgconfig/atrium.pc"}
PAGES = {"man1/atrium.1", "man3/libatrium.3", "man5/atrium.conf.5", *(f"man8/{name}.8" for name in PROGRAMS - {"atrium"})}


def install(destdir, *words, prefix="/opt/place", **more):
    env = {**os.environ, "DESTDIR": str(destdir), "PREFIX": prefix, **more}
    done = subprocess.run([ROOT / "tools/install", *(words or (str(BUILD),))], env=env, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    return done.returncode, done.stdout


def files(destdir):
    return {str(path.relative_to(destdir)) for path in Path(destdir).rglob("*") if not path.is_dir()}


def expected(prefix, units):
    return {*(f"{prefix}/bin/{name}" for name in PROGRAMS), *(f"{units}/{name}" for name in UNITS),
            *(f"{prefix}/share/man/{name}" for name in PAGES),
            *(f"{prefix}/{name}" for name in LIBRARY), "etc/atrium/atrium.conf",
            f"{prefix}/lib/sysusers.d/atrium.conf", f"{prefix}/lib/tmpfiles.d/atrium.conf",
            f"{prefix}/share/atrium/atrium.conf", f"{prefix}/share/atrium/installed",
            f"{prefix}/share/bash-completion/completions/atrium",
            f"{prefix}/share/zsh/site-functions/_atrium"}


def test_a_tree_has_all_that_is_needed_and_nothing_else(tmp_path):
    assert install(tmp_path) == (0, "")
    found = files(tmp_path)
    pages = {path for path in found if path.startswith("opt/place/share/atrium/static/")}
    assert {f"opt/place/share/atrium/static/{name}"
            for name in ("index.html", "chat.html", "atrium-client.mjs")} <= pages
    assert found - pages == expected("opt/place", "opt/place/lib/systemd/system")
    assert (tmp_path / "etc/atrium/keys").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "etc/atrium/tls").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "etc/atrium/webhook").stat().st_mode & 0o777 == 0o700


def test_settings_are_explained_and_are_the_defaults(tmp_path):
    """With every # in front of a key taken away it says what is in force without it."""
    install(tmp_path)
    text = (tmp_path / "etc/atrium/atrium.conf").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 100
    assert not re.search(r"^[^#\[\n]", text, re.M)  # nothing is set
    (tmp_path / "all.conf").write_text(re.sub(r"^#(\[|[a-z_]+ =)", r"\1", text, flags=re.M),
                                       encoding="utf-8")
    (tmp_path / "named.conf").write_text('[room "NAME-*"]\n[handler "NAME"]\n[alert "NAME"]\n[webhook "NAME"]\n',
                                         encoding="ascii")
    for program in sorted(PROGRAMS - {"atrium"}):
        printed = [subprocess.run([BUILD / program, "-n", "-c", tmp_path / conf], check=True,
                                  stdout=subprocess.PIPE, env={}).stdout
                   for conf in ("all.conf", "named.conf")]
        assert printed[0] == printed[1]


def test_units_name_the_programs_where_they_are(tmp_path):
    install(tmp_path, UNITDIR="/elsewhere")
    for unit in UNITS:
        text = (tmp_path / "elsewhere" / unit).read_text(encoding="utf-8")
        assert not re.search("@[A-Z]+@", text), unit
        for program in re.findall(r"^Exec(?:Start|Paths)=(/opt\S*)", text, re.M):
            assert os.access(f"{tmp_path}{program}", os.X_OK)
    assert "/opt/place/bin/atrium-hub" in (tmp_path / "elsewhere/atrium-hub.service").read_text(
        encoding="utf-8")


def test_all_of_it_is_taken_away(tmp_path):
    install(tmp_path)
    assert install(tmp_path, "--remove") == (0, "")
    assert files(tmp_path) == set()
    assert not (tmp_path / "etc/atrium").exists() and not (tmp_path / "opt/place/share/atrium").exists()
    status, said = install(tmp_path, "--remove")
    assert status == 1 and "nothing is listed" in said


@pytest.mark.parametrize("when", ["over it", "removed"])
def test_what_is_the_administrators_stays(tmp_path, when):
    install(tmp_path)
    kept = {"etc/atrium/atrium.conf": "[hub]\nhistory = 5\n", "etc/atrium/keys/mine.hs256": "x" * 32,
            "opt/place/bin/other": "x"}
    for path, text in kept.items():
        (tmp_path / path).write_text(text, encoding="ascii")
    assert install(tmp_path, *(("--remove",) if when == "removed" else ())) == (0, "")
    assert {path: (tmp_path / path).read_text(encoding="ascii") for path in kept} == kept
    if when == "removed":
        assert files(tmp_path) == set(kept)
