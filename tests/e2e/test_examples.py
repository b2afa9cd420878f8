# test_examples.py - the handlers of examples/: what they do, and that nothing is lost when something is killed
# SPDX-License-Identifier: MIT
import asyncio
import os
import shutil
import signal
import subprocess

import pytest

from atrium import BUILD, ROOT
from atrium.example import Example

GREETERS = ("greeter", "greeter.py")
HELP = "I know: help, and count"
SECTIONS = {
    'handler "greeter"': {"rooms": "*"},
    'handler "dice"': {"rooms": "table-*", "deadline": "30s"},
    'handler "tictactoe"': {"guard": "game-*", "absent": "wait", "deadline": "30s"},
}


@pytest.fixture
def server(new_server):
    server = new_server(**SECTIONS)
    # A process that was killed is at times still taken to be there when the next one comes.
    server.tolerate("replaced by another process of this name")
    return server


@pytest.fixture
def run(server):
    """Starts one of them: run("dice", "table-*")."""
    examples = []

    def start(program, *rooms):
        examples.append(Example(server, program, *rooms))
        return examples[-1]

    yield start
    wrong = [line for example in examples for line in example.stop()]
    assert not wrong, "\n".join(wrong + [p.log() for e in examples for p in e.processes])


def there_are(count):
    return f"There are {count} of us here."


@pytest.mark.skipif(BUILD.name != "release", reason="a library with sanitizers wants programs with them")
def test_they_build_with_a_library_that_is_installed(tmp_path):
    prefix, work = tmp_path / "prefix", tmp_path / "examples"
    for folder in ("include", "lib/pkgconfig"):
        (prefix / folder).mkdir(parents=True)
    shutil.copy(ROOT / "proto/atrium.h", prefix / "include")
    (prefix / "lib/libatrium.so").symlink_to(BUILD / "libatrium.so.0")
    (prefix / "lib/libatrium.so.0").symlink_to(BUILD / "libatrium.so.0")
    package = (BUILD / "atrium.pc").read_text(encoding="utf-8")
    package = package.replace("@PREFIX@", str(prefix)).replace("@LIBDIR@", "${prefix}/lib")
    (prefix / "lib/pkgconfig/atrium.pc").write_text(package, encoding="utf-8")
    shutil.copytree(ROOT / "examples", work)
    env = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"),
           "CFLAGS": "-O2 -Wall -Wextra -Werror"}
    env = {name: value for name, value in env.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "-C", work], env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    for name in ("greeter", "dice", "tictactoe"):
        run = subprocess.run([work / name], env={"LD_LIBRARY_PATH": str(prefix / "lib"), "ATRIUM_HANDLERS": "/" * 200},
                             stderr=subprocess.PIPE, text=True, check=False)
        assert run.returncode == 1 and run.stderr == f"{name}: File name too long\n"


def test_settings_in_the_page_are_good(tmp_path):
    page = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    lines = page[page.index("    [hub]"):page.index("`handlers = open`")].splitlines()
    conf = tmp_path / "atrium.conf"
    conf.write_text("".join(f"{line.strip()}\n" for line in lines), encoding="utf-8")
    shown = subprocess.run([BUILD / "atrium-hub", "-n", "-c", conf], stdout=subprocess.PIPE, text=True,
                           check=True).stdout
    assert '[handler "tictactoe"]\n' in shown and "guard = game-*\n" in shown
    assert "absent = wait\n" in shown and "handlers = open\n" in shown


# ---- the greeter, in C and in Python

@pytest.mark.deadline(60)
@pytest.mark.parametrize("program", GREETERS)
async def test_greeter_greets_and_answers(server, run, room, program):
    run(program, room)
    ann = await server.connect(room=room, nickname="Ann")
    greeting = await ann.recv_until(type="message")
    assert greeting["content"] == f"Welcome, Ann! {there_are(1)}" and greeting["nickname"] == "greeter"
    bob = await server.connect(room=room, nickname='"Bob\\')
    await ann.recv_until(type="message", content=f'Welcome, "Bob\\! {there_are(2)}')
    bob.send("message", content="count")
    await ann.recv_until(type="message", content=there_are(2))
    bob.send("message", content="help")
    await bob.recv_until(content=HELP)
    bob.send("message", content={"help": 1})
    bob.send("other", content="help")
    await server.connect(room=f"{room}-2", nickname="Cid")
    ann.send("message", content="count")
    await ann.recv_until(type="message", content=there_are(2))
    assert not [m for m in ann.messages if m.get("content") == HELP]


