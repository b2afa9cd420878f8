# authority.py - certificates of a test's own, by the openssl command
# SPDX-License-Identifier: MIT
import asyncio
import atexit
import functools
import os
import shutil
import socket
import ssl
import subprocess
import tempfile

from .where import patient

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
ALT_NAMES = "subjectAltName = DNS:localhost, IP:127.0.0.1\nbasicConstraints = CA:FALSE\n"


class Authority:
    """Its files are in `directory`; issue() writes NAME.pem and NAME.key there."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        with open(self.path("extensions"), "w", encoding="ascii") as file:
            file.write(ALT_NAMES)
        self._run("req", "-x509", *CURVE, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
                  "-subj", "/CN=Authority of a test")

    def path(self, name):
        return os.path.join(self.directory, name)

    def _run(self, *command):
        subprocess.run(["openssl", *command], cwd=self.directory, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def issue(self, name, serial, *, days=30, key=CURVE):
        """Settings of [gateway] that name the files, which are made anew."""
        if os.path.exists(self.path(f"{name}.key")):
            os.unlink(self.path(f"{name}.key"))  # with its mode
        self._run("req", "-new", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr",
                  "-subj", "/CN=localhost")
        self._run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                  "-days", str(days), "-set_serial", str(serial), "-extfile", "extensions",
                  "-out", f"{name}.pem")
        return {"tls_port": 0, "tls_certificate": self.path(f"{name}.pem"),
                "tls_key": self.path(f"{name}.key")}

    def trusted(self):
        """What a client checks the server with."""
        return ssl.create_default_context(cafile=self.path("ca.pem"))


def dial_tls(server):
    """A blocking connection that has said nothing yet."""
    return socket.create_connection(("127.0.0.1", server.tls_ports["gateway"]), timeout=patient(8))


async def shaken(server, context, **options):
    """A blocking connection whose handshake is done."""
    return await asyncio.to_thread(
        lambda: context.wrap_socket(dial_tls(server), server_hostname="localhost", **options))


def serial_of(ssl_object):
    return int(ssl_object.getpeercert()["serialNumber"], 16)


# With ATRIUM_TLS=1 all clients of all tests speak TLS: {plain port: (TLS port, context)}.
_secured = {}


@functools.cache
def everyones():
    """The authority for that, and its settings of [gateway]; None without it."""
    if not os.environ.get("ATRIUM_TLS"):
        return None, {}
    directory = tempfile.mkdtemp(prefix="at-ca-", dir="/tmp")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    authority = Authority(directory)
    return authority, authority.issue("everyone", 1)


def secure(port, tls_port):
    authority, _ = everyones()
    if authority:
        _secured[port] = tls_port, authority.trusted()


def way_to(port, tls):
    """Port and context (or None) to connect with."""
    return (port, tls) if tls else _secured.get(port, (port, None))
