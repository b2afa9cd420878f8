# test_package.py - the Debian package: installed, upgraded under load, removed, purged
# SPDX-License-Identifier: MIT
import os
import subprocess
from pathlib import Path

import pytest

import machine
from atrium import ROOT, until
from hammer import Hammer
from machine import (CONF, DAEMONS, PORT, SOCKETS, aside, api, chat, get, is_active, is_ready, is_running,
                     pid, run, show, systemctl, token, write_conf)

OLD, NEW = (ROOT / os.environ[name] for name in ("DEB_OLD", "DEB_NEW"))
LIBRARY, DEVELOPMENT = (OLD.with_name(OLD.name.replace("atrium_", f"{name}_"))
                        for name in ("libatrium0", "libatrium-dev"))


def apt(*words):
    return run("apt-get", "-q", "-y", *words, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def dpkg(*words):
    """As apt calls it, without what else apt does."""
    return run("dpkg", *words, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def version():
    return run("dpkg-query", "-W", "-f", "${Version} ${db:Status-Abbrev}", "atrium", check=False).split()


def ours():
    """Files of the machine that have our name."""
    found = run("find", "/etc", "/usr", "/lib/", "/var/lib", "/run", "-xdev", "-name", "*atrium*",
                "-not", "-path", "/usr/src/*", check=False).split()
    return {path for path in found if not path.startswith(("/run/user", "/run/systemd/units"))
            and not path.startswith(str(ROOT))}


@pytest.fixture(scope="module", autouse=True)
def quiet_machine():
    """Where images forbid packages to start anything, they may here; nothing else has our name."""
    Path("/usr/sbin/policy-rc.d").unlink(missing_ok=True)
    Path("/var/lib/man-db/auto-update").unlink(missing_ok=True)
    for hook in Path("/etc/apt/apt.conf.d").glob("*packagekit*"):
        hook.unlink()
    before = ours()
    assert not any(is_running(unit) for unit in DAEMONS)
    yield before


# Each goes on where the one before has ended: the way of a package over a machine.

def test_installed_it_runs(quiet_machine):
    apt("install", str(OLD))
    assert version() == [run("dpkg-deb", "-f", str(OLD), "Version").strip(), "ii"]
    systemctl("start", "atrium.target")
    until(is_ready, 20, "ready")
    assert is_active(*DAEMONS, *SOCKETS)
    assert systemctl("is-enabled", "atrium.target").strip() == "enabled"
    assert get("/")[0] == 200
    # there is a key, so who is root can ask it
    assert api("status", token("--user", "root", "--admin"))["version"]
    assert run("dpkg", "-V", "atrium") == ""


def test_handlers_are_built_with_the_packages_for_them(quiet_machine, tmp_path):
    apt("install", str(LIBRARY), str(DEVELOPMENT))
    program = tmp_path / "probe"
    (tmp_path / "proto").symlink_to("/usr/include")  # where the tests' own has the header
    compiler = ["cc", "-D_GNU_SOURCE", "-o", str(program), f"-I{tmp_path}",
                str(ROOT / "tests/e2e/handlers/probe.c")]
    run(*compiler, *run("pkg-config", "--cflags", "--libs", "atrium").split())
    assert "libatrium.so.0 => /lib" in run("ldd", str(program))
    assert "libatrium0" in run("dpkg", "-S", "libatrium.so.0")
    run(*compiler, "-l:libatrium.a", "-lzmq", "-lm")
    assert "libatrium" not in run("ldd", str(program))
    dpkg("-P", "libatrium-dev", "libatrium0")


def test_root_makes_users(quiet_machine):
    run("sh", "-c", "echo password1 | atrium user add ann --file /var/lib/atrium/auth/users"
                    " --run /run/atrium")
    run("sh", "-c", "echo password2 | atrium user passwd ann --file /var/lib/atrium/auth/users"
                    " --run /run/atrium")
    said = run("atrium", "revoke", "--user", "ann", "--run", "/run/atrium")
    assert "1 gateways" in said


@pytest.mark.deadline(90)
async def test_upgraded_under_load_it_loses_nothing(quiet_machine):
    write_conf()
    conf = CONF.read_text(encoding="ascii")
    systemctl("restart", "atrium-hub", "atrium-gateway@1")
    await aside(until, is_ready, 20, "ready")
    before = [pid(unit) for unit in DAEMONS]
    async with chat("upgraded", members=5) as check, Hammer(PORT) as hammer:
        await check.progress(100)
        check.killing("gateway")
        await aside(dpkg, "-i", str(NEW))
        check.killing("gateway")
        await check.progress(100)
        await hammer.served_more(20)
    assert version() == [run("dpkg-deb", "-f", str(NEW), "Version").strip(), "ii"]
    assert not set(before) & {pid(unit) for unit in DAEMONS}
    assert is_active(*DAEMONS, *SOCKETS)
    assert CONF.read_text(encoding="ascii") == conf
    assert {end.code for client in check.clients for end in client.ends} == {1012}


async def test_a_gateway_that_was_added_is_upgraded_too(quiet_machine):
    systemctl("start", "atrium-gateway@2")
    before = pid("atrium-gateway@2")
    await aside(dpkg, "-i", str(NEW))
    assert is_active("atrium-gateway@2", *DAEMONS) and pid("atrium-gateway@2") != before
    systemctl("stop", "atrium-gateway@2.socket", "atrium-gateway@2.service")


async def test_what_does_not_run_is_not_started(quiet_machine):
    machine.stop()
    systemctl("disable", "--quiet", "atrium.target")
    await aside(dpkg, "-i", str(NEW))
    assert not any(is_running(unit) for unit in (*DAEMONS, *SOCKETS))
    assert systemctl("is-enabled", "atrium.target", check=False).strip() == "disabled"
    systemctl("enable", "--quiet", "--now", "atrium.target")


def test_removed_it_ends_and_keeps_what_is_the_administrators(quiet_machine):
    until(is_ready, 20, "ready")
    conf = CONF.read_text(encoding="ascii")
    dpkg("-r", "atrium")
    assert version()[1] == "rc"
    assert not any(is_running(unit) for unit in (*DAEMONS, *SOCKETS))
    assert subprocess.run(["pgrep", "-f", "/usr/bin/atrium-"], check=False,
                          stdout=subprocess.DEVNULL).returncode == 1
    assert CONF.read_text(encoding="ascii") == conf
    for path in ("/etc/atrium/keys/default.hs256", "/var/lib/atrium/hub/hub.journal",
                 "/var/lib/atrium/auth/users"):
        assert Path(path).exists(), path
    assert not Path("/usr/bin/atrium").exists() and not Path("/run/atrium").exists()


async def test_installed_again_it_knows_what_it_knew(quiet_machine):
    users = Path("/var/lib/atrium/auth/users").read_bytes()
    await aside(dpkg, "-i", str(NEW))
    await aside(until, is_ready, 20, "ready")
    assert Path("/var/lib/atrium/auth/users").read_bytes() == users
    kept = api("history", token("--user", "root", "--admin"), room="upgraded", limit=3)
    assert len(kept["messages"]) == 3


def test_purged_nothing_is_left(quiet_machine):
    dpkg("-P", "atrium")
    assert version()[:1] in ([], ["dpkg-query:"]) or version()[1] == "un"
    assert show("atrium-hub", "LoadState") == "not-found"
    assert ours() - quiet_machine == set()


@pytest.mark.parametrize("package", [OLD, LIBRARY, DEVELOPMENT], ids=lambda path: path.name.split("_")[0])
def test_lintian_has_nothing_against_it(package):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", str(package)],
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8")
    assert done.returncode == 0, done.stdout
