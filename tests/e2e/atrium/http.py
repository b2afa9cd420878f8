# http.py - HTTP requests sent exactly as written: no library mends the path on the way
# SPDX-License-Identifier: MIT
import asyncio
from dataclasses import dataclass, field

from .authority import way_to
from .where import patient


@dataclass
class Response:
    status: int
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self):
        return self.body.decode()


async def read_head(reader):
    """Status and headers, names in lower case; of a repeated header all values, with commas."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ", 2)[1])
    headers = {}
    for line in filter(None, head[1:]):
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return status, headers


async def _read_chunks(reader):
    body = b""
    while True:
        size = int((await reader.readline()).split(b";")[0], 16)
        body += (await reader.readexactly(size + 2))[:size]
        if size == 0:
            return body


async def _read_body(reader, method, status, headers):
    if method == "HEAD" or status in (204, 304):
        return b""
    if "chunked" in headers.get("transfer-encoding", ""):
        return await _read_chunks(reader)
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    return await reader.read()


async def request(port, target, method="GET", headers=None, body=b"", host="127.0.0.1",
                  tls=None, seconds=8):
    """One request on a connection of its own; `tls`: an ssl.SSLContext, for https."""
    async def run():
        dialled, context = way_to(port, tls)
        reader, writer = await asyncio.open_connection("127.0.0.1", dialled, ssl=context)
        try:
            lines = {"Host": f"{host}:{port}", "Connection": "close", **(headers or {})}
            if body:
                lines.setdefault("Content-Length", str(len(body)))
            text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            writer.write(f"{method} {target} HTTP/1.1\r\n{text}\r\n".encode("latin-1") + body)
            status, head = await read_head(reader)
            return Response(status, head, await _read_body(reader, method, status, head))
        finally:
            writer.close()

    return await asyncio.wait_for(run(), patient(seconds))
