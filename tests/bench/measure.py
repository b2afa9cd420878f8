"""measure.py - processor time and memory of a server's processes while `load` runs on it.

SPDX-License-Identifier: MIT
"""
import json
import os
import pathlib
import select
import subprocess
import time

from servers import PATIENCE, Failed

QUIET_MS = 1300  # of `load`, if it is not told another: so long after the last has come it is over
SETTLED_KB = 32  # less than this is no growth


def cpu_seconds(pid):
    """User and system time of a process in all its threads, ended ones too; exact to the ns."""
    # The kernel's name of another process's clock: see clock_getcpuclockid(3).
    return time.clock_gettime((~pid << 3) | 2)


def memory_kb(pid):
    """Its own memory, and its part of what it shares with others; not the pages of files."""
    try:
        rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except PermissionError:
        pages = pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1024
    return sum(int(line.split()[1]) for line in rollup.splitlines()
               if line.startswith(("Pss_Anon:", "Pss_Shmem:")))


def names_of(pids):
    """{pid: name}; the second of a name is "name 2"."""
    names = {}
    for pid in pids:
        name = pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        name = name.replace("atrium-", "")
        number = 1 + sum(other.partition(" ")[0] == name for other in names.values())
        names[pid] = f"{name} {number}" if number > 1 else name
    return names


class Clocks:
    """What each process of a server has used so far."""

    def __init__(self, server):
        pids = server.pids()
        self.cpu = {pid: cpu_seconds(pid) for pid in pids}
        self.names = names_of(pids)
        self.kb = sum(memory_kb(pid) for pid in pids)

    def since(self, before):
        """{name: seconds}"""
        if before.cpu.keys() != self.cpu.keys():
            raise Failed("a process of the server came or went meanwhile")
        return {name: self.cpu[pid] - before.cpu[pid] for pid, name in self.names.items()}


class Load:
    """A running load generator, phase by phase."""

    def __init__(self, build, server, work):
        command = [f"{build}/bench/load", "--port", str(server.port), "--dialect", server.dialect,
                   "--timeout", str(PATIENCE)]
        for option, value in work.items():
            command += [f"--{option}", str(value)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(self.process.stderr.read().strip() or "load ended")
        return line

    def phase(self, name):
        if self.line() != f"{name}\n":
            raise Failed("load says what it should not")

    def go_on(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self):
        """Lets it look for what comes too late, and end."""
        self.process.stdin.close()
        if self.process.wait(PATIENCE):
            raise Failed(self.process.stderr.read().strip())

    def __enter__(self):
        return self

    def __exit__(self, *_what):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass


def settle(server, quiet_ms):
    """Waits until the memory of a server has stayed the same for so long (it is not waited for
    longer than PATIENCE): what it takes in its first seconds, whoever comes, is no connection's."""
    until = time.monotonic() + PATIENCE
    kb, since = Clocks(server).kb, time.monotonic()
    while time.monotonic() < until and time.monotonic() - since < quiet_ms / 1000:
        select.select([], [], [], quiet_ms / 10000)  # memory does not tell when it grows
        now = Clocks(server).kb
        if abs(now - kb) > SETTLED_KB:
            kb, since = now, time.monotonic()


def measure(server, build, work):
    """Runs one piece of work on a server that is fresh. Answers the figures."""
    if not work["messages"]:
        settle(server, 2 * work.get("quiet", QUIET_MS))
    idle = Clocks(server)
    with Load(build, server, work) as load:
        load.phase("connected")
        connected = Clocks(server)
        result = {
            "join_us": 1e6 * sum(connected.since(idle).values()) / work["clients"],
            "kb_each": (connected.kb - idle.kb) / work["clients"],
        }
        if work["messages"]:
            load.go_on()
            load.phase("ready")
            before = Clocks(server)
            load.go_on()
            told = json.loads(load.line())
            result.update(told, **per_delivery(Clocks(server).since(before), told["deliveries"]))
        load.end()
    return result


def per_delivery(used, deliveries):
    split = {name: 1e6 * seconds / deliveries for name, seconds in used.items()}
    return {"split": split, "cpu_us": sum(split.values())}
