# test_api_document.py - docs/openapi.json and the examples of the docs, held against the server
# SPDX-License-Identifier: MIT
import asyncio
import json
import os
import re

import pytest
from jsonschema import Draft202012Validator

from atrium import ROOT, server_fixture
from atrium.api import Api, document, validate
from atrium.judge import CALLS, Judge
from atrium.where import BUILD

server = server_fixture(gateway={"api_rate": 0}, **{'handler "dice"': {"rooms": "*"}})
PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("docs/api.md", "README.md")}
METHODS = re.findall(r"^METHOD\(\w+, (\w+), ",
                     (ROOT / "gateway/api_methods.def").read_text(encoding="utf-8"), re.M) + ["batch"]


def operation(method):
    return document()["paths"][f"/api/{method}"]["post"]


def body_of(method):
    return operation(method)["requestBody"]["content"]["application/json"]


def test_every_method_is_in_the_document_and_back():
    assert sorted(document()["paths"]) == sorted(f"/api/{method}" for method in METHODS)
    for method in METHODS:
        assert operation(method)["operationId"] == method
        assert f"`{method}" in PAGES["docs/api.md"]
    batch = body_of("batch")["schema"]["properties"]["requests"]["items"]["properties"]["method"]
    assert sorted(batch["enum"]) == sorted(set(METHODS) - {"batch"})


def test_every_setting_that_is_named_is_there():
    settings = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    for name in re.findall(r"\[gateway\] `(\w+)`", PAGES["docs/api.md"]):
        assert f"`{name}`" in settings or f"\n{name}" in settings or name in settings, name


def schemas(value):
    if isinstance(value, dict):
        if "schema" in value:
            yield value["schema"]
        for each in value.values():
            yield from schemas(each)
    elif isinstance(value, list):
        for each in value:
            yield from schemas(each)


def test_its_schemas_are_some():
    found = list(schemas(document()))
    assert len(found) > 2 * len(METHODS)
    for schema in found:
        Draft202012Validator.check_schema(schema)


async def answered(server, asking):
    """By a handler that is there so long."""
    async with Judge(server, "dice", {"*": CALLS}) as handler:
        task = asyncio.create_task(asking)
        handler.answer(await handler.called(), '"eyes":4')
        assert (await task) == {"eyes": 4}


@pytest.mark.parametrize("method", METHODS)
async def test_its_examples_are_answered_as_it_says(server, method):
    example = body_of(method)["example"]
    validate(body_of(method)["schema"], example)
    token = server.token("jane")
    jane = await server.connect(room="general", token=token)
    api = Api(server)
    if method == "leave":
        await api.join(**example)
    if method == "call":
        await answered(server, api.ask(method, example))
    else:
        await api.ask(method, example)
    await jane.close()


@pytest.mark.parametrize("method", METHODS)
async def test_its_statuses_are_those_there_are(server, method):
    """Each error that any request can meet."""
    api = Api(server)
    good = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"}
    for status, headers, verb, body in (
            (400, good, "POST", b"{"), (405, good, "PUT", b"{}"),
            (401, {**good, "Authorization": "Bearer x"}, "POST", b"{}"),
            (403, {**good, "Authorization": f"Bearer {server.token()}"}, "POST", b"{}"),
            (411, {**good, "Transfer-Encoding": "chunked"}, "POST", b""),
            (413, good, "POST", b" " * 300000), (415, {**good, "Content-Type": "a/b"}, "POST", b"{}")):
        got = await server.get(f"/api/{method}", method=verb, headers=headers, body=body)
        assert got.status == status, (status, got)
        validate(document()["components"]["schemas"]["Error"], json.loads(got.body))
        assert str(status) in operation(method)["responses"]


@pytest.mark.deadline(40)
async def test_the_examples_of_the_docs_work(server):
    """All the shell of the page, as someone types it who has made a token."""
    await server.connect(room="lobby", nickname="Ann")
    home = os.path.join(server.directory, "home")  # where `atrium token` finds the keys
    os.makedirs(os.path.join(home, ".local/state"))
    os.symlink(server.directory, os.path.join(home, ".local/state/atrium"))
    for name, page in PAGES.items():
        shell = re.findall(r"^```sh\n(.*?)^```", page, re.M | re.S)
        assert shell
        text = "set -e\n" + "".join(shell).replace(
            "http://127.0.0.1:8100", f"http://127.0.0.1:{server.port}")
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", text, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            cwd=ROOT, env={"PATH": f"{ROOT / BUILD}:{os.environ['PATH']}", "HOME": home,
                           "TOKEN": Api(server).token})
        out, _ = await process.communicate()
        assert process.returncode == 0, f"{name}: {out.decode()}"
        answers = [json.loads(line) for line in out.decode().splitlines()]
        assert len(answers) == text.count("curl ") and all("result" in a for a in answers), answers
