/* journal_sqlite_load.c - the journal in a SQLite file: reading */
/* SPDX-License-Identifier: MIT */
#include "hub/journal_sqlite.h"

static uint64_t get_number(sqlite3_stmt *stmt, int column)
{
	return (uint64_t)sqlite3_column_int64(stmt, column);
}

static struct slice get_bytes(sqlite3_stmt *stmt, int column)
{
	const void *bytes = sqlite3_column_blob(stmt, column);

	return slice_make(bytes, bytes ? (size_t)sqlite3_column_bytes(stmt, column) : 0);
}

typedef void (*row_fn)(sqlite3_stmt *stmt, const void *fns, void *arg);

static int each_row(struct journal *journal, enum statement which,
	const union journal_value *values, row_fn fn, const void *fns, void *arg)
{
	sqlite3_stmt *stmt;
	int count = 0, r;

	if (!journal->db)
		return 0;
	stmt = journal->statements[which];
	r = journal_bind(journal, which, values);
	while (r == SQLITE_OK || r == SQLITE_ROW) {
		r = sqlite3_step(stmt);
		if (r != SQLITE_ROW)
			break;
		fn(stmt, fns, arg);
		count++;
	}
	sqlite3_reset(stmt);
	return r == SQLITE_DONE ? count : journal_errno(r);
}

static void on_gateway(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->gateway(arg,
			&(struct journal_gateway){ .epoch = get_number(stmt, 0),
				.name = get_bytes(stmt, 1),
				.applied = get_number(stmt, 2),
				.sent = get_number(stmt, 3) });
}

static void on_parcel(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->parcel(arg,
			&(struct journal_parcel){ .gateway = get_number(stmt, 0),
				.first = get_number(stmt, 1),
				.last = get_number(stmt, 2),
				.bytes = get_bytes(stmt, 3) });
}

static void on_room(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->room(arg,
			&(struct journal_room){ .id = get_number(stmt, 0),
				.name = get_bytes(stmt, 1),
				.epoch = get_number(stmt, 2),
				.offset = get_number(stmt, 3),
				.time = get_number(stmt, 4),
				.listed = get_number(stmt, 5) != 0,
				.stale = get_number(stmt, 6) != 0 });
}

static void on_conn(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->conn(arg,
			&(struct journal_conn){ .serial = get_number(stmt, 0),
				.gateway = get_number(stmt, 1),
				.number = get_number(stmt, 2),
				.id = get_bytes(stmt, 3),
				.resume = get_bytes(stmt, 4),
				.nickname = get_bytes(stmt, 5),
				.user = get_bytes(stmt, 6),
				.address = get_bytes(stmt, 7),
				.grants = get_bytes(stmt, 8),
				.expires = (int64_t)get_number(stmt, 9),
				.admin = get_number(stmt, 10) != 0,
				.gone = get_number(stmt, 11) != 0,
				.dialect = (uint8_t)get_number(stmt, 12),
				.came = get_number(stmt, 13) });
}

static void on_member(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->member(arg,
			&(struct journal_member){ .conn = get_number(stmt, 0),
				.room = get_number(stmt, 1),
				.state = (enum journal_membership)get_number(stmt, 2),
				.awaited = get_number(stmt, 3) != 0 });
}

static void on_departure(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->departure(arg,
			&(struct journal_departure){ .room = get_number(stmt, 0),
				.conn = get_number(stmt, 1),
				.id = get_bytes(stmt, 2),
				.nickname = get_bytes(stmt, 3),
				.user = get_bytes(stmt, 4) });
}

static void on_mid(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->mid(arg,
			&(struct journal_mid){ .client = get_bytes(stmt, 0),
				.mid = get_bytes(stmt, 1),
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
		{ STATEMENT_LOAD_PARCELS, on_parcel },
		{ STATEMENT_LOAD_ROOMS, on_room },
		{ STATEMENT_LOAD_CONNS, on_conn },
		{ STATEMENT_LOAD_MEMBERS, on_member },
		{ STATEMENT_LOAD_DEPARTURES, on_departure },
		{ STATEMENT_LOAD_MIDS, on_mid },
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && r >= 0; i++)
		r = each_row(journal, kinds[i].statement, NULL, kinds[i].fn, reader, arg);
	return r < 0 ? r : 0;
}

struct message_fn {
	void (*fn)(void *arg, const struct event *event);
};

static void on_message(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct message_fn *)fns)
		->fn(arg,
			&(struct event){ .offset = get_number(stmt, 0),
				.time = get_number(stmt, 1),
				.type = get_bytes(stmt, 2),
				.format = (enum event_format)get_number(stmt, 3),
				.id = get_bytes(stmt, 4),
				.nickname = get_bytes(stmt, 5),
				.user = get_bytes(stmt, 6),
				.body = get_bytes(stmt, 7) });
}

int journal_messages(struct journal *journal, uint64_t room, uint64_t after, unsigned limit,
	void (*fn)(void *arg, const struct event *event), void *arg)
{
	const union journal_value values[] = { journal_number(room), journal_number(after),
		journal_number(limit) };

	return each_row(
		journal, STATEMENT_MESSAGES, values, on_message, &(struct message_fn){ fn }, arg);
}
