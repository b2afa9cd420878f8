/* journal_sqlite.c - the journal in a SQLite file; the only file that calls SQLite */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/journal.h"
#include "proto/base/mem.h"

enum { BUSY_MS = 2000 };

/* clang-format off */
enum statement {
#define STATEMENT(NAME, arguments, sql) STATEMENT_##NAME,
#include "hub/journal_sqlite.def"
#undef STATEMENT
	STATEMENTS,
};

static const struct {
	const char *arguments;
	const char *sql;
} statements[STATEMENTS] = {
#define STATEMENT(NAME, arguments, sql) [STATEMENT_##NAME] = { arguments, sql },
#include "hub/journal_sqlite.def"
#undef STATEMENT
};

static const struct {
	int version;
	const char *sql;
} schema[] = {
#define SCHEMA(version, sql) { version, sql },
#include "hub/journal_sqlite.def"
#undef SCHEMA
};
/* clang-format on */

enum { SCHEMA_VERSION = sizeof(schema) / sizeof(*schema) };

struct journal {
	sqlite3 *db; /* NULL: JOURNAL_MEMORY */
	sqlite3_stmt *statements[STATEMENTS];
	char *path;
	int wal_fd; /* of JOURNAL_DISK */
	int error; /* -errno of the transaction; sticky until it ends */
	bool pending;
	enum journal_mode mode;
	uint64_t epoch;
	struct journal_stats stats;
};

static int errno_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return -EACCES;
	default:
		return -EIO;
	}
}

/* ---- statements ---- */

union value {
	int64_t i;
	struct slice s;
};

static union value number(uint64_t value)
{
	return (union value){ .i = (int64_t)value };
}

static union value text(struct slice value)
{
	return (union value){ .s = value };
}

/* Bound values live until the statement has been stepped, and no longer. */
static int bind(sqlite3_stmt *stmt, const char *arguments, const union value *values)
{
	int r = SQLITE_OK;

	for (int i = 0; arguments[i] && r == SQLITE_OK; i++) {
		struct slice s = values[i].s;

		if (arguments[i] == 'i')
			r = sqlite3_bind_int64(stmt, i + 1, values[i].i);
		else if (arguments[i] == 't')
			r = sqlite3_bind_text(
				stmt, i + 1, s.len ? s.ptr : "", (int)s.len, SQLITE_STATIC);
		else
			r = sqlite3_bind_blob(
				stmt, i + 1, s.len ? s.ptr : "", (int)s.len, SQLITE_STATIC);
	}
	return r;
}

static int run_once(struct journal *journal, enum statement which, const union value *values)
{
	sqlite3_stmt *stmt = journal->statements[which];
	int r = bind(stmt, statements[which].arguments, values);

	if (r == SQLITE_OK)
		r = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	return errno_of(r);
}

/* One of the writing statements, in the transaction, which it begins if there is none. */
static void write_row(struct journal *journal, enum statement which, const union value *values)
{
	if (!journal->db)
		return;
	if (!journal->pending) {
		journal->pending = true;
		journal->error = run_once(journal, STATEMENT_BEGIN, NULL);
	}
	if (journal->error == 0)
		journal->error = run_once(journal, which, values);
}

