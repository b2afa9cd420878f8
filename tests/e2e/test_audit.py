# test_audit.py - what administrators do is in the log, with who did it and never with what was said
# SPDX-License-Identifier: MIT
import re

from atrium import server_fixture
from atrium.api import Api

server = server_fixture(atrium={"log_level": "error"}, gateway={"api_rate": 0})


def audited(server, method):
    """What the last line about this method says, by name."""
    line = server["gateway"].wait_line(rf"api_call .*method={method} ").string
    lines = [line for line in server["gateway"].lines if f" method={method} " in line]
    return dict(re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', lines[-1]))


async def test_each_method_that_changes_something(server, room):
    token = server.token("carol", claims={"admin": True, "jti": "token-7"})
    api = Api(server, token)
    ann = await server.connect(room=room, id="ann-1")
    await api.publish(room=room, type="t", content="the payload")
    await api.send(connection="ann-1", type="t", content="the payload")
    await api.broadcast(rooms=[room], type="t", content="the payload")
    await api.join(connection="ann-1", room=room + "-2")
    await api.leave(connection="ann-1", room=room + "-2")
    await api.disconnect(connection="ann-1", reason="the payload")
    await ann.closed()
    wanted = {"publish": ('""', room), "send": ("ann-1", '""'), "join": ("ann-1", room + "-2"),
              "leave": ("ann-1", room + "-2"), "disconnect": ("ann-1", '""')}
    for method, (target, where) in wanted.items():
        said = audited(server, method)
        assert (said["by"], said["jti"], said["address"]) == ("carol", "token-7", "127.0.0.1")
        assert (said["target"], said["room"]) == (target, where), method
    assert room in audited(server, "broadcast")["room"]
    assert token not in server.log() and "the payload" not in server.log()


async def test_what_only_looks_is_not_logged(server, room):
    api = Api(server, server.token("looker", claims={"admin": True}))
    await api.rooms()
    await api.connections()
    await api.presence(room=room)
    await api.history(room=room)
    await api.status()
    await api.publish(room=room, type="t")
    server["gateway"].wait_line("by=looker .*method=publish")
    assert len([line for line in server["gateway"].lines if "by=looker" in line]) == 1


async def test_none_is_held_back(server, room):
    api = Api(server, server.token("busy", claims={"admin": True}))
    requests = [{"method": "join", "user": f"no-one-{n}", "room": room} for n in range(60)]
    await api.batch(requests=requests)
    server["gateway"].wait_line("by=busy .*target=user:no-one-59")
    assert len([line for line in server["gateway"].lines if "by=busy" in line]) == 60


async def test_a_broadcast_over_a_websocket(server, room):
    token = server.token("dora", claims={"admin": True, "jti": "token-8"})
    dora = await server.connect(room=room, token=token)
    assert (await dora.ask("broadcast", rooms=[room], content="the payload"))["type"] == "ack"
    line = server["gateway"].wait_line(r"broadcast by=dora ").string
    assert f"jti=token-8 conn={dora.id} address=127.0.0.1" in line and room in line
    ann = await server.connect(room=room, token=server.token("ann"))
    assert (await ann.ask("broadcast", rooms=[room]))["code"] == "forbidden"
    assert not [line for line in server["gateway"].lines if "broadcast by=ann" in line]


async def test_messages_may_be_left_out(new_server, room):
    server = new_server(gateway={"api_log": "steering"})
    api = Api(server, server.token("shop", claims={"admin": True}))
    await api.publish(room=room, type="t")
    await api.broadcast(all=True, type="t")
    server["gateway"].wait_line("by=shop .*method=broadcast")
    assert not [line for line in server["gateway"].lines if "method=publish" in line]
