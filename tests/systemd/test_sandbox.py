# test_sandbox.py - each directive of the units' sandbox is tried from within
# SPDX-License-Identifier: MIT
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from machine import DAEMONS, pid, run, show, start, systemctl, until_active
from atrium import until

PROBE = "/usr/lib/atrium-probe.py"
PYTHON = os.path.realpath("/usr/bin/python3")
UNITS = Path("/usr/lib/systemd/system")
SANDBOX = "atrium-.service.d/10-sandbox.conf"

# directive: what it alone prevents, and what else has to be said to see it.
NET, IPC = (f"namespace:{kind}:{os.readlink(f'/proc/self/ns/{kind}')}" for kind in ("net", "ipc"))
DIRECTIVES = {
    "Group": (["group:GROUP"], []),
    "UMask": (["open_umask"], []),
    "NoNewPrivileges": (["more_privileges"], []),
    "CapabilityBoundingSet": (["capabilities"], []),
    "PrivateUsers": (["other_users"], []),
    "RestrictSUIDSGID": (["suid_file"], []),
    "RemoveIPC": (["shared_memory"], ["User=nobody"]),
    "PrivateNetwork": ([NET], []),
    "RestrictAddressFamilies": (
        [f"make_socket:{family}" for family in ("inet", "inet6", "netlink", "packet")], []),
    "IPAddressDeny": (["send"], []),
    "ProtectSystem": (["write:/usr", "write:/etc", "write:/var/lib", "write:/run"], []),
    "ReadWritePaths": ([], []),
    "ProtectHome": (["listing:/root", "listing:/home"], []),
    "PrivateTmp": (["seen:/tmp/probe"], []),
    "PrivateDevices": (["seen:/dev/probe"], []),
    "PrivateIPC": ([IPC], []),
    "NoExecPaths": (["run:/usr/bin/true"], ["ExecPaths=/usr/lib /lib64", f"ExecPaths={PYTHON}"]),
    "ProtectProc": (["seen:/proc/1"], ["User=nobody"]),
    "ProcSubset": (["seen:/proc/meminfo"], []),
    "ProtectClock": (["read_clock"], []),
    "ProtectControlGroups": (["make_directory:/sys/fs/cgroup/probe"], []),
    "ProtectHostname": (["hostname"], []),
    "ProtectKernelLogs": (["kernel_log"], []),
    "ProtectKernelModules": (["listing:/usr/lib/modules"], []),
    "ProtectKernelTunables": (["open_both:/proc/irq/default_smp_affinity"], []),
    "RestrictNamespaces": ([f"new_namespace:{which}" for which in ("user", "net", "mount")], []),
    "RestrictRealtime": (["realtime"], []),
    "LockPersonality": (["personality"], []),
    "MemoryDenyWriteExecute": (["write_execute", "make_executable"], []),
    "SystemCallArchitectures": (["other_architecture"], []),
    "SystemCallFilter": (
        ["trace", *(f"system_call:{name}" for name in (
            "keyctl", "add_key", "io_uring_setup", "process_vm_readv", "shmget", "mq_open",
            "setuid", "chown", "userfaultfd", "memfd_create", "ioprio_set", "mount", "bpf",
            "swapon", "perf_event_open", "kexec_load", "chroot"))],
        ["SystemCallErrorNumber=EPERM"]),
    "SystemCallErrorNumber": ([], []),
    "LimitCORE": (["core_dump"], []),
    "User": (["root"], []),
    "ExecPaths": ([], []),
}
# The rest is no sandbox.
OTHERS = {"Type", "NotifyAccess", "ExecStart", "ExecReload", "Restart", "RestartSec", "WatchdogSec",
          "StateDirectory", "StateDirectoryMode", "LoadCredential", "LimitNOFILE", "MemoryMax",
          "OOMScoreAdjust", "TasksMax", "SupplementaryGroups", "Environment"}
# What a unit needs that is refused to the others.
EXCEPT = {"atrium-hub": {"system_call:chown"}}


def unit_file(unit):
    return UNITS / (re.sub("@.*", "@", unit) + ".service")


