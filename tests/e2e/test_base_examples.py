# test_base_examples.py - what Base's guide shows its clients to say and to read works here, unchanged
# SPDX-License-Identifier: MIT
import asyncio
import json

from atrium import dial, patient, server_fixture

server = server_fixture()


class Page:
    """A browser's WebSocket as the guide's scripts use it: onmessage for each, send of a string."""

    def __init__(self, ws):
        self.ws = ws
        self.box = []

    @classmethod
    async def open(cls, server, target):
        return cls(await dial(server.port, target))

    async def send(self, message):
        await self.ws.send(json.dumps(message))

    async def until(self, **members):
        async def look():
            while True:
                data = json.loads(await self.ws.recv())
                self.box.append(data)
                if all(data.get(name) == value for name, value in members.items()):
                    return data
        return await asyncio.wait_for(look(), patient(8))


def channel(name):
    return f"base-{name}"


async def two(server, room):
    ann = await Page.open(server, f"/api/ws?id={room}-1&nickname=John&room={room}")
    bob = await Page.open(server, f"/api/ws?id={room}-2&nickname=Jane&room={room}")
    await ann.until(type="system", content="Jane joined the room")
    await bob.until(type="system", content="Jane joined the room")
    return ann, bob


async def test_basic_connection(server):
    """new WebSocket('ws://localhost:8100/api/ws?id=user123&nickname=John&room=general')"""
    page = await Page.open(server, "/api/ws?id=user123&nickname=John&room=general")
    await page.until(type="system", content="John joined the room", room="general", nickname="System")


async def test_all_of_the_query_is_optional(server):
    page = await Page.open(server, "/ws")
    assert (await page.until(type="users_update"))["room"] == "general"


async def test_chat_application(server):
    """connect() of chat.html: channel= and nickname=; message, system and rooms are read."""
    room = channel("chat")
    john = await Page.open(server, f"/api/ws?channel={room}&nickname=Guest123")
    jane = await Page.open(server, f"/api/ws?channel={room}&nickname=J%C3%A4ne")
    assert (await john.until(type="system", content="Jäne joined the room"))["nickname"] == "System"
    await john.send({"type": "message", "content": "Hello", "room": room, "nickname": "Guest123"})
    for page in (john, jane):
        data = await page.until(type="message")
        assert data["content"] == "Hello" and data["nickname"] == "Guest123" and data["room"] == room


async def test_rooms(server):
    """The list of rooms comes by itself, and another as one is made by going there."""
    john = await Page.open(server, f"/api/ws?channel={channel('rooms')}&nickname=John")
    await Page.open(server, f"/api/ws?channel={channel('new-room')}&nickname=Jane")
    while True:
        data = await john.until(type="rooms")
        names = [each["name"] for each in data["rooms"]]
        if channel("new-room") in names:
            break
    assert {"name", "users"} <= set(data["rooms"][0])


async def test_message_types(server):
    john, jane = await two(server, channel("types"))
    await john.send({"type": "message", "content": "Hello, everyone!", "room": channel("types"),
                     "nickname": "John"})
    for page in (john, jane):
        data = await page.until(type="message")
        assert {name: data[name] for name in ("type", "content", "room", "nickname")} == {
            "type": "message", "content": "Hello, everyone!", "room": channel("types"),
            "nickname": "John"}


async def test_system_messages(server):
    """Joining: users_update, then system. Leaving: system, then users_update."""
    room = channel("system")
    john, jane = await two(server, room)
    kinds = [m["type"] for m in jane.box if m["type"] in ("users_update", "system")]
    assert kinds[0] == "users_update" and "system" in kinds
    assert [m for m in jane.box if m["type"] == "users_update"][-1]["content"] == ["John", "Jane"]
    await jane.ws.close()
    left = await john.until(type="system", content="Jane left the room")
    assert left["room"] == room and left["nickname"] == "System"
    update = await john.until(type="users_update")
    assert update["content"] == ["John"] and update["room"] == room


async def relayed(server, name, message):
    """What one sends arrives at the other as it was, with who said it, and at the sender too."""
    john, jane = await two(server, channel(name))
    await john.send(message)
    for page in (john, jane):
        data = await page.until(type=message["type"])
        assert {key: data[key] for key in message} == message
        assert data["nickname"] == "John" and data["room"] == channel(name)


async def test_draw(server):
    await relayed(server, "draw", {"type": "draw", "content": {
        "fromX": 100, "fromY": 150, "toX": 200, "toY": 250, "color": "#FF0000"}})
    await relayed(server, "drawing", {"type": "draw", "fromX": 1.5, "fromY": 2, "toX": 3, "toY": 4,
                                      "color": "#000", "size": 5})
    await relayed(server, "clear", {"type": "clear"})


async def test_cursor_move(server):
    await relayed(server, "cursor", {"type": "cursor_move", "content": {"x": 150, "y": 200}})
    await relayed(server, "cursors", {"type": "cursor_move", "toX": 1, "toY": 2, "color": "red"})


async def test_code_update(server):
    await relayed(server, "code", {"type": "code_update", "content": {
        "code": 'console.log("Hello World");', "language": "javascript"}})
    await relayed(server, "editor", {"type": "cursor_update", "cursor": {"line": 1, "ch": 2},
                                     "color": "#fff"})


async def test_typing(server):
    await relayed(server, "typing", {"type": "typing", "content": True})


async def test_kanban(server):
    await relayed(server, "add", {"type": "add_task", "title": "T", "description": "D",
                                  "column": "todo", "assignee": "John"})
    await relayed(server, "move", {"type": "move_task", "taskId": "7", "newColumn": "done"})


async def test_spreadsheet(server):
    await relayed(server, "cell", {"type": "cell_update", "value": "=A1+1", "row": 3, "col": 4})


async def test_private_with_target(server):
    john, jane = await two(server, channel("private"))
    await john.send({"type": "private", "target": f"{channel('private')}-2", "content": "psst"})
    data = await jane.until(type="private")
    assert data["content"] == "psst" and data["nickname"] == "John"
    assert data["target"] == f"{channel('private')}-2"


async def test_media(server):
    """new_media and media_updated of the gallery and the editor of metadata."""
    await relayed(server, "gallery", {"type": "new_media", "media": {
        "url": "/media/1.png", "title": "One", "description": ""}})
    await relayed(server, "media", {"type": "media_updated", "mediaId": 12, "metadata": {"title": "x"}})


async def test_token(server):
    page = await Page.open(server, f"/ws?channel={channel('token')}&token={server.token('ann', name='Ann')}")
    await page.until(type="system", content="Ann joined the room")


async def test_monitor(server):
    page = await Page.open(server, "/api/ws?nickname=Monitor&room=system_monitor")
    data = await page.until(type="system_metrics")
    assert {"cpu", "memory", "disk"} <= set(data) or {"cpu", "memory", "disk"} <= set(
        data.get("content", {}))


async def test_websockets_disabled(new_server):
    """WS_ENABLED=false: the endpoint is not there."""
    server = new_server(env={"WS_ENABLED": "false"})
    for target in ("/api/ws", "/ws", "/connect", "/ws/room", "/socket/room"):
        assert (await server.get(target)).status == 404
