/* journal_sqlite_questions.c - the journal in a SQLite file: what handlers are asked */
/* SPDX-License-Identifier: MIT */
#include "hub/journal_sqlite.h"

void journal_put_question(struct journal *journal, const struct journal_question *row)
{
	WRITE(journal, PUT_QUESTION, journal_number(row->id), journal_text(row->handler),
		journal_number(row->conn), journal_text(row->sender), journal_text(row->nickname),
		journal_text(row->user), journal_number(row->time), journal_text(row->message),
		journal_number(row->decided), journal_text(row->error), journal_text(row->said));
}

void journal_remove_question(struct journal *journal, uint64_t id)
{
	WRITE(journal, REMOVE_QUESTION, journal_number(id));
}

void journal_on_question(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->question(arg,
		&(struct journal_question){ .id = (uint64_t)sqlite3_column_int64(stmt, 0),
			.handler = journal_column(stmt, 1),
			.conn = (uint64_t)sqlite3_column_int64(stmt, 2),
			.sender = journal_column(stmt, 3),
			.nickname = journal_column(stmt, 4),
			.user = journal_column(stmt, 5),
			.time = (uint64_t)sqlite3_column_int64(stmt, 6),
			.message = journal_column(stmt, 7),
			.decided = (uint8_t)sqlite3_column_int64(stmt, 8),
			.error = journal_column(stmt, 9),
			.said = journal_column(stmt, 10) });
}
