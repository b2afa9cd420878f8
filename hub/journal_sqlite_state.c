/* journal_sqlite_state.c - the journal in a SQLite file: the states of rooms */
/* SPDX-License-Identifier: MIT */
#include "hub/journal_sqlite.h"

void journal_put_state(struct journal *journal, const struct journal_state *row)
{
	WRITE(journal, PUT_STATE, journal_number(row->room), journal_number(row->rev),
		journal_number(row->forgotten), journal_number(row->time));
}

void journal_put_entry(struct journal *journal, const struct journal_entry *row)
{
	WRITE(journal, PUT_ENTRY, journal_number(row->id), journal_number(row->room),
		journal_text(row->key), journal_number(row->rev), journal_number(row->deleted),
		journal_text(row->value));
}

void journal_remove_state(struct journal *journal, uint64_t room)
{
	WRITE(journal, REMOVE_STATE, journal_number(room));
	WRITE(journal, REMOVE_ENTRIES, journal_number(room));
}

void journal_remove_entry(struct journal *journal, uint64_t id)
{
	WRITE(journal, REMOVE_ENTRY, journal_number(id));
}

static uint64_t get_number(sqlite3_stmt *stmt, int column)
{
	return (uint64_t)sqlite3_column_int64(stmt, column);
}

void journal_on_state(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->state(arg,
		&(struct journal_state){ .room = get_number(stmt, 0),
			.rev = get_number(stmt, 1),
			.forgotten = get_number(stmt, 2),
			.time = get_number(stmt, 3) });
}

void journal_on_entry(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->entry(arg,
		&(struct journal_entry){ .id = get_number(stmt, 0),
			.room = get_number(stmt, 1),
			.key = journal_column(stmt, 2),
			.rev = get_number(stmt, 3),
			.deleted = get_number(stmt, 4) != 0,
			.value = journal_column(stmt, 5) });
}