def directives(path):
    """[(key, value)] of [Service]."""
    text = path.read_text(encoding="utf-8")
    service = re.split(r"^\[Service\]$", text, flags=re.M)[1]
    return re.findall(r"^([A-Za-z]+)=(.*)$", re.split(r"^\[", service, flags=re.M)[0], re.M)


def values(unit):
    found = {}
    for key, value in directives(unit_file(unit)) + directives(UNITS / SANDBOX):
        found.setdefault(key, []).append(value)
    return found


def tries_of(unit, directive):
    """What is not possible to it with this directive."""
    names = [name.replace("GROUP", values(unit).get("Group", [""])[0]) for name in DIRECTIVES[directive][0]]
    return [name for name in names if name not in EXCEPT.get(unit, ())]


@pytest.fixture(scope="module", autouse=True)
def things():
    """What is there to be seen, and no sandbox shows it."""
    shutil.copy(Path(__file__).with_name("probe.py"), PROBE)
    os.chmod(PROBE, 0o755)
    for path in ("/root", "/home", "/tmp", "/dev", "/usr/lib/modules"):
        Path(path).mkdir(parents=True, exist_ok=True)
        (Path(path) / "probe").touch()
    Path("/etc/atrium/tls/key.pem").write_text("no key", encoding="ascii")
    os.chmod("/etc/atrium/tls/key.pem", 0o600)


