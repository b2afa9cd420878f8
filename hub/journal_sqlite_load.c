/* journal_sqlite_load.c - the journal in a SQLite file: reading */
/* SPDX-License-Identifier: MIT */
#include "hub/journal_sqlite.h"

static uint64_t get_number(sqlite3_stmt *stmt, int column)
{
	return (uint64_t)sqlite3_column_int64(stmt, column);
}

typedef void (*row_fn)(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg);

static int each_row(struct journal *journal, enum statement which, row_fn fn,
	const struct journal_reader *reader, void *arg)
{
	sqlite3_stmt *stmt = journal->statements[which];
	int r;

	while ((r = sqlite3_step(stmt)) == SQLITE_ROW)
		fn(stmt, reader, arg);
	sqlite3_reset(stmt);
	return journal_errno(r);
}

static void on_gateway(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->gateway(arg,
		&(struct journal_gateway){ .epoch = get_number(stmt, 0),
			.name = journal_column(stmt, 1),
			.applied = get_number(stmt, 2),
			.sent = get_number(stmt, 3) });
}

static void on_parcel(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->parcel(arg,
		&(struct journal_parcel){ .gateway = get_number(stmt, 0),
			.first = get_number(stmt, 1),
			.last = get_number(stmt, 2),
			.bytes = journal_column(stmt, 3) });
}

static void on_room(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->room(arg,
		&(struct journal_room){ .id = get_number(stmt, 0),
			.name = journal_column(stmt, 1),
			.epoch = get_number(stmt, 2),
			.offset = get_number(stmt, 3),
			.time = get_number(stmt, 4),
			.listed = get_number(stmt, 5) != 0,
			.stale = get_number(stmt, 6) != 0,
			.window = get_number(stmt, 7),
			.kept = get_number(stmt, 8) != 0 });
}

static void on_conn(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->conn(arg,
		&(struct journal_conn){ .serial = get_number(stmt, 0),
			.gateway = get_number(stmt, 1),
			.number = get_number(stmt, 2),
			.id = journal_column(stmt, 3),
			.resume = journal_column(stmt, 4),
			.nickname = journal_column(stmt, 5),
			.user = journal_column(stmt, 6),
			.address = journal_column(stmt, 7),
			.grants = journal_column(stmt, 8),
			.expires = (int64_t)get_number(stmt, 9),
			.admin = get_number(stmt, 10) != 0,
			.gone = get_number(stmt, 11) != 0,
			.dialect = (uint8_t)get_number(stmt, 12),
			.came = get_number(stmt, 13),
			.meta = journal_column(stmt, 14),
			.home = { .conn = get_number(stmt, 0),
				.room = get_number(stmt, 15),
				.window = get_number(stmt, 16),
				.awaited = get_number(stmt, 17) != 0 } });
}

static void on_member(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->member(arg,
		&(struct journal_member){ .conn = get_number(stmt, 0),
			.room = get_number(stmt, 1),
			.window = get_number(stmt, 2),
			.awaited = get_number(stmt, 3) != 0 });
}

static void on_departure(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->departure(arg,
		&(struct journal_departure){ .room = get_number(stmt, 0),
			.conn = get_number(stmt, 1),
			.id = journal_column(stmt, 2),
			.nickname = journal_column(stmt, 3),
			.user = journal_column(stmt, 4) });
}

static void on_mid(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg)
{
	reader->mid(arg,
		&(struct journal_mid){ .client = journal_column(stmt, 0),
			.mid = journal_column(stmt, 1),
			.room = get_number(stmt, 2),
			.offset = get_number(stmt, 3),
			.time = get_number(stmt, 4) });
}

int journal_load(struct journal *journal, const struct journal_reader *reader, void *arg)
{
	static const struct {
		enum statement statement;
		row_fn fn;
	} kinds[] = {
		{ STATEMENT_LOAD_GATEWAYS, on_gateway },
		{ STATEMENT_LOAD_HANDLERS, journal_on_handler },
		{ STATEMENT_LOAD_PARCELS, on_parcel },
		{ STATEMENT_LOAD_ROOMS, on_room },
		{ STATEMENT_LOAD_CONNS, on_conn },
		{ STATEMENT_LOAD_MEMBERS, on_member },
		{ STATEMENT_LOAD_DEPARTURES, on_departure },
		{ STATEMENT_LOAD_MIDS, on_mid },
		{ STATEMENT_LOAD_STATES, journal_on_state },
		{ STATEMENT_LOAD_ENTRIES, journal_on_entry },
		{ STATEMENT_LOAD_QUESTIONS, journal_on_question },
	};
	int r = 0;

	if (!journal->db)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && r == 0; i++)
		r = each_row(journal, kinds[i].statement, kinds[i].fn, reader, arg);
	return r < 0 ? r : journal_load_messages(journal, reader, arg);
}
