# server.py - the four daemons in a directory of their own
# SPDX-License-Identifier: MIT
import asyncio
import os
import secrets
import shutil
import signal
import socket
import tempfile
import urllib.request

import pytest

from . import prom
from .authority import everyones, secure
from .client import Client
from .http import request
from .process import Process
from .raw import RawSocket
from .tokens import mint
from .watch import until_async
from .where import BUILD, patient

NAMES = ("hub", "auth", "metrics", "gateway")
# Tests talk faster than people do, and all from one address; those of these limits set them.
UNLIMITED = {"rate_messages": 0, "rate_bytes": 0, "max_per_address": 0}
PASSED_ON = ("PATH", "HOME", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
             "LSAN_OPTIONS")


def free_directory():
    """Short, for the sake of Unix sockets' 107 bytes."""
    return tempfile.mkdtemp(prefix="at-", dir="/tmp")


def clean_environment(**more):
    return {**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, **more}


class Server:
    """
    Settings by section: Server(hub={"grace": "1s"}). `gateways`: how many; `env`: for all; env_of[name]:
    for one, from its next start on;
    `prepare(server)` is called before the start.
    """

    def __init__(self, *, gateways=1, env=None, start=True, prepare=None, **settings):
        self.directory = free_directory()
        self.runtime, self.keys, self.static = (
            os.path.join(self.directory, name) for name in ("run", "keys", "static"))
        for path in (self.runtime, self.keys, self.static):
            os.mkdir(path, 0o700)
        self.key = self.write_key("default")
        self.env, self.env_of = env or {}, {}
        self.settings = {"atrium": {"runtime_dir": self.runtime}, "auth": {"keys": self.keys},
                         "gateway": {"port": 0, "static_dir": self.static, **UNLIMITED,
                                     **everyones()[1]},
                         "metrics": {"port": 0},
                         "hub": {"settle": "100ms", "presence_interval": "40ms",
                                 "presence_interval_max": "160ms",
                                 "rooms_interval": "100ms"}}
        for section, keys in settings.items():
            self.settings.setdefault(section, {}).update(keys)
        self.conf = os.path.join(self.directory, "atrium.conf")
        self.write_conf()
        self.gateways = ["gateway"] + [f"gateway-{n}" for n in range(2, gateways + 1)]
        self.names = list(NAMES[:3]) + self.gateways
        if any(section.startswith("webhook ") for section in self.settings):
            self.names.append("webhook")
        self.processes, self.past, self.ports, self.tolerated = {}, [], {}, []
        self.tls_ports, self.sockets = {}, {}
        if prepare:
            prepare(self)
        if start:
            try:
                self.start()
            except BaseException:
                self.end()
                raise

    # ---- before the start

    def write_conf(self):
        with open(self.conf, "w", encoding="utf-8") as file:
            for section, keys in self.settings.items():
                file.write(f"[{section}]\n")
                file.writelines(f"{key} = {value}\n" for key, value in keys.items())

    def write_key(self, kid):
        key = secrets.token_hex(24).encode()
        path = os.path.join(self.keys, f"{kid}.hs256")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(key + b"\n")
        return key

    def token(self, user="demo", **options):
        return mint(self.key, user, **options)

    # ---- processes

    def spawn(self, name):
        """Starts one process; does not wait."""
        program, _, instance = name.partition("-")
        argv = [str(BUILD / f"atrium-{program}"), "-c", self.conf]
        if instance:
            argv += ["--instance", instance]
        state = os.path.join(self.directory, "state", name)
        os.makedirs(state, exist_ok=True)
        env = clean_environment(**{"STATE_DIRECTORY": state, **self.env,
                                   **self.env_of.get(name, {})})
        if name in self.ports:  # after a restart, clients find it where it was
            env[f"ATRIUM_{program.upper()}_PORT"] = str(self.ports[name])
        if name in self.tls_ports:
            env["ATRIUM_GATEWAY_TLS_PORT"] = str(self.tls_ports[name])
        if name in self.processes:
            self.past.append(self.processes[name])
        notify = os.path.join(self.directory, f"n-{name}")
        self.processes[name] = Process(name, argv, env, notify, self.directory,
                                       self.sockets.pop(name, None))
        return self.processes[name]

    def hand_down(self, name, sockets):
        """At its next start: {name of the socket: a listening one}."""
        self.sockets[name] = sockets

    def wait_ready(self, *names):
        for name in names or self.names:
            fields = self.processes[name].wait_ready()
            if "X_ATRIUM_PORT" in fields:
                self.ports[name] = int(fields["X_ATRIUM_PORT"])
            if "X_ATRIUM_TLS_PORT" in fields:
                self.tls_ports[name] = int(fields["X_ATRIUM_TLS_PORT"])
                secure(self.ports[name], self.tls_ports[name])

    def start(self, *names):
        for name in names or self.names:
            self.spawn(name)
        self.wait_ready(*names)

    def __getitem__(self, name):
        return self.processes[name]

    def kill(self, name, number=signal.SIGKILL):
        self.processes[name].kill(number)

    def restart(self, name, number=signal.SIGKILL):
        """Ends it, by kill -9 if not said otherwise, and starts it anew."""
        self.processes[name].kill(number)
        self.processes[name].wait_exit()
        self.start(name)

    async def restart_async(self, name, number=signal.SIGKILL):
        await asyncio.to_thread(self.restart, name, number)

    async def start_async(self, name):
        await asyncio.to_thread(self.start, name)

    def reload(self, name):
        """It reads self.settings again, and has taken them."""
        self.write_conf()
        since = len(self.processes[name].lines)
        self.kill(name, signal.SIGHUP)
        self.processes[name].wait_line("reload result=done", since=since)

    # ---- clients

    @property
    def port(self):
        return self.ports["gateway"]

    def port_for(self, tls, gateway="gateway"):
        return (self.tls_ports if tls else self.ports)[gateway]

    async def connect(self, *, gateway="gateway", announced=True, kind=Client, tls=None, **options):
        """A client that has been let in and has joined; the room has been told of it."""
        client = await kind.open(self.port_for(tls, gateway), tls=tls, **options)
        await client.welcomed()
        return await client.announced() if announced else client

    async def open(self, kind=Client, tls=None, **options):
        return await kind.open(self.port_for(tls), tls=tls, **options)

    async def raw(self, target="/api/ws", tls=None, **options):
        return await RawSocket.open(self.port_for(tls), target, tls=tls, **options)

    async def get(self, target, tls=None, **options):
        return await request(self.port_for(tls), target, tls=tls, **options)

    async def until_status(self, target, status, seconds=8):
        """Until this path answers with this status."""
        async def look():
            answer = await self.get(target)
            return answer if answer.status == status else None
        return await until_async(look, seconds, f"{status} from {target}")

    # ---- numbers

    def metrics(self):
        """All samples that metrics serves; blocks."""
        url = f"http://127.0.0.1:{self.ports['metrics']}/metrics"
        with urllib.request.urlopen(url, timeout=patient(5)) as response:
            return prom.parse(response.read().decode())

    async def until_metrics(self, condition, seconds=8):
        """Until condition(samples) is true; reports come each second."""
        seen = []

        def look():
            seen[:] = self.metrics()
            return condition(prom.Samples(seen))

        try:
            return await until_async(look, seconds, "metrics")
        except TimeoutError as error:
            wanted = [s for s in seen if s[2]]
            raise AssertionError(f"{error}: {wanted}") from None

    # ---- the end

    def tolerate(self, *patterns):
        """Log lines that this test provokes."""
        self.tolerated += patterns

    def all_processes(self):
        return self.past + list(self.processes.values())

    def log(self):
        return "\n".join(process.log() for process in self.all_processes())

    def stop(self):
        """SIGTERM to all, clients' end first. Returns what was not right, as lines."""
        wrong = []
        for names in (self.gateways, ("webhook",), NAMES[:3]):
            running = [self.processes[name] for name in names
                       if name in self.processes and self.processes[name].exit is None]
            for process in running:
                # to one that ends it would undo the stop that LeakSanitizer waits for
                if process.stopped:
                    process.kill(signal.SIGCONT)
                if not process.told_to_end:  # a second time would end it at once
                    process.kill(signal.SIGTERM)
            for process in running:
                try:
                    process.wait_exit(8)
                except TimeoutError:
                    wrong.append(f"{process.name} did not end within 8 s of SIGTERM")
                    process.kill()
        for process in self.all_processes():
            if process.exit != 0 and not process.killed:
                wrong.append(f"{process.name} ended with {process.exit}")
            wrong += process.bad_lines(self.tolerated)
        return wrong

    def end(self):
        for process in self.all_processes():
            if process.exit is None:
                process.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def server_fixture(scope="module", **options):
    """A fixture `server`; at its end each process has to have ended well."""
    @pytest.fixture(scope=scope, name="server")
    def fixture():
        server = Server(**options)
        try:
            yield server
            wrong = server.stop()
            assert not wrong, "\n".join(wrong + [server.log()])
        finally:
            server.end()
    return fixture


def can_connect(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