@pytest.mark.deadline(90)
@pytest.mark.parametrize("program", GREETERS)
async def test_each_is_greeted_once_whoever_is_killed(server, run, room, program):
    greeter = run(program, room)
    ann = await server.connect(room=room, nickname="Ann")
    names = []
    for number in range(4):
        names += [f"away-{number}", f"back-{number}"]
        greeter.kill()
        await server.connect(room=room, nickname=names[-2])
        if number == 2:
            await server.restart_async("hub")
        starting = asyncio.to_thread(greeter.start)
        await asyncio.gather(starting, server.connect(room=room, nickname=names[-1]))
        if number == 1:
            await greeter.restart_hub()
    for name in names:
        if not any(m.get("content", "").startswith(f"Welcome, {name}!") for m in said(ann)):
            await ann.recv_until(type="message", content=Beginning(f"Welcome, {name}!"))
    ann.send("message", content="count")
    await ann.recv_until(type="message", content=there_are(len(names) + 1))
    for name in ["Ann", *names]:
        greetings = [m for m in said(ann) if m["content"].startswith(f"Welcome, {name}!")]
        assert len(greetings) == 1, greetings


def said(client):
    return [m for m in client.messages if m["type"] == "message"]


class Beginning(str):
    """Equal to any text that begins with it."""
    __hash__ = str.__hash__

    def __eq__(self, other):
        return isinstance(other, str) and other.startswith(str(self))


# ---- dice

@pytest.mark.deadline(60)
async def test_dice_are_rolled(server, run):
    run("dice", "table-*")
    ann = await server.connect(room="table-1")
    seen = set()
    for _ in range(100):
        result = await ann.ask("call", cmd="roll", dice="2d6")
        assert result["type"] == "result" and result["dice"] == "2d6"
        assert len(result["rolls"]) == 2 and result["sum"] == sum(result["rolls"])
        seen.update(result["rolls"])
    assert seen == set(range(1, 7))
    one = await ann.ask("call", cmd="roll", dice="d1000")
    assert one["dice"] == "1d1000" and 1 <= one["sum"] <= 1000
    assert len((await ann.ask("call", cmd="roll", dice="100d2"))["rolls"]) == 100


@pytest.mark.deadline(60)
async def test_dice_refuse_what_they_cannot_roll(server, run):
    run("dice", "table-*")
    ann = await server.connect(room="table-1")
    for dice in ("", "6", "2d", "0d6", "2d1", "101d6", "2d1001", "2d6 ", "2d6+1", "-1d6", "d" * 300,
                 "99999999999d6", "2d-6"):
        error = await ann.ask("call", cmd="roll", dice=dice)
        assert (error["type"], error["code"]) == ("error", "bad_dice"), (dice, error)
    for members in ({}, {"dice": 6}, {"dice": None}, {"dice": ["2d6"]}):
        assert (await ann.ask("call", cmd="roll", **members))["code"] == "bad_dice"
    assert (await ann.ask("call", cmd="cheat"))["type"] == "error"
    bob = await server.connect(room="elsewhere")
    assert (await bob.ask("call", cmd="roll", dice="2d6"))["code"] == "no_handler"


@pytest.mark.deadline(60)
async def test_a_roll_is_answered_though_dice_or_the_hub_are_killed(server, run):
    dice = run("dice", "table-*")
    ann = await server.connect(room="table-1")
    dice.process.kill(signal.SIGSTOP)
    asking = asyncio.ensure_future(ann.ask("call", cmd="roll", dice="2d6"))
    await server.connect(room="table-1")  # the call is on its way before
    await dice.restart()
    assert (await asking)["dice"] == "2d6"
    dice.process.kill(signal.SIGSTOP)
    asking = asyncio.ensure_future(ann.ask("call", cmd="roll", dice="3d6"))
    await server.connect(room="table-1")
    await server.restart_async("hub")
    dice.process.kill(signal.SIGCONT)
    assert (await asking)["dice"] == "3d6"
    dice.kill()
    asking = asyncio.ensure_future(ann.ask("call", cmd="roll", dice="4d6"))
    await asyncio.to_thread(dice.start)
    assert (await asking)["dice"] == "4d6"


# ---- tic-tac-toe

async def players(server, room):
    """Two who have their seats."""
    ann, bob = [await server.connect(room=room, nickname=name) for name in ("Ann", "Bob")]
    for player in (ann, bob):
        assert (await player.ask("sit"))["type"] == "ack"
    return ann, bob


async def refused(client, text, *what, **members):
    error = await client.ask(*what, **members)
    assert (error["type"], error.get("code"), error.get("content")) == ("error", "refused", text)


