"""servers.py - how the benchmark starts Atrium, the floor and the others, and finds their processes.

How each is configured is in servers/. All listen on loopback, log nothing for a client, and
run one process or worker, but for Atrium, which is four.

SPDX-License-Identifier: MIT
"""
import contextlib
import os
import pathlib
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 60  # seconds for anything
CONF = pathlib.Path(__file__).resolve().parent / "servers"
FILES = 20000  # connections that are more than any work has

# Limits of a client and of an address that a load generator would run into.
UNLIMITED = {"ATRIUM_GATEWAY_RATE_MESSAGES": "0", "ATRIUM_GATEWAY_RATE_BYTES": "0",
             "ATRIUM_GATEWAY_MAX_PER_ADDRESS": "0"}


class Failed(Exception):
    """A server did not start, or the work was not done whole."""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def output_of(*command):
    """What a program prints, on either stream; empty if it is not there."""
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError:
        return ""
    return run.stdout.strip()


def package_version(name):
    return output_of("dpkg-query", "-W", "-f", "${Version}", name)


def children_of(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


class Server:
    """A running server: its port, and the processes whose time counts."""
    title, dialect, program = None, "plain", None
    run = ""  # how, in words

    def __init__(self, command, env=None):
        self.process = subprocess.Popen(command, cwd=self.directory, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env=env, text=True)

    def __new__(cls, *_args, **_kwargs):
        self = super().__new__(cls)
        # Sockets have short names; a build folder may be deep.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="atrium-bench-"))
        return self

    @classmethod
    def missing(cls):
        """What is needed and not there, or None."""
        return None if cls.program is None or shutil.which(cls.program) else cls.program

    def wait_for(self, pattern):
        """Answers what the first line that matches has in its group."""
        until = time.monotonic() + PATIENCE
        while select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))[0]:
            line = self.process.stdout.readline()
            found = re.search(pattern, line)
            if found:
                return found.group(1)
            if not line:
                break
        self.stop()
        raise Failed(f"{self.title} did not get ready")

    def wait_for_port(self):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            select.select([], [], [], 0.02)
        self.stop()
        raise Failed(f"{self.title} did not get ready")

    def configure(self, name, **more):
        """The file of servers/ with its blanks filled in."""
        blanks = {"port": self.port, "files": FILES, "connections": FILES - 1000,
                  "user": pwd.getpwuid(os.getuid()).pw_name, **more}
        text = re.sub(r"%\((\w+)\)s", lambda found: str(blanks[found.group(1)]),
                      (CONF / name).read_text(encoding="utf-8"))
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def pids(self):
        """All processes, the ones that they have started included."""
        found = [self.process.pid] if self.process.poll() is None else []
        for pid in found:
            found += children_of(pid)
        return found

    def stop(self):
        """At once: all has been measured, and some take long to say goodbye."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class Floor(Server):
    title = "floor"
    run = "one thread, epoll, one send for each client and message; no check, no feature"

    def __init__(self, build):
        super().__init__([f"{build}/bench/floor"])
        self.port = int(self.wait_for(r"^port (\d+)"))

    @staticmethod
    def version():
        return "tests/bench/floor.c"


class Atrium(Server):
    title, dialect = "Atrium", "atrium"
    gateways = 1
    run = "hub, auth, metrics and one gateway, with their defaults; per-client and per-address limits off"

    def __init__(self, build, conf=None, **settings):
        """Settings as of the environment, and what only a file can say."""
        self.more = []
        env = {**os.environ, "ATRIUM_METRICS_PORT": "0", "ATRIUM_ATRIUM_LOG_LEVEL": "warn",
               **UNLIMITED, **settings}
        self.data = self.directory
        command = [f"{build}/atrium", "up", "--port", "0", "--data", str(self.data)]
        if conf:
            (self.data / "atrium.conf").write_text(conf, encoding="utf-8")
            command += ["-c", str(self.data / "atrium.conf")]
        super().__init__(command, env)
        self.port = int(self.wait_for(r"Atrium is ready: http://[^:]+:(\d+)/"))
        for instance in range(2, self.gateways + 1):
            self.add_gateway(build, instance, env)

    def add_gateway(self, build, instance, env):
        """Another on the same port; ready when it says so as to systemd."""
        path = f"{self.directory}/notify-{instance}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            notify.settimeout(PATIENCE)
            env = {**env, "NOTIFY_SOCKET": path, "ATRIUM_GATEWAY_PORT": str(self.port),
                   "ATRIUM_ATRIUM_RUNTIME_DIR": str(self.data / "run")}
            self.more.append(subprocess.Popen(
                [f"{build}/atrium-gateway", "--instance", str(instance)], env=env,
                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            while b"READY=1" not in notify.recv(65536):
                pass

    def pids(self):
        return super().pids() + [process.pid for process in self.more if process.poll() is None]

    def stop(self):
        super().stop()
        for process in self.more:
            process.wait()

    @staticmethod
    def version():
        return output_of("git", "-C", str(CONF), "describe", "--always", "--dirty") or "this tree"


class TwoGateways(Atrium):
    title = "Atrium, 2 gateways"
    gateways = 2
    run = "the same with two gateways on the same port"


class Nchan(Server):
    title, program = "nginx + nchan", "nginx"
    run = "one worker; one WebSocket both publishes and subscribes; 100 messages of each channel kept in memory"
    modules = "/usr/lib/nginx/modules"

    def __init__(self, _build):
        self.port = free_port()
        conf = self.configure("nginx.conf", modules=self.modules)
        super().__init__(["nginx", "-p", str(self.directory), "-c", conf])
        self.wait_for_port()
        # The master listens before it has a worker: wait until that one answers.
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as sock:
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            sock.recv(100)

    @classmethod
    def missing(cls):
        module = f"{cls.modules}/ngx_nchan_module.so"
        return super().missing() or (None if os.path.exists(module) else module)

    @staticmethod
    def version():
        return f"{package_version('nginx')}, nchan {package_version('libnginx-mod-nchan')}"


class NchanPost(Nchan):
    title, dialect = "nginx + nchan, POST", "post"
    run = "the same, but publishers use HTTP POST on connections of their own that are kept"


class Nats(Server):
    title, dialect, program = "nats-server", "nats", "nats-server"
    run = "one process on one core (`GOMAXPROCS=1`: cheaper than two), else its defaults"

    def __init__(self, _build):
        self.port = free_port()
        conf = self.configure("nats.conf", client_port=free_port())
        # On one core it is cheaper than on two, and all others run on one.
        super().__init__(["nats-server", "-c", conf], {**os.environ, "GOMAXPROCS": "1"})
        self.wait_for_port()

    @staticmethod
    def version():
        return package_version("nats-server")


class Mosquitto(Server):
    title, dialect, program = "mosquitto", "mqtt", "mosquitto"
    run = "one process; MQTT 3.1.1, QoS 0, no persistence"

    def __init__(self, _build):
        self.port = free_port()
        super().__init__(["mosquitto", "-c", self.configure("mosquitto.conf")])
        self.wait_for_port()

    @staticmethod
    def version():
        return package_version("mosquitto")


class NodeWs(Server):
    title, program = "node ws", "node"
    run = "one process, a broadcast server of 30 lines; no compression"
    library = "/usr/share/nodejs"

    def __init__(self, _build):
        env = {**os.environ, "NODE_PATH": self.library, "NODE_ENV": "production"}
        super().__init__(["node", str(CONF / "ws.js"), "0"], env)
        self.port = int(self.wait_for(r"^port (\d+)"))

    @classmethod
    def missing(cls):
        folder = f"{cls.library}/ws"
        return super().missing() or (None if os.path.isdir(folder) else folder)

    @staticmethod
    def version():
        return f"ws {package_version('node-ws')}, node {output_of('node', '--version')}"


# In the order of the report.
SERVERS = {"floor": Floor, "atrium": Atrium, "nchan": Nchan, "ws": NodeWs,
           "mosquitto": Mosquitto, "nats": Nats, "nchan-post": NchanPost, "atrium-2": TwoGateways}
PEERS = ("nchan", "ws", "mosquitto", "nats")