#define WRITE(journal, which, ...) \
	write_row(journal, STATEMENT_##which, (const union value[]){ __VA_ARGS__ })

bool journal_pending(const struct journal *journal)
{
	return journal->pending;
}

int journal_commit(struct journal *journal)
{
	int r = journal->error;

	if (!journal->pending)
		return 0;
	if (r == 0)
		r = run_once(journal, STATEMENT_COMMIT, NULL);
	if (r < 0 && !sqlite3_get_autocommit(journal->db))
		(void)run_once(journal, STATEMENT_ROLLBACK, NULL);
	journal->pending = false;
	journal->error = 0;
	if (r < 0)
		journal->stats.failures++;
	else
		journal->stats.commits++;
	return r;
}

/* ---- rows, out ---- */

void journal_put_gateway(struct journal *journal, const struct journal_gateway *row)
{
	WRITE(journal, PUT_GATEWAY, number(row->epoch), text(row->name), number(row->applied),
		number(row->sent));
}

void journal_put_parcel(struct journal *journal, const struct journal_parcel *row)
{
	WRITE(journal, PUT_PARCEL, number(row->gateway), number(row->last), number(row->first),
		text(row->bytes));
}

void journal_put_conn(struct journal *journal, const struct journal_conn *row)
{
	WRITE(journal, PUT_CONN, number(row->serial), number(row->gateway), number(row->number),
		text(row->id), text(row->resume), text(row->nickname), text(row->user),
		text(row->address), text(row->grants), number((uint64_t)row->expires),
		number(row->admin), number(row->gone));
}

void journal_put_room(struct journal *journal, const struct journal_room *row)
{
	WRITE(journal, PUT_ROOM, number(row->id), text(row->name), number(row->epoch),
		number(row->offset), number(row->time));
}

void journal_put_member(struct journal *journal, const struct journal_member *row)
{
	WRITE(journal, PUT_MEMBER, number(row->conn), number(row->room), number(row->state));
}

void journal_put_departure(struct journal *journal, const struct journal_departure *row)
{
	WRITE(journal, PUT_DEPARTURE, number(row->room), number(row->number), text(row->id),
		text(row->nickname), text(row->user));
}

void journal_put_mid(struct journal *journal, const struct journal_mid *row)
{
	WRITE(journal, PUT_MID, text(row->client), text(row->mid), number(row->room),
		number(row->offset), number(row->time));
}

void journal_put_message(struct journal *journal, uint64_t room, const struct event *event)
{
	WRITE(journal, PUT_MESSAGE, number(room), number(event->offset), number(event->time),
		text(event->type), number(event->format), text(event->id), text(event->nickname),
		text(event->user), text(event->body));
}

void journal_remove_gateway(struct journal *journal, uint64_t epoch)
{
	WRITE(journal, REMOVE_GATEWAY, number(epoch));
	WRITE(journal, REMOVE_PARCELS, number(epoch), number(INT64_MAX));
}

void journal_remove_parcels(struct journal *journal, uint64_t gateway, uint64_t seen)
{
	WRITE(journal, REMOVE_PARCELS, number(gateway), number(seen));
}

void journal_remove_conn(struct journal *journal, uint64_t serial)
{
	WRITE(journal, REMOVE_CONN, number(serial));
	WRITE(journal, REMOVE_CONN_MEMBERS, number(serial));
}

void journal_remove_room(struct journal *journal, uint64_t room)
{
	WRITE(journal, REMOVE_ROOM, number(room));
	WRITE(journal, REMOVE_DEPARTURES, number(room));
	WRITE(journal, REMOVE_MESSAGES, number(room), number(INT64_MAX));
}

void journal_remove_member(struct journal *journal, uint64_t conn, uint64_t room)
{
	WRITE(journal, REMOVE_MEMBER, number(conn), number(room));
}

void journal_remove_departures(struct journal *journal, uint64_t room)
{
	WRITE(journal, REMOVE_DEPARTURES, number(room));
}

void journal_remove_mids(struct journal *journal, uint64_t before)
{
	WRITE(journal, REMOVE_MIDS, number(before));
}

void journal_remove_messages(struct journal *journal, uint64_t room, uint64_t offset)
{
	WRITE(journal, REMOVE_MESSAGES, number(room), number(offset));
}

/* ---- rows, in ---- */

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

static int each_row(struct journal *journal, enum statement which, const union value *values,
	row_fn fn, const void *fns, void *arg)
{
	sqlite3_stmt *stmt;
	int count = 0, r;

	if (!journal->db)
		return 0;
	stmt = journal->statements[which];
	r = bind(stmt, statements[which].arguments, values);
	while (r == SQLITE_OK || r == SQLITE_ROW) {
		r = sqlite3_step(stmt);
		if (r != SQLITE_ROW)
			break;
		fn(stmt, fns, arg);
		count++;
	}
	sqlite3_reset(stmt);
	return r == SQLITE_DONE ? count : errno_of(r);
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
				.time = get_number(stmt, 4) });
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
				.gone = get_number(stmt, 11) != 0 });
}

static void on_member(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->member(arg,
			&(struct journal_member){ .conn = get_number(stmt, 0),
				.room = get_number(stmt, 1),
				.state = (enum journal_membership)get_number(stmt, 2) });
}

