# test_bench.py - the benchmark works, and its load generator notices what is not delivered whole
# SPDX-License-Identifier: MIT
import asyncio
import json
import sys
from xml.etree import ElementTree

import pytest
import websockets

from atrium.where import BUILD, ROOT

BENCH = ROOT / "tests" / "bench" / "bench.py"
REPORT = ROOT / "tests" / "bench" / "report.py"
LOAD = BUILD / "bench" / "load"
MESSAGES = 20


async def output_of(*command, answers=b""):
    """What it exits with and prints, on either stream."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT)
    try:
        output, _ = await process.communicate(answers)
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, output.decode()


@pytest.mark.deadline(90)
async def test_every_work_is_done_whole(tmp_path):
    kept = tmp_path / "results.json"
    status, output = await output_of(sys.executable, BENCH, "--build", BUILD, "--quick",
                                     "--json", kept)
    assert status == 0, output
    found = json.loads(kept.read_text())
    assert "".join(sorted(found["results"])) == "abcdef"
    for work, by_name in found["results"].items():
        assert sorted(by_name) == (["atrium"] if work == "f" else ["atrium", "floor"])
        for results in by_name.values():
            assert len(results) == 1 and "void" not in results[0]
            assert work == "e" or (results[0]["deliveries"] > 0 and results[0]["cpu_us"] > 0)
    status, output = await output_of(sys.executable, REPORT, kept, tmp_path)
    assert status == 0, output
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| floor | 1.00 |" in page and "{{" not in page
    for name in ("cpu", "latency", "idle"):
        assert f"(benchmarks/{name}.svg)" in page
        picture = ElementTree.parse(tmp_path / "benchmarks" / f"{name}.svg").getroot()
        assert picture.find("{http://www.w3.org/2000/svg}title").text


def drop(messages):
    return messages[:-1]


def double(messages):
    return messages + messages[-1:]


def swap(messages):
    return messages[:-2] + [messages[-1], messages[-2]]


def invent(messages):
    return messages + [messages[-1].replace(".000000", ".990000")]


def cut(messages):
    return messages[:-1] + [messages[-1][:-3] + '"}']


def nothing(messages):
    return messages


async def broadcaster(fault):
    """A server of one room; one of its clients gets what fault() makes of the messages."""
    members, said = [], []

    async def serve(socket, *_path):
        members.append(socket)
        async for text in socket:
            said.append(text)
            if len(said) == 1:  # the one that proves that all are there
                for member in members:
                    await member.send(text)
            elif len(said) == MESSAGES + 1:
                for member in members:
                    for one in fault(said[1:]) if member is members[0] else said[1:]:
                        await member.send(one)
    return await websockets.serve(serve, "127.0.0.1", 0)


@pytest.mark.parametrize("fault, words", [
    (nothing, '"deliveries":60'),
    (drop, "gave up"),
    (double, "expects message 21 and gets 20"),
    (swap, "expects message 19 and gets 20"),
    (invent, "never sent"),
    (cut, "cut or changed"),
])
async def test_load_wants_all_in_order(fault, words):
    async with await broadcaster(fault) as server:
        port = server.sockets[0].getsockname()[1]
        status, output = await output_of(
            LOAD, "--port", str(port), "--clients", "3", "--messages", str(MESSAGES),
            "--outstanding", "64", "--timeout", "2", "--quiet", "50", answers=b"go\n" * 3)
    assert words in output
    assert status == (0 if fault is nothing else 1)


@pytest.mark.deadline(60)
async def test_verdicts_are_measured_for_each_kind_of_token():
    status, output = await output_of(sys.executable, BENCH.parent / "verdicts.py", "--build", BUILD,
                                     "--rounds", "1", "--clients", "50")
    assert status == 0, output
    assert all(f"| {kind} |" in output for kind in ("anonymous", "HS256", "RS256", "ES256"))


@pytest.mark.deadline(120)
async def test_handlers_are_measured():
    status, output = await output_of(sys.executable, BENCH.parent / "handlers.py", "--build", BUILD,
                                     "--rounds", "1", "--quick")
    assert status == 0, output
    for name in ("none", "observe", "guard", "unix", "zeromq", "message", "call"):
        assert f"\n| {name} | " in output
