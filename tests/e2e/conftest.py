# conftest.py - tests that are coroutines, clients that are closed, logs that are shown
# SPDX-License-Identifier: MIT
import asyncio
import itertools
import re
import shutil
import sys

import pytest

from atrium import coroutines, schema
from atrium import BUILD, SECRET, Authority, Client, RawSocket, Server
from atrium.backend import write_secret
from atrium.server import free_directory

_rooms = itertools.count(1)


def pytest_configure(config):
    config.addinivalue_line("markers", "deadline(seconds): how long a test may take; 20 if not said")


def pytest_report_header():
    return f"atrium: {BUILD}"


async def _close_all():
    for raw in RawSocket.live:
        raw.writer.close()
    await asyncio.gather(*(client.close() for client in Client.live), return_exceptions=True)
    RawSocket.live.clear()
    if "atrium.handler" in sys.modules:
        await sys.modules["atrium.handler"].close_all()
    if "atrium.probe" in sys.modules:
        await sys.modules["atrium.probe"].kill_all()
    Client.live.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    schema.wrong.clear()
    done = coroutines.run(pyfuncitem, 20, _close_all)
    schema.complain()
    return done


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and report.when == "call":
        for value in getattr(item, "funcargs", {}).values():
            for server in getattr(value, "servers", [value]):
                if isinstance(server, Server):
                    report.sections.append(("logs of the server", server.log()))


@pytest.fixture
def room(request):
    """A room of the test's own."""
    return f"{re.sub('[^a-z0-9_]', '-', request.node.name.lower())[:60]}-{next(_rooms)}"


@pytest.fixture(scope="session")
def authority():
    directory = free_directory()
    yield Authority(directory)
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def tls(authority):
    """What a client checks a server with whose certificate is of this authority."""
    return authority.trusted()


@pytest.fixture
def new_server():
    """Makes servers that end with the test: new_server(hub={"grace": "1s"})."""
    servers = []

    def make(**options):
        servers.append(Server(**options))
        return servers[-1]

    make.servers = servers
    yield make
    wrong = []
    for server in servers:
        found = server.stop()
        wrong += found + [server.log()] if found else []
        server.end()
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def hooked(new_server):
    """
    A server with the endpoint `shop`, and more of its settings: hooked(backend, batch=5). `more`: of others, by
    section.
    """
    def make(backend, *, handler=None, more=None, prepare=None, **options):
        def prepared(server):
            server.settings['webhook "shop"'].setdefault("secret_files",
                                                         write_secret(server, "shop", SECRET))
            if prepare:
                prepare(server)
            server.write_conf()

        server = new_server(prepare=prepared, **{
            'webhook "shop"': {"url": backend.url, "retry_first": "20ms", "retry_most": "200ms",
                               "timeout": "3s",
                               **options},
            'handler "webhook-shop"': {"rooms": "*", **(handler or {})}, **(more or {})})
        server["webhook"].wait_line("serving endpoint=shop")
        return server
    return make
