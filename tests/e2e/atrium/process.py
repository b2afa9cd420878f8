# process.py - one real process: its log, its readiness, its end
# SPDX-License-Identifier: MIT
import os
import re
import signal
import socket
import subprocess
import sys

from .watch import watch

# What no log of a healthy process has. With JOURNAL_STREAM set, lines carry their level.
BAD_LINE = re.compile(r"^<[0-3]>|Sanitizer|runtime error:|Assertion|DEADLYSIGNAL|core dumped")


# As systemd hands sockets down: from descriptor 3 on, to the process of this number.
HAND_DOWN = """
import fcntl, os, sys
fds = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[1].split(",")]
for number, fd in enumerate(fds):
    os.dup2(fd, 3 + number)
os.execvpe(sys.argv[2], sys.argv[2:], {**os.environ, "LISTEN_PID": str(os.getpid())})
"""


class Process:
    """
    Started at once. `notify` is the path of its readiness socket; `sockets`: {name: socket} that
    are handed down to it.
    """

    def __init__(self, name, argv, env, notify, cwd, sockets=None):
        self.name = name
        self.lines = []
        self.output = []
        self.fields = {}
        self.notes = []
        self.ready = False
        self.exit = None
        self.killed = False
        self.told_to_end = False
        self.stopped = False
        self._rest = {}
        self._notify = self._bind(notify)
        err_read, err_write = os.pipe()
        out_read, out_write = os.pipe()
        stat = os.fstat(err_write)
        env = dict(env, NOTIFY_SOCKET=notify, JOURNAL_STREAM=f"{stat.st_dev}:{stat.st_ino}")
        fds = [sock.fileno() for sock in (sockets or {}).values()]
        if sockets:
            env.update(LISTEN_FDS=str(len(fds)), LISTEN_FDNAMES=":".join(sockets))
            argv = [sys.executable, "-c", HAND_DOWN, ",".join(map(str, fds)), *argv]
        # dies with the thread that started it, if these tests are killed
        argv = ["setpriv", "--pdeathsig", "KILL", "--", *argv]
        self.popen = watch.run(lambda: subprocess.Popen(
            argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out_write, stderr=err_write,
            pass_fds=fds, start_new_session=True))
        os.close(err_write)
        os.close(out_write)
        self.pid = self.popen.pid
        self._pidfd = os.pidfd_open(self.pid)
        for fd, lines in ((err_read, self.lines), (out_read, self.output)):
            os.set_blocking(fd, False)
            watch.add(fd, lambda fd=fd, lines=lines: self._read(fd, lines))
        watch.add(self._notify, self._on_notify)
        watch.add(self._pidfd, self._on_exit)

    @staticmethod
    def _bind(path):
        if os.path.exists(path):
            os.unlink(path)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        sock.bind(path)
        return sock

    def _read(self, fd, lines):
        try:
            data = os.read(fd, 65536)
        except BlockingIOError:
            return
        rest = self._rest.pop(fd, b"") + data
        *whole, rest = rest.split(b"\n")
        if not data and rest:
            whole, rest = whole + [rest], b""
        lines += [line.decode("utf-8", "backslashreplace") for line in whole]
        self._rest[fd] = rest
        if not data:
            watch.remove_now(fd)
            os.close(fd)

    def _on_notify(self):
        while True:
            try:
                text = self._notify.recv(65536).decode()
            except BlockingIOError:
                return
            self.notes.append(text)
            for line in text.splitlines():
                key, _, value = line.partition("=")
                self.fields[key] = value
                self.ready = self.ready or line == "READY=1"

    def _on_exit(self):
        self._on_notify()
        self.exit = self.popen.wait()
        watch.remove_now(self._pidfd)
        watch.remove_now(self._notify)
        os.close(self._pidfd)
        self._notify.close()

    # ---- what tests use

    def wait_ready(self, seconds=10):
        watch.wait(lambda: self.ready or self.exit is not None, seconds,
                   lambda: f"{self.name} ready\n{self.log()}")
        if not self.ready:
            raise AssertionError(f"{self.name} ended with {self.exit} before it was ready\n"
                                 f"{self.log()}")
        return self.fields

    def wait_exit(self, seconds=10):
        watch.wait(lambda: self.exit is not None, seconds,
                   lambda: f"end of {self.name}\n{self.log()}")
        return self.exit

    def wait_line(self, pattern, seconds=5, since=0):
        """A line of the log that matches."""
        def find():
            return next((m for m in (re.search(pattern, line) for line in self.lines[since:]) if m),
                        None)
        return watch.wait(find, seconds, lambda: f"{pattern!r} in {self.name}\n{self.log()}")

    def wait_note(self, line, seconds=5):
        """A line of a message to systemd: STOPPING=1."""
        return watch.wait(lambda: any(line in note.splitlines() for note in self.notes), seconds,
                          lambda: f"{line} from {self.name}: {self.notes}")

    def wait_output(self, seconds=10):
        """The first line on stdout."""
        watch.wait(lambda: self.output or self.exit is not None, seconds,
                   lambda: f"output of {self.name}\n{self.log()}")
        assert self.output, f"{self.name} ended with {self.exit}\n{self.log()}"
        return self.output[0]

    def kill(self, number=signal.SIGKILL):
        """Sends a signal; one that ends or stops it is waited for."""
        if number == signal.SIGKILL:
            self.killed = True
        if number in (signal.SIGTERM, signal.SIGINT):
            self.told_to_end = True
        if number in (signal.SIGSTOP, signal.SIGCONT):
            self.stopped = number == signal.SIGSTOP
        os.kill(self.pid, number)
        if number == signal.SIGKILL:
            self.wait_exit()
        elif number == signal.SIGSTOP:
            os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOWAIT)

    def log(self):
        return "\n".join(f"{self.name} | {line}" for line in self.lines[-200:])

    def bad_lines(self, tolerated):
        return [f"{self.name}: {line}" for line in self.lines
                if BAD_LINE.search(line) and not any(re.search(t, line) for t in tolerated)]
