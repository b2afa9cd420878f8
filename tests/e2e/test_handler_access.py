# test_handler_access.py - which processes may be handlers: the kernel says whose they are
# SPDX-License-Identifier: MIT
import asyncio
import os
import pwd
import stat
import sys

import pytest

from atrium import BUILD, patient, server_fixture
from atrium.handler import Dropped, Handler
from atrium.where import ROOT
from atrium.wire import CALLS, GUARD, HANDLER, HEADER, MESSAGES, PEOPLE, STATE, VERSION, encode

SECTIONS = {
    "greeter": {"rooms": "hall-* foyer"}, "daemons": {"rooms": "*", "user": "daemon"},
    "bins": {"rooms": "*", "group": "bin"}, "nobodys": {"rooms": "*", "user": "nobody"}}
server = server_fixture(prepare=lambda server: server.tolerate("handlers.sock"),
                        **{f'handler "{name}"': keys for name, keys in SECTIONS.items()})

# As another user: says HELLO, and prints what it is told.
STRANGER = """
import asyncio, os, sys
sys.path.insert(0, sys.argv[1])
from atrium.handler import Dropped, Handler
os.setgroups([])
os.setgid(int(sys.argv[4]))
os.setuid(int(sys.argv[3]))

async def main():
    try:
        await Handler.open(sys.argv[2], sys.argv[5])
        print("welcome")
    except Dropped as dropped:
        print(dropped.why)

asyncio.run(main())
"""



async def test_names_that_may_not(server):
    for name in ("unknown", "", "a b", "x" * 65, "\u00e9"):
        with pytest.raises(Dropped) as dropped:
            await Handler.open(server.runtime, name)
        assert "closed" in dropped.value.why or "1 to 64" in dropped.value.why
    await server.until_metrics(lambda s: s.get("atrium_hub_handler_refused_total", instance="hub") >= 5)


async def stranger(server, user, name, group=None):
    """What a process of this user is told."""
    entry = pwd.getpwnam(user)
    for path in (server.directory, server.runtime):
        os.chmod(path, 0o755)
    os.chmod(os.path.join(server.runtime, "handlers.sock"), 0o666)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STRANGER, str(ROOT / "tests" / "e2e"), server.runtime,
        str(entry.pw_uid), str(group or entry.pw_gid), name, stdout=asyncio.subprocess.PIPE)
    said, _ = await asyncio.wait_for(process.communicate(), patient(15))
    return said.decode().strip()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be others")
@pytest.mark.parametrize("user, name, said", [
    ("bin", "greeter", "its user may not"), ("daemon", "greeter", "its user may not"),
    ("daemon", "daemons", "welcome"), ("bin", "daemons", "its user may not"),
    ("root", "daemons", "its user may not"), ("bin", "bins", "welcome"),
    ("daemon", "bins", "its user may not"), ("nobody", "greeter", "cannot be told from others"),
    ("nobody", "nobodys", "cannot be told from others"), ("daemon", "unknown", "closed")])
async def test_users_and_groups(server, user, name, said):
    assert said in await stranger(server, user, name)


async def test_the_mode_of_the_socket(server):
    mode = os.stat(os.path.join(server.runtime, "handlers.sock")).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) in (0o660, 0o666)  # 666: by a test above


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_the_group_of_the_socket(new_server):
    server = new_server(hub={"handlers_group": "bin"})
    found = os.stat(os.path.join(server.runtime, "handlers.sock"))
    assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, pwd.getpwnam("bin").pw_gid)


async def test_without_sections_where_that_is_open(new_server, room):
    server = new_server(hub={"handlers": "open"})
    bot = await Handler.open(server.runtime, "any.name")
    served = await bot.serve("*", what=PEOPLE | MESSAGES | CALLS | GUARD)
    assert served["allowed"] == [{"rooms": "*", "what": PEOPLE | MESSAGES | CALLS | STATE}]
    ann = await server.connect(room=room)
    await ann.ask("message", text="hi")
    await bot.next("said", room=room)
    if os.geteuid() == 0:
        assert "only the hub's user" in await stranger(server, "bin", "another")
        server.tolerate("handlers.sock")


# A peer that speaks ZMTP 3.0 by itself, and says in its handshake that it is root.
async def test_who_one_is_cannot_be_forged(server):
    if os.geteuid() != 0:
        pytest.skip("only root can be others")
    code = FORGER.format(head=HEADER.pack(VERSION, 1, 77).hex(), hello=encode(
        "hello", version=VERSION, process=HANDLER, epoch=77, name="greeter").hex())
    for path in (server.directory, server.runtime):
        os.chmod(path, 0o755)
    os.chmod(os.path.join(server.runtime, "handlers.sock"), 0o666)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, os.path.join(server.runtime, "handlers.sock"),
        stdout=asyncio.subprocess.PIPE)
    said, _ = await asyncio.wait_for(process.communicate(), patient(15))
    assert b"its user may not be this handler" in said


FORGER = """
import os, socket, struct, sys
os.setgroups([]); os.setgid(1); os.setuid(1)
peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1])
peer.sendall(b"\\xff" + bytes(8) + b"\\x7f\\x03\\x00NULL" + bytes(16) + bytes(32))
peer.recv(64, socket.MSG_WAITALL)
def prop(name, value):
    return bytes([len(name)]) + name + struct.pack(">I", len(value)) + value
ready = b"\\x05READY" + prop(b"Peer-Address", b"localhost:0:0:1") + prop(b"Socket-Type", b"DEALER")
peer.sendall(b"\\x04" + bytes([len(ready)]) + ready)
batch = bytes.fromhex("{head}") + bytes.fromhex("{hello}")
peer.sendall(b"\\x00" + bytes([len(batch)]) + batch)
peer.settimeout(10)
came = b""
while b"handler" not in came:
    data = peer.recv(4096)
    if not data:
        break
    came += data
print(came)
"""


# ---- settings

async def test_settings_are_read_again(new_server, room):
    server = new_server(**{'handler "bot"': {"rooms": f"{room}-a"}})
    server.tolerate("handlers.sock")
    bot = await Handler.open(server.runtime, "bot")
    await bot.serve("*")
    for name in "ab":
        await (await server.connect(room=f"{room}-{name}")).ask("message", text="hi")
    await bot.next("said", room=f"{room}-a")
    assert not bot.came(room=f"{room}-b")
    server.settings['handler "bot"'] = {"rooms": f"{room}-b"}
    await asyncio.to_thread(server.reload, "hub")
    assert (await bot.serve("*"))["allowed"] == [{"rooms": f"{room}-b", "what": 23}]
    for name in "ab":
        await (await server.connect(room=f"{room}-{name}")).ask("message", text="again")
    await bot.next("said", room=f"{room}-b")
    assert len(bot.came("said", room=f"{room}-a")) == 1
    del server.settings['handler "bot"']
    await asyncio.to_thread(server.reload, "hub")
    assert "closed" in await bot.dropped()


async def test_a_name_that_cannot_be(server):
    bad = os.path.join(server.directory, "bad.conf")
    with open(bad, "w", encoding="utf-8") as file:
        file.write('[handler "a b"]\nrooms = *\n')
    process = await asyncio.create_subprocess_exec(
        str(BUILD / "atrium-hub"), "-c", bad, "-n", stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL)
    _, said = await process.communicate()
    assert process.returncode == 2 and b"1 to 64 of a-z" in said
