# test_uninstall.py - the last of its set: make uninstall, while the server runs
# SPDX-License-Identifier: MIT
import subprocess
from pathlib import Path

from atrium import ROOT
from machine import DAEMONS, SOCKETS, is_running, run, show, systemctl


def test_it_ends_and_is_gone(server):
    systemctl("enable", "--quiet", "atrium.target")
    listed = Path("/usr/share/atrium/installed").read_text(encoding="utf-8").split()
    run("env", "PREFIX=/usr", ROOT / "tools/install", "--remove")
    assert not any(is_running(unit) for unit in (*DAEMONS, *SOCKETS))
    assert subprocess.run(["pgrep", "-f", "/usr/bin/atrium-"], check=False,
                          stdout=subprocess.DEVNULL).returncode == 1
    assert {show(unit, "LoadState") for unit in ("atrium.target", *DAEMONS)} == {"not-found"}
    assert not [path for path in listed if Path(path).exists()]
    assert not Path("/etc/systemd/system/multi-user.target.wants/atrium.target").is_symlink()
    # what is the administrator's stays: these settings and this key are not those of the installation
    assert Path("/etc/atrium/atrium.conf").exists()
    assert Path("/etc/atrium/keys/default.hs256").exists()
    assert Path("/var/lib/atrium/hub/hub.journal").exists()
