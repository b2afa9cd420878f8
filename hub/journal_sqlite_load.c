/* journal_sqlite_load.c - the journal in a SQLite file: reading */
/* SPDX-License-Identifier: MIT */
#include "hub/journal_sqlite.h"

static int each_row(struct journal *journal, enum statement which,
	const union journal_value *values, journal_row_fn fn, const void *fns, void *arg)
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
			&(struct journal_gateway){ .epoch = journal_get_number(stmt, 0),
				.name = journal_get_bytes(stmt, 1),
				.applied = journal_get_number(stmt, 2),
				.sent = journal_get_number(stmt, 3) });
}

static void on_parcel(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->parcel(arg,
			&(struct journal_parcel){ .gateway = journal_get_number(stmt, 0),
				.first = journal_get_number(stmt, 1),
				.last = journal_get_number(stmt, 2),
				.bytes = journal_get_bytes(stmt, 3) });
}

static void on_room(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->room(arg,
			&(struct journal_room){ .id = journal_get_number(stmt, 0),
				.name = journal_get_bytes(stmt, 1),
				.epoch = journal_get_number(stmt, 2),
				.offset = journal_get_number(stmt, 3),
				.time = journal_get_number(stmt, 4),
				.listed = journal_get_number(stmt, 5) != 0,
				.stale = journal_get_number(stmt, 6) != 0 });
}

static void on_conn(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->conn(arg,
			&(struct journal_conn){ .serial = journal_get_number(stmt, 0),
				.gateway = journal_get_number(stmt, 1),
				.number = journal_get_number(stmt, 2),
				.id = journal_get_bytes(stmt, 3),
				.resume = journal_get_bytes(stmt, 4),
				.nickname = journal_get_bytes(stmt, 5),
				.user = journal_get_bytes(stmt, 6),
				.address = journal_get_bytes(stmt, 7),
				.grants = journal_get_bytes(stmt, 8),
				.expires = (int64_t)journal_get_number(stmt, 9),
				.admin = journal_get_number(stmt, 10) != 0,
				.gone = journal_get_number(stmt, 11) != 0,
				.dialect = (uint8_t)journal_get_number(stmt, 12),
				.came = journal_get_number(stmt, 13) });
}

static void on_member(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->member(arg,
			&(struct journal_member){ .conn = journal_get_number(stmt, 0),
				.room = journal_get_number(stmt, 1),
				.state = (enum journal_membership)journal_get_number(stmt, 2),
				.awaited = journal_get_number(stmt, 3) != 0 });
}

static void on_departure(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->departure(arg,
			&(struct journal_departure){ .room = journal_get_number(stmt, 0),
				.conn = journal_get_number(stmt, 1),
				.id = journal_get_bytes(stmt, 2),
				.nickname = journal_get_bytes(stmt, 3),
				.user = journal_get_bytes(stmt, 4) });
}

static void on_mid(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->mid(arg,
			&(struct journal_mid){ .client = journal_get_bytes(stmt, 0),
				.mid = journal_get_bytes(stmt, 1),
				.room = journal_get_number(stmt, 2),
				.offset = journal_get_number(stmt, 3),
				.time = journal_get_number(stmt, 4) });
}

int journal_load(struct journal *journal, const struct journal_reader *reader, void *arg)
{
	static const struct {
		enum statement statement;
		journal_row_fn fn;
	} kinds[] = {
		{ STATEMENT_LOAD_GATEWAYS, on_gateway },
		{ STATEMENT_LOAD_PARCELS, on_parcel },
		{ STATEMENT_LOAD_ROOMS, on_room },
		{ STATEMENT_LOAD_CONNS, on_conn },
		{ STATEMENT_LOAD_MEMBERS, on_member },
		{ STATEMENT_LOAD_DEPARTURES, on_departure },
		{ STATEMENT_LOAD_MIDS, on_mid },
		{ STATEMENT_LOAD_STATES, journal_on_state },
		{ STATEMENT_LOAD_ENTRIES, journal_on_entry },
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
			&(struct event){ .offset = journal_get_number(stmt, 0),
				.time = journal_get_number(stmt, 1),
				.type = journal_get_bytes(stmt, 2),
				.format = (enum event_format)journal_get_number(stmt, 3),
				.id = journal_get_bytes(stmt, 4),
				.nickname = journal_get_bytes(stmt, 5),
				.user = journal_get_bytes(stmt, 6),
				.body = journal_get_bytes(stmt, 7) });
}

int journal_messages(struct journal *journal, uint64_t room, uint64_t after, unsigned limit,
	void (*fn)(void *arg, const struct event *event), void *arg)
{
	const union journal_value values[] = { journal_number(room), journal_number(after),
		journal_number(limit) };

	return each_row(
		journal, STATEMENT_MESSAGES, values, on_message, &(struct message_fn){ fn }, arg);
}
