# api.py - the server API, as a program of someone's own asks it
# SPDX-License-Identifier: MIT
import functools
import json

from jsonschema import Draft202012Validator, RefResolver

from .http import request
from .where import ROOT

DOCUMENT = ROOT / "docs/openapi.json"


@functools.lru_cache
def document():
    return json.loads(DOCUMENT.read_text(encoding="utf-8"))


def validate(schema, value):
    """Against a schema of the document."""
    resolver = RefResolver("", document())
    wrong = [f"{error.message} at /{'/'.join(map(str, error.absolute_path))}"
             for error in Draft202012Validator(schema, resolver=resolver).iter_errors(value)]
    assert not wrong, f"{value} is not as docs/openapi.json says: {wrong}"


def schema_of(method, status):
    responses = document()["paths"][f"/api/{method}"]["post"]["responses"]
    answer = responses.get(str(status)) or responses["default"]
    if "$ref" in answer:
        answer = document()["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    return answer["content"]["application/json"]["schema"]


class Failed(Exception):
    def __init__(self, status, error):
        super().__init__(f"{status} {error}")
        self.status, self.code, self.message = status, error["code"], error["message"]
        self.error = error


class Api:
    """await Api(server).publish(room="r", type="t"): the result, or Failed."""

    def __init__(self, server, token=None, gateway="gateway"):
        self.server, self.gateway = server, gateway
        self.token = token or server.token("root", claims={"admin": True})

    async def post(self, method, body, headers=None):
        """The whole answer; `body` is bytes, or what becomes JSON."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return await request(self.server.ports[self.gateway], f"/api/{method}", "POST", body=body,
                             headers={"Authorization": f"Bearer {self.token}",
                                      "Content-Type": "application/json",
                                      "Content-Length": str(len(body)), **(headers or {})})

    async def ask(self, method, body):
        got = await self.post(method, body)
        assert got.headers["content-type"] == "application/json", got
        answer = json.loads(got.body)
        validate(schema_of(method, got.status), answer)
        if got.status != 200:
            raise Failed(got.status, answer["error"])
        return answer["result"]

    def __getattr__(self, method):
        if f"/api/{method}" not in document()["paths"]:
            raise AttributeError(method)
        return lambda **members: self.ask(method, members)

    async def fails(self, method, **members):
        """(status, code, message)"""
        try:
            result = await self.ask(method, members)
        except Failed as error:
            return error.status, error.code, error.message
        raise AssertionError(f"{method} {members} should have failed: {result}")