static void on_departure(sqlite3_stmt *stmt, const void *fns, void *arg)
{
	((const struct journal_reader *)fns)
		->departure(arg,
			&(struct journal_departure){ .room = get_number(stmt, 0),
				.number = get_number(stmt, 1),
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
	const union value values[] = { number(room), number(after), number(limit) };

	return each_row(
		journal, STATEMENT_MESSAGES, values, on_message, &(struct message_fn){ fn }, arg);
}

/* ---- opening ---- */

static int execute(struct journal *journal, const char *sql)
{
	return errno_of(sqlite3_exec(journal->db, sql, NULL, NULL, NULL));
}

/* The number that a PRAGMA or SELECT answers with. */
static int query_number(struct journal *journal, const char *sql, int64_t *ret_number)
{
	sqlite3_stmt *stmt = NULL;
	int r = sqlite3_prepare_v2(journal->db, sql, -1, &stmt, NULL);

	if (r == SQLITE_OK)
		r = sqlite3_step(stmt);
	if (r == SQLITE_ROW)
		*ret_number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return r == SQLITE_DONE ? -ENOENT : errno_of(r);
}

static int migrate(struct journal *journal)
{
	int64_t version = 0;
	int r = query_number(journal, "PRAGMA user_version", &version);

	if (r == 0 && version > SCHEMA_VERSION)
		r = -EPROTO;
	for (int i = 0; i < SCHEMA_VERSION && r == 0; i++) {
		_cleanup_(mem_freep) char *stamp = mem_printf(
			"PRAGMA user_version = %d", schema[i].version);

		if (schema[i].version <= version)
			continue;
		r = execute(journal, "BEGIN IMMEDIATE");
		if (r == 0)
			r = execute(journal, schema[i].sql);
		if (r == 0)
			r = execute(journal, stamp);
		if (r == 0)
			r = execute(journal, "COMMIT");
	}
	return r;
}

static int find_epoch(struct journal *journal)
{
	_cleanup_(mem_freep) char *insert = NULL;
	int64_t epoch = 0;
	int r = query_number(journal, "SELECT value FROM meta WHERE name = 'epoch'", &epoch);

	if (r == -ENOENT) {
		if (getrandom(&epoch, sizeof(epoch), 0) != (ssize_t)sizeof(epoch))
			return -EIO;
		epoch |= 1;
		insert = mem_printf("INSERT INTO meta VALUES ('epoch', %lld)", (long long)epoch);
		r = execute(journal, insert);
	}
	journal->epoch = (uint64_t)epoch;
	return r;
}

static int prepare_all(struct journal *journal)
{
	int r = SQLITE_OK;

	for (int i = 0; i < STATEMENTS && r == SQLITE_OK; i++)
		r = sqlite3_prepare_v3(journal->db, statements[i].sql, -1,
			SQLITE_PREPARE_PERSISTENT, &journal->statements[i], NULL);
	return errno_of(r);
}

static int open_wal(struct journal *journal)
{
	_cleanup_(mem_freep) char *path = mem_printf("%s-wal", journal->path);

	if (journal->mode != JOURNAL_DISK)
		return 0;
	journal->wal_fd = open(path, O_RDONLY | O_CLOEXEC);
	return journal->wal_fd < 0 ? -errno : 0;
}

static int open_file(struct journal *journal)
{
	int r = errno_of(sqlite3_open_v2(journal->path, &journal->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));

	if (r == 0)
		r = errno_of(sqlite3_busy_timeout(journal->db, BUSY_MS));
	if (r == 0)
		r = execute(journal,
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			"PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;"
			"PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;");
	if (r == 0)
		r = migrate(journal);
	if (r == 0)
		r = find_epoch(journal);
	if (r == 0)
		r = prepare_all(journal);
	return r == 0 ? open_wal(journal) : r;
}

static void explain(const struct journal *journal, int r, struct buf *ret_error)
{
	const char *hint = r == -EUCLEAN
		? "it is damaged, or no journal: move it away, or restore a copy"
		: r == -EPROTO ? "it was written by a newer version of Atrium"
		: r == -ENOSPC ? "there is no space left: make some"
			       : "check the directory's owner and mode";

	buf_printf(ret_error, "%s: %s (%s)", journal->path,
		journal->db ? sqlite3_errmsg(journal->db) : strerror(-r), hint);
}

int journal_open(const char *path, enum journal_mode mode, struct journal **ret_journal,
	struct buf *ret_error)
{
	struct journal *journal = mem_alloc(sizeof(*journal));
	int r = 0;

	journal->mode = mode;
	journal->wal_fd = -1;
	journal->path = mem_strdup(path);
	if (mode != JOURNAL_MEMORY)
		r = open_file(journal);
	else if (getrandom(&journal->epoch, sizeof(journal->epoch), 0) !=
		(ssize_t)sizeof(journal->epoch))
		r = -EIO;
	if (r < 0) {
		explain(journal, r, ret_error);
		journal_close(journal);
		return r;
	}
	*ret_journal = journal;
	return 0;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(journal->statements[i]);
	sqlite3_close(journal->db);
	if (journal->wal_fd >= 0)
		close(journal->wal_fd);
	mem_free(journal->path);
	mem_free(journal);
}

uint64_t journal_epoch(const struct journal *journal)
{
	return journal->epoch;
}

/* ---- the disk ---- */

int journal_sync(struct journal *journal)
{
	return journal->wal_fd >= 0 && fdatasync(journal->wal_fd) < 0 ? -errno : 0;
}

int journal_checkpoint(const char *path)
{
	sqlite3 *db = NULL;
	int r = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	/* A connection that has read nothing does not know that there is a log. */
	if (r == SQLITE_OK)
		r = sqlite3_exec(db, "PRAGMA schema_version", NULL, NULL, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	sqlite3_close(db);
	return errno_of(r);
}

static uint64_t file_size(const char *path, const char *suffix)
{
	_cleanup_(mem_freep) char *name = mem_printf("%s%s", path, suffix);
	struct stat st;

	return stat(name, &st) == 0 ? (uint64_t)st.st_size : 0;
}

void journal_stats(const struct journal *journal, struct journal_stats *ret_stats)
{
	*ret_stats = journal->stats;
	ret_stats->bytes = journal->db
		? file_size(journal->path, "") + file_size(journal->path, "-wal")
		: 0;
}
