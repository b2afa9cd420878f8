# conftest.py - tests that run where systemd is process 1 and `make install` was done
# SPDX-License-Identifier: MIT
import asyncio
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from atrium import Client, coroutines  # noqa: E402
import machine  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "deadline(seconds): how long a test may take; 30 if not said")
    if Path("/proc/1/comm").read_text(encoding="ascii").strip() != "systemd":
        pytest.exit("run these with: make systemd", 2)


async def _close_all():
    await asyncio.gather(*(client.close() for client in Client.live), return_exceptions=True)
    Client.live.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    return coroutines.run(pyfuncitem, 30, _close_all)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        report.sections.append(("journal", machine.journal("atrium*", lines=80)))


@pytest.fixture(scope="session")
def installed():
    """Settings for tests: they talk faster than people do, and all from one address."""
    machine.write_conf()
    return os.environ.get("PREFIX", "/usr")


@pytest.fixture
def server(installed):
    """A whole server that runs; who changed its units or settings puts them back by itself."""
    machine.start()
    yield machine
    machine.put_back()
