/* journal_sqlite_handlers.c - the journal in a SQLite file: what is kept for handlers */
/* SPDX-License-Identifier: MIT */
#include "hub/journal_sqlite.h"

void journal_put_handler(struct journal *journal, const struct journal_handler *row)
{
	WRITE(journal, PUT_HANDLER, journal_number(row->key), journal_text(row->name),
		journal_number(row->sent), journal_number(row->handled), journal_text(row->served),
		journal_text(row->done));
}

void journal_remove_handler(struct journal *journal, uint64_t key)
{
	WRITE(journal, REMOVE_HANDLER, journal_number(key));
	journal_remove_parcels(journal, key, INT64_MAX);
}

void journal_remove_parcel(struct journal *journal, uint64_t gateway, uint64_t last)
{
	WRITE(journal, REMOVE_PARCEL, journal_number(gateway), journal_number(last));
}

void journal_on_handler(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->handler(arg,
		&(struct journal_handler){ .key = (uint64_t)sqlite3_column_int64(stmt, 0),
			.name = journal_column(stmt, 1),
			.sent = (uint64_t)sqlite3_column_int64(stmt, 2),
			.handled = (uint64_t)sqlite3_column_int64(stmt, 3),
			.served = journal_column(stmt, 4),
			.done = journal_column(stmt, 5) });
}
