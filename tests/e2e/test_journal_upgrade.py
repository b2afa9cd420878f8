# test_journal_upgrade.py - a journal of an older version is read, and goes on as one of this
# SPDX-License-Identifier: MIT
import os
import sqlite3
import struct

import pytest

from atrium.judge import CALLS, Judge

TABLES = {"meta", "gateways", "parcels", "rooms", "conns", "members", "departures", "mids",
          "messages"}  # of schema 2
HEAD = struct.Struct("<QQQIHHHHB")  # as hub/record.h says
MESSAGES = """CREATE TABLE messages (room INTEGER NOT NULL, offset INTEGER NOT NULL,
    time INTEGER NOT NULL, type TEXT NOT NULL, format INTEGER NOT NULL, id TEXT NOT NULL,
    nickname TEXT NOT NULL, user TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (room, offset))
    WITHOUT ROWID"""


def records(data):
    """The rows of `messages` that these bytes were."""
    while data:
        room, offset, time, body, *lengths, form = HEAD.unpack_from(data)
        at, texts = HEAD.size, []
        for length in lengths + [body]:
            texts.append(data[at:at + length])
            at += length
        kind, sender, nickname, user = (text.decode() for text in texts[:4])
        yield room, offset, time, kind, form, sender, nickname, user, texts[4]
        data = data[at:]

NEW_COLUMNS = (("conns", "meta"), ("conns", "room"), ("conns", "window"), ("conns", "awaited"),
               ("rooms", "window"), ("rooms", "kept"))


def make_schema_2(path):
    """Puts the journal back to what it was before messages were kept in batches."""
    journal = sqlite3.connect(path, isolation_level=None)
    journal.execute("BEGIN")
    journal.execute(MESSAGES)
    for (data,) in journal.execute("SELECT bytes FROM batches").fetchall():
        journal.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            list(records(data)))
    journal.execute("UPDATE rooms SET offset = coalesce("
                    "(SELECT max(offset) FROM messages WHERE room = id), offset)")
    journal.execute("INSERT INTO members SELECT serial, room, window, awaited FROM conns WHERE room != 0")
    journal.execute("UPDATE members SET window = CASE window WHEN 0 THEN 2 ELSE 1 END")
    journal.execute("ALTER TABLE members RENAME COLUMN window TO state")
    for table, column in NEW_COLUMNS:
        journal.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    tables = journal.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in tables:
        if name not in TABLES:
            journal.execute(f"DROP TABLE {name}")
    journal.execute("PRAGMA user_version = 2")
    journal.execute("COMMIT")
    journal.close()


@pytest.mark.deadline(30)
async def test_history_and_numbers_go_on(new_server, room):
    server = new_server(hub={"history": "5"})
    john = await server.connect(room=room, nickname="Zo\u00eb")
    for n in range(8):
        assert (await john.ask("message", n=n, text="\u20ac"))["offset"] == n + 1
    empty = await john.ask("join", room=room + "-2")
    server.kill("hub")
    make_schema_2(os.path.join(server.directory, "state", "hub", "hub.journal"))
    for _ in range(2):
        await server.start_async("hub")
        kept = await john.ask("history")
        assert [m["n"] for m in kept["messages"]] == [3, 4, 5, 6, 7]
        assert {m["nickname"] for m in kept["messages"]} == {"Zo\u00eb"}
        assert {m["text"] for m in kept["messages"]} == {"\u20ac"}
        assert (await john.ask("history", room=room + "-2"))["epoch"] == empty["epoch"]
        server.kill("hub")
    await server.start_async("hub")
    assert (await john.ask("message", n=8))["offset"] == 9


def make_schema_5(path):
    """Puts it back to what it was before answers were kept."""
    journal = sqlite3.connect(path)
    for column in ("decided", "error", "said"):
        journal.execute(f"ALTER TABLE questions DROP COLUMN {column}")
    journal.execute("ALTER TABLE handlers DROP COLUMN done")
    journal.execute("PRAGMA user_version = 5")
    journal.commit()
    journal.close()


@pytest.mark.deadline(30)
async def test_what_a_handler_was_asked_goes_on(new_server, room):
    server = new_server(**{'handler "dice"': {"rooms": f"{room}*", "deadline": "20s"}})
    ann = await server.connect(room=room)
    async with Judge(server, "dice", {room: CALLS}) as dice:
        ann.send("call", cmd="roll", ref=1)
        asked = await dice.called()
        server.kill("hub")
        make_schema_5(os.path.join(server.directory, "state", "hub", "hub.journal"))
        await server.start_async("hub")
        again = await dice.called(again=1)
        assert again["ask"] == asked["ask"]
        dice.answer(again, '"eyes":4')
        assert (await ann.recv_until(ref=1))["eyes"] == 4
