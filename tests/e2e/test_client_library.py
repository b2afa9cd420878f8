# test_client_library.py - atrium-client and a room's handler: calls, and what a guard rules
# SPDX-License-Identifier: MIT
import asyncio
import json

import pytest

from atrium import ROOT
from atrium.judge import CALLS, GUARD, REFUSE, Judge

LIBRARY = ROOT / "static/dist/atrium-client.mjs"
NODE = """
const { connect } = await import(process.argv[1]);
const { default: WebSocket } = await import("/usr/share/nodejs/ws/index.js");
const [, , url, name] = process.argv;
const client = connect({ url, socket: (to) => new WebSocket(to), rooms: [name], nickname: "Ann" });
const room = client.join(name);
const said = [];
const tell = (what) => console.log(JSON.stringify(what));
const told = ({ code, message }) => ({ code, message });
room.on("move", ({ n }) => said.push(n));
client.on("error", (error) => tell({ error: error.code }));
tell(await room.call("roll", { sides: 6 }));
tell(await room.call("roll", { sides: 0 }).catch(told));
tell(await room.call("sing").catch(told));
tell(await room.call("roll", { sides: 1 }, { timeout: 50 }).catch(told));
const moves = [1, 2, 3].map((n) => room.publish("move", { n }).then(() => n, told));
tell(await Promise.all(moves));
tell(said);
client.close();
"""


async def answer(judge):
    """A roll of no sides is refused, one of one is not answered; so is the second move."""
    for sides in (6, 0, 1):
        question = await judge.called(cmd="roll")
        if sides == 6:
            judge.answer(question, '"eyes":4')
        elif sides == 0:
            judge.answer(question, error="no_sides", text="of what?")
    for n in (1, 2, 3):
        question = await judge.asked()
        assert question["body"].decode() == f'"n":{n}'
        if n == 2:
            judge.rule(question, REFUSE, error="not_your_turn", text="wait")
        else:
            judge.rule(question)


@pytest.mark.skipif(not LIBRARY.exists(), reason="make static")
async def test_calls_and_a_guard(new_server, room):
    server = new_server(**{'handler "judge"': {"rooms": room, "guard": room, "deadline": "20s"}})
    async with Judge(server, "judge", {room: CALLS | GUARD}, commands=["roll"]) as judge:
        answers = asyncio.create_task(answer(judge))
        node = await asyncio.create_subprocess_exec(
            "node", "--input-type=module", "-e", NODE, str(LIBRARY),
            f"http://127.0.0.1:{server.port}/api/ws", room, stdout=asyncio.subprocess.PIPE)
        output, _ = await node.communicate()
        await answers
    told = [json.loads(line) for line in output.splitlines()]
    assert node.returncode == 0 and told[0]["eyes"] == 4
    assert told[1] == {"code": "no_sides", "message": "of what?"}
    assert told[2]["code"] == "no_handler" and told[3]["code"] == "timeout"
    assert told[4] == [1, {"code": "not_your_turn", "message": "wait"}, 3]
    assert told[5] == [1, 3] and len(told) == 6