def attempt(tries, *properties):
    """What a process is refused that has only these of a sandbox: {try: why}."""
    words = [word for text in properties for word in ("-p", text)]
    done = subprocess.run(["systemd-run", "--quiet", "--wait", "--pipe", "--collect", *words, PYTHON,
                           PROBE, *tries], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return {name: why for name, why in json.loads(done.stdout).items() if why}


def attempt_as(unit, tries):
    """What a process is refused that has all of this unit's sandbox."""
    name = unit.replace("atrium-", "atrium-probe-", 1)
    out = Path(f"/run/{name}.json")
    own = {"Type": "oneshot", "ExecStart": f"{PYTHON} {PROBE} {' '.join(tries)}",
           "StandardOutput": f"truncate:{out}", "ExecPaths": PYTHON}
    lines = [f"{key}={value}" for key, value in directives(unit_file(unit))
             if key not in ("Type", "ExecStart", "ExecReload", "Restart", "RestartSec", "WatchdogSec",
                            "NotifyAccess")]
    path = Path("/run/systemd/system") / (re.sub("@.*", "@", name) + ".service")
    path.write_text("\n".join(["[Service]", *lines, *(f"{k}={v}" for k, v in own.items()), ""]),
                    encoding="utf-8")
    systemctl("daemon-reload")
    systemctl("start", name)
    path.unlink()
    systemctl("daemon-reload")
    return {tried: why for tried, why in json.loads(out.read_text(encoding="utf-8")).items() if why}


# ---- the directives

def test_every_directive_is_known():
    for unit in DAEMONS:
        unknown = set(values(unit)) - set(DIRECTIVES) - OTHERS
        assert not unknown, f"{unit}: {unknown}: tell DIRECTIVES how to try them, or OTHERS"


@pytest.mark.parametrize("directive", [name for name, (tries, _) in DIRECTIVES.items() if tries])
def test_each_directive_alone(directive, server):
    """Without it the probe can, with it the probe cannot."""
    more = DIRECTIVES[directive][1]
    unit = next(unit for unit in DAEMONS if directive in values(unit) and unit not in EXCEPT)
    tries = tries_of(unit, directive)
    alone = [f"{directive}={value.replace('@BINDIR@', '/usr/bin')}" for value in values(unit)[directive]]
    without = [text for text in more if text.startswith("User=")]
    possible = set(tries) - set(attempt(tries, *without))
    if directive == "RemoveIPC":
        assert possible and Path("/dev/shm/probe").exists()
        assert not attempt(tries, *alone, *more)
        assert not Path("/dev/shm/probe").exists()
        return
    if not possible:
        pytest.skip(f"this machine lets no one: {tries}")
    refused = attempt(tries, *alone, *more)
    assert possible <= set(refused), f"possible with {directive}: {possible - set(refused)}"


@pytest.mark.parametrize("unit", DAEMONS)
def test_all_of_a_units_sandbox(unit, server):
    tries = [name for key in DIRECTIVES for name in tries_of(unit, key)
             if key in values(unit) and key not in ("RemoveIPC", "PrivateDevices")]
    allowed = ["write:/run/atrium", "make_socket:unix"]
    refused = attempt_as(unit, tries + allowed)
    assert set(refused) == set(tries), (set(tries) - set(refused), set(refused) - set(tries))


# ---- what is each one's own

@pytest.mark.parametrize("unit", DAEMONS)
def test_what_is_anothers(unit, server):
    """Keys, certificates, state and processes of the others are out of reach."""
    theirs = ["read:/etc/atrium/keys/default.hs256", "read:/etc/atrium/tls/key.pem"]
    for other in DAEMONS:
        own = other == unit
        state = f"/var/lib/atrium/{other.removeprefix('atrium-')}"
        if os.path.isdir(state) and not own:
            theirs += [f"listing:{state}", f"write:{state}"]
        if not own:
            theirs += [f"signal:{pid(other)}", f"read:/proc/{pid(other)}/environ",
                       f"open_both:/proc/{pid(other)}/mem"]
    theirs.append("read:/run/credentials/atrium-auth.service/keys_default.hs256")
    refused = attempt_as(unit, theirs)
    assert set(refused) == set(theirs), set(theirs) - set(refused)


@pytest.mark.parametrize("unit", DAEMONS)
def test_sockets_are_their_owners(unit, server):
    """In the directory that all may write to, no one takes away what is another's."""
    sockets = {"atrium-hub": "hub.sock", "atrium-auth": "auth.sock", "atrium-metrics": "metrics.sock"}
    theirs = [f"remove:/run/atrium/{name}" for owner, name in sockets.items() if owner != unit]
    theirs += ["connect:/run/atrium/auth.control"] if unit != "atrium-auth" else []
    assert set(attempt_as(unit, theirs)) == set(theirs)
    assert not attempt_as(unit, ["connect:/run/atrium/hub.sock"])


def test_credentials_are_for_their_unit(server):
    for unit, path in (("atrium-auth", "/run/credentials/atrium-probe-auth.service/keys_default.hs256"),
                       ("atrium-gateway@1",
                        "/run/credentials/atrium-probe-gateway@1.service/tls_key.pem")):
        assert not attempt_as(unit, [f"read:{path}"])
        for other in DAEMONS:
            if other != unit:
                assert attempt_as(other, [f"seen:{path}"])


# ---- figures

@pytest.mark.parametrize("unit", DAEMONS)
def test_the_exposure_is_low(unit, server):
    said = run("systemd-analyze", "security", "--no-pager", f"{unit}.service")
    level = float(re.search(r"exposure level for \S+: (\S+)", said)[1])
    assert level <= 1.5, said
    print(unit, level)


def test_limits(server):
    assert show("atrium-gateway@1", "LimitNOFILE") == "131072"
    limits = {unit: int(show(unit, "MemoryMax")) for unit in DAEMONS}
    assert limits == {"atrium-hub": 4 << 30, "atrium-auth": 512 << 20, "atrium-metrics": 512 << 20,
                      "atrium-gateway@1": 4 << 30}
    assert {show(unit, "TasksMax") for unit in DAEMONS} == {"32"}


def test_no_needed_system_call_is_refused(server):
    """With calls that are refused ending the process, all goes on as it does otherwise."""
    drop = Path("/run/systemd/system/atrium-.service.d")
    drop.mkdir()
    (drop / "zz.conf").write_text("[Service]\nSystemCallErrorNumber=kill\n", encoding="ascii")
    systemctl("daemon-reload")
    try:
        systemctl("restart", *DAEMONS)
        start()
        systemctl("reload", "atrium-*.service")
        until(lambda: show("atrium-hub", "SubState") == "running", 20, "running")
        until_active(*DAEMONS)
        assert {show(unit, "NRestarts") for unit in DAEMONS} == {"0"}
    finally:
        shutil.rmtree(drop)
        systemctl("daemon-reload")
        systemctl("restart", *DAEMONS)