async def board(client):
    """The game, as the room's state has it."""
    snapshot = await client.ask("state_get")
    return next(entry["value"] for entry in snapshot["entries"] if entry["key"] == "game")


@pytest.mark.deadline(60)
async def test_a_game_is_played_by_its_rules(server, run):
    run("tictactoe")
    ann, bob = await players(server, "game-1")
    cid = await server.connect(room="game-1", nickname="Cid")
    ear = cid.ear()
    await refused(cid, "Both seats are taken", "sit")
    await refused(ann, "You have a seat", "sit")
    await refused(cid, "Take a seat first", "move", cell=0)
    await refused(bob, "It is not your turn", "move", cell=0)
    await refused(cid, "Only players may begin anew", "reset")
    for cell in (9, -1, "0", None, 1.5):
        await refused(ann, "A cell is a number from 0 to 8", "move", cell=cell)
    assert (await ann.ask("move", cell=4))["type"] == "ack"
    await refused(bob, "This cell is taken", "move", cell=4)
    for player, cell in ((bob, 0), (ann, 2), (bob, 1), (ann, 6)):
        assert (await player.ask("move", cell=cell))["type"] == "ack"
    over = await ear.recv_until(type="move", winner="X")
    assert (over["board"], over["seat"], over["text"]) == ("OOX.X.X..", "X", "Ann has won")
    assert over["id"] == ann.id
    await refused(bob, "The game is over", "move", cell=8)
    assert (await cid.ask("reset"))["type"] == "ack"
    assert (await ear.recv_until(type="reset"))["board"] == "........."
    assert (await ann.ask("message", content="again?"))["type"] == "ack"
    await ear.recv_until(type="message", content="again?")
    assert (await cid.ask("state", ops=[{"key": "game", "value": 1}]))["code"] == "forbidden"


@pytest.mark.deadline(60)
async def test_nobody_wins(server, run):
    run("tictactoe")
    ann, bob = await players(server, "game-1")
    for number, cell in enumerate((0, 1, 2, 4, 3, 5, 7, 6, 8)):
        assert (await (ann, bob)[number % 2].ask("move", cell=cell))["type"] == "ack"
    assert (await board(ann))["winner"] == "draw"


@pytest.mark.deadline(60)
async def test_who_leaves_leaves_the_seat(server, run):
    game = run("tictactoe")
    ann, bob = await players(server, "game-1")
    cid = await server.connect(room="game-1", nickname="Cid")
    assert (await ann.ask("move", cell=4))["type"] == "ack"
    bob.send("leave", room="game-1")
    assert (await cid.recv_until(type="vacated"))["text"] == "Bob has left; O is free"
    assert (await cid.ask("sit"))["type"] == "ack"
    assert (await cid.ask("move", cell=0))["type"] == "ack"
    game.kill()
    await ann.ask("leave", room="game-1")  # while it is away
    await asyncio.to_thread(game.start)
    await cid.recv_until(type="vacated", text="Ann has left; X is free")
    assert (await board(cid))["board"] == "O...X...."


@pytest.mark.deadline(120)
@pytest.mark.parametrize("victim", ("handler", "hub"))
async def test_a_game_goes_on_whoever_is_killed(server, run, victim):
    game = run("tictactoe")
    ann, bob = await players(server, "game-1")
    moves = (0, 1, 2, 4, 3, 5, 7, 6, 8)
    for number, cell in enumerate(moves):
        asking = asyncio.ensure_future((ann, bob)[number % 2].ask("move", cell=cell))
        await asyncio.sleep(0)
        await (game.restart() if victim == "handler" else game.restart_hub())
        assert (await asking)["type"] == "ack"
    now = await board(ann)
    assert (now["board"], now["winner"]) == ("XOXXOOOXX", "draw")
    history = (await bob.ask("history", room="game-1"))["messages"]
    boards = [m["board"] for m in history if m["type"] == "move"]
    assert [9 - b.count(".") for b in boards] == list(range(1, 10))


async def test_moves_that_come_together_are_one_after_the_other(server, run):
    run("tictactoe")
    ann, bob = await players(server, "game-1")
    answers = await asyncio.gather(*(player.ask("move", cell=cell)
                                     for cell in range(9) for player in (ann, bob)))
    moved = sum(answer["type"] == "ack" for answer in answers)
    now = await board(ann)
    assert 9 - now["board"].count(".") == moved >= 1
    assert abs(now["board"].count("X") - now["board"].count("O")) <= 1
