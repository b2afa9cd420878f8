#!/usr/bin/python3
# peer.py - a client that no one here wrote: what comes is printed, what is read is sent
#
#	peer.py websockets|websocket-client URL
#
# A line is JSON: a string for a text frame, {"binary": BASE64} for a binary one.
#
# SPDX-License-Identifier: MIT
import asyncio
import base64
import json
import sys
import threading


def shown(frame):
    if isinstance(frame, str):
        print(json.dumps(frame), flush=True)
    else:
        print(json.dumps({"binary": base64.b64encode(frame).decode()}), flush=True)


def read(line):
    frame = json.loads(line)
    return frame if isinstance(frame, str) else base64.b64decode(frame["binary"])


async def websockets_peer(url):
    import websockets
    async with websockets.connect(url) as ws:
        async def say():
            while line := await asyncio.to_thread(sys.stdin.readline):
                await ws.send(read(line))
            await ws.close()
        saying = asyncio.create_task(say())
        async for frame in ws:
            shown(frame)
        await saying


def websocket_client_peer(url):
    import websocket

    ws = websocket.create_connection(url)

    def say():
        for line in sys.stdin:
            frame = read(line)
            ws.send(frame) if isinstance(frame, str) else ws.send_binary(frame)
        ws.send_close(1000)
    threading.Thread(target=say, daemon=True).start()
    while True:
        opcode, data = ws.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            break
        shown(data.decode() if opcode == websocket.ABNF.OPCODE_TEXT else bytes(data))


if sys.argv[1] == "websockets":
    asyncio.run(websockets_peer(sys.argv[2]))
else:
    websocket_client_peer(sys.argv[2])
