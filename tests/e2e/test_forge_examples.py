# test_forge_examples.py - a client written for Project Forge: its Socket, its messages, its rooms
# SPDX-License-Identifier: MIT
import asyncio
import json

import websockets

from atrium import dial, patient, server_fixture

server = server_fixture()


class Socket:
    """
    Forge's client: new Socket(debug, open, recv, err, url), by default to /connect. It closes when it is told
    close-connection, and queues what is sent while it is not connected.
    """

    def __init__(self, server, url="/connect"):
        self.server, self.url = server, url
        self.queue, self.messages, self.closed_by_server = [], [], False
        self.sock = None
        self.came = asyncio.Event()

    async def connect(self):
        self.sock = await dial(self.server.port, self.url)
        self.reader = asyncio.create_task(self.read())
        for message in self.queue:
            await self.sock.send(json.dumps(message))
        self.queue.clear()
        return self

    async def read(self):
        while self.sock.open or self.sock.messages:
            try:
                message = json.loads(await self.sock.recv())
            except websockets.ConnectionClosed:
                break
            if message["cmd"] == "close-connection":
                self.closed_by_server = True
            self.messages.append(message)
            self.came.set()

    async def send(self, message):
        if self.sock:
            await self.sock.send(json.dumps(message))
        else:
            self.queue.append(message)

    async def until(self, cmd, **param):
        async def look():
            at = 0
            while True:
                for message in self.messages[at:]:
                    at += 1
                    inner = message.get("param", {})
                    if message["cmd"] == cmd and all(inner.get(k) == v for k, v in param.items()):
                        self.messages.remove(message)
                        return message
                self.came.clear()
                await self.came.wait()
        return await asyncio.wait_for(look(), patient(8))


async def test_ping(server):
    """{ channel, cmd: "ping", param: {} } is answered with pong {timestamp}."""
    client = await Socket(server, "/connect?ch=my-channel").connect()
    await client.send({"channel": "my-channel", "cmd": "ping", "param": {}})
    pong = await client.until("pong")
    assert pong["channel"] == "my-channel" and isinstance(pong["param"]["timestamp"], int)


async def test_chat(server):
    ann = await Socket(server, "/connect?ch=forge-chat").connect()
    bob = await Socket(server, "/connect?ch=forge-chat").connect()
    await ann.until("online-update", connected=True)
    await ann.send({"channel": "forge-chat", "cmd": "chat", "param": {"text": "Hello"}})
    for client in (ann, bob):
        message = await client.until("chat", text="Hello")
        assert message["channel"] == "forge-chat" and message["from"]


async def test_join_room(server):
    ann = await Socket(server, "/connect?ch=forge-a").connect()
    bob = await Socket(server, "/connect?ch=forge-b").connect()
    await ann.until("joined")
    await ann.send({"channel": "forge-a", "cmd": "join-room", "param": {"room": "forge-b"}})
    assert (await bob.until("online-update"))["param"]["connected"] is True
    await bob.send({"channel": "forge-b", "cmd": "chat", "param": {"text": "here"}})
    assert (await ann.until("chat"))["channel"] == "forge-b"


async def test_no_channel(server):
    """Without ?ch= a channel of its own: "example-" and 8 random characters."""
    client = await Socket(server).connect()
    channel = (await client.until("welcome"))["channel"]
    assert channel.startswith("example-") and len(channel) == len("example-") + 8
    await client.send({"channel": channel, "cmd": "chat", "param": {"text": "alone"}})
    assert (await client.until("chat"))["channel"] == channel


async def test_online_update(server):
    """The others are told who comes and goes: {userID, connected}."""
    ann = await Socket(server, "/connect?ch=forge-online").connect()
    bob = await Socket(server, "/connect?ch=forge-online").connect()
    id = (await bob.until("welcome"))["param"]["id"]
    come = await ann.until("online-update", userID=id)
    assert come["channel"] == "forge-online" and come["param"]["connected"] is True
    await bob.sock.close()
    assert (await ann.until("online-update", userID=id, connected=False))
    assert not [m for m in bob.messages if m["cmd"] == "online-update"
                and m["param"]["userID"] == id]


async def test_output(server):
    """`output {msg, html}` carries what a terminal says."""
    ann = await Socket(server, "/socket/forge-output").connect()
    bob = await Socket(server, "/socket/forge-output").connect()
    await ann.until("online-update")
    param = {"msg": "\x1b[1mdone\x1b[0m", "html": "<b>done</b>"}
    await bob.send({"channel": "forge-output", "cmd": "output", "param": param})
    assert (await ann.until("output"))["param"] == param


async def test_messages_of_the_guide(server):
    """notification, user-joined, chat-message, system-update: param arrives as it was, whatever its names."""
    ann = await Socket(server, "/connect?ch=forge-guide").connect()
    bob = await Socket(server, "/connect?ch=forge-guide").connect()
    await ann.until("online-update")
    for cmd, param in (
            ("notification", {"id": 7, "type": "info", "title": "T", "message": "M", "timestamp": "now"}),
            ("user-joined", {"user_id": 3, "username": "Bob", "timestamp": "2024-01-01T00:00:00Z"}),
            ("chat-message", {"user": "Bob", "text": "hi", "time": 12.50}),
            ("system-update", {"room": "x", "data": [1, None, {}]})):
        await bob.send({"channel": "forge-guide", "cmd": cmd, "param": param})
        got = await ann.until(cmd)
        assert got["param"] == param and got["channel"] == "forge-guide"


async def test_two_channels_of_one_connection(server):
    ann = await Socket(server, "/connect?ch=forge-one").connect()
    await ann.send({"channel": "forge-one", "cmd": "join-room", "param": {"room": "forge-two"}})
    await ann.until("joined")
    for channel in ("forge-one", "forge-two"):
        await ann.send({"channel": channel, "cmd": "chat", "param": {"text": channel}})
        assert (await ann.until("chat", text=channel))["channel"] == channel
    await ann.send({"channel": "forge-one", "cmd": "leave-room", "param": {"room": "forge-two"}})
    assert (await ann.until("left"))["channel"] == "forge-two"


async def test_queue_while_offline(server):
    client = Socket(server, "/connect?ch=forge-queue")
    await client.send({"channel": "forge-queue", "cmd": "chat", "param": {"text": "queued"}})
    await client.connect()
    assert await client.until("chat", text="queued")


async def test_close_connection(new_server):
    """The server asks for the end before it makes one."""
    server = new_server()
    client = await Socket(server, "/connect?ch=forge-close").connect()
    await client.until("joined")
    server.kill("gateway", 15)
    await client.until("close-connection")
    assert client.closed_by_server
    await asyncio.wait_for(client.sock.wait_closed(), patient(8))
    assert client.sock.close_code == 1012
