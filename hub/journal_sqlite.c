/* journal_sqlite.c - the journal in a SQLite file: opening, writing, the disk */
/* SPDX-License-Identifier: MIT */
#include "hub/journal_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/mem.h"

enum {
	BUSY_MS = 2000,
	PAGE = 4096, /* bytes; what SQLite takes by default */
};

/* clang-format off */
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

int journal_errno(int code)
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

int journal_bind(struct journal *journal, enum statement which, const union journal_value *values)
{
	sqlite3_stmt *stmt = journal->statements[which];
	const char *arguments = statements[which].arguments;
	int r = SQLITE_OK;

	for (int i = 0; values && arguments[i] && r == SQLITE_OK; i++) {
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

static int run_once(
	struct journal *journal, enum statement which, const union journal_value *values)
{
	sqlite3_stmt *stmt = journal->statements[which];
	int r = journal_bind(journal, which, values);

	if (r == SQLITE_OK)
		r = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	return journal_errno(r);
}

void journal_begin(struct journal *journal)
{
	if (journal->pending)
		return;
	journal->pending = true;
	journal->error = run_once(journal, STATEMENT_BEGIN, NULL);
}

void journal_write(struct journal *journal, enum statement which, const union journal_value *values)
{
	if (!journal->db)
		return;
	journal_begin(journal);
	if (journal->error == 0)
		journal->error = run_once(journal, which, values);
}

bool journal_pending(const struct journal *journal)
{
	return journal->pending;
}

int journal_commit(struct journal *journal)
{
	int r;

	if (!journal->pending)
		return 0;
	journal_flush_batch(journal);
	r = journal->error;
	if (r == 0)
		r = run_once(journal, STATEMENT_COMMIT, NULL);
	if (r < 0 && !sqlite3_get_autocommit(journal->db))
		(void)run_once(journal, STATEMENT_ROLLBACK, NULL);
	journal->pending = false;
	journal->error = 0;
	buf_clear(&journal->batch);
	if (r < 0) {
		journal->stats.failures++;
		journal->stored = journal->stored_before;
	} else {
		journal->stats.commits++;
		journal->stored_before = journal->stored;
	}
	return r;
}

/* ---- rows, out ---- */

void journal_put_gateway(struct journal *journal, const struct journal_gateway *row)
{
	WRITE(journal, PUT_GATEWAY, journal_number(row->epoch), journal_text(row->name),
		journal_number(row->applied), journal_number(row->sent));
}

void journal_put_parcel(struct journal *journal, const struct journal_parcel *row)
{
	WRITE(journal, PUT_PARCEL, journal_number(row->gateway), journal_number(row->last),
		journal_number(row->first), journal_text(row->bytes));
}

void journal_put_conn(struct journal *journal, const struct journal_conn *row)
{
	WRITE(journal, PUT_CONN, journal_number(row->serial), journal_number(row->gateway),
		journal_number(row->number), journal_text(row->id), journal_text(row->resume),
		journal_text(row->nickname), journal_text(row->user), journal_text(row->address),
		journal_text(row->grants), journal_number((uint64_t)row->expires),
		journal_number(row->admin), journal_number(row->gone), journal_number(row->dialect),
		journal_number(row->came), journal_text(row->meta), journal_number(row->home.room),
		journal_number(row->home.window), journal_number(row->home.awaited));
}

void journal_put_room(struct journal *journal, const struct journal_room *row)
{
	WRITE(journal, PUT_ROOM, journal_number(row->id), journal_text(row->name),
		journal_number(row->epoch), journal_number(row->offset), journal_number(row->time),
		journal_number(row->listed), journal_number(row->stale),
		journal_number(row->window), journal_number(row->kept));
}

void journal_put_member(struct journal *journal, const struct journal_member *row)
{
	WRITE(journal, PUT_MEMBER, journal_number(row->conn), journal_number(row->room),
		journal_number(row->window), journal_number(row->awaited));
}

void journal_put_departure(struct journal *journal, const struct journal_departure *row)
{
	WRITE(journal, PUT_DEPARTURE, journal_number(row->room), journal_number(row->conn),
		journal_text(row->id), journal_text(row->nickname), journal_text(row->user));
}

void journal_put_mid(struct journal *journal, const struct journal_mid *row)
{
	WRITE(journal, PUT_MID, journal_text(row->client), journal_text(row->mid),
		journal_number(row->room), journal_number(row->offset), journal_number(row->time));
}

void journal_remove_gateway(struct journal *journal, uint64_t epoch)
{
	WRITE(journal, REMOVE_GATEWAY, journal_number(epoch));
	WRITE(journal, REMOVE_PARCELS, journal_number(epoch), journal_number(INT64_MAX));
}

void journal_remove_parcels(struct journal *journal, uint64_t gateway, uint64_t seen)
{
	WRITE(journal, REMOVE_PARCELS, journal_number(gateway), journal_number(seen));
}

void journal_remove_conn(struct journal *journal, uint64_t serial)
{
	WRITE(journal, REMOVE_CONN, journal_number(serial));
	WRITE(journal, REMOVE_CONN_MEMBERS, journal_number(serial));
}

void journal_remove_room(struct journal *journal, uint64_t room)
{
	WRITE(journal, REMOVE_ROOM, journal_number(room));
	WRITE(journal, REMOVE_DEPARTURES, journal_number(room));
	journal_remove_state(journal, room);
}

void journal_remove_member(struct journal *journal, uint64_t conn, uint64_t room)
{
	WRITE(journal, REMOVE_MEMBER, journal_number(conn), journal_number(room));
}

void journal_remove_home(struct journal *journal, uint64_t conn)
{
	WRITE(journal, REMOVE_HOME, journal_number(conn));
}

void journal_remove_departures(struct journal *journal, uint64_t room)
{
	WRITE(journal, REMOVE_DEPARTURES, journal_number(room));
}

void journal_remove_mids(struct journal *journal, uint64_t before)
{
	WRITE(journal, REMOVE_MIDS, journal_number(before));
}

/* ---- opening ---- */

static int execute(struct journal *journal, const char *sql)
{
	return journal_errno(sqlite3_exec(journal->db, sql, NULL, NULL, NULL));
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
	return r == SQLITE_DONE ? -ENOENT : journal_errno(r);
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
	return journal_errno(r);
}

/* After each commit: how long the log is now. */
static int on_logged(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct journal *journal = arg;

	(void)db;
	(void)name;
	journal->stats.log = (uint64_t)pages * PAGE;
	return SQLITE_OK;
}

static int open_wal(struct journal *journal)
{
	_cleanup_(mem_freep) char *path = mem_printf("%s-wal", journal->path);

	sqlite3_wal_hook(journal->db, on_logged, journal);
	if (journal->mode != JOURNAL_DISK)
		return 0;
	journal->wal_fd = open(path, O_RDONLY | O_CLOEXEC);
	return journal->wal_fd < 0 ? -errno : 0;
}

static int open_file(struct journal *journal)
{
	int r;

	/* it would lock a mutex for each piece of memory, to count what no one asks for */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	r = journal_errno(sqlite3_open_v2(journal->path, &journal->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));

	if (r == 0)
		r = journal_errno(sqlite3_busy_timeout(journal->db, BUSY_MS));
	if (r == 0)
		r = execute(journal,
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			"PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;"
			"PRAGMA temp_store = MEMORY; PRAGMA cache_size = -512;"
			"PRAGMA trusted_schema = OFF; PRAGMA secure_delete = FAST;");
	if (r == 0)
		r = journal_define_record(journal);
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

	const char *error = strerror(-r);

	if (journal->db && sqlite3_errcode(journal->db) != SQLITE_OK)
		error = sqlite3_errmsg(journal->db);
	buf_printf(ret_error, "%s: %s (%s)", journal->path, error, hint);
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
	buf_done(&journal->batch);
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
	return journal_errno(r);
}

static uint64_t file_size(const char *path, const char *suffix)
{
	_cleanup_(mem_freep) char *name = mem_printf("%s%s", path, suffix);
	struct stat st;

	return stat(name, &st) == 0 ? (uint64_t)st.st_size : 0;
}

uint64_t journal_log(const struct journal *journal)
{
	return journal->stats.log;
}

void journal_stats(const struct journal *journal, struct journal_stats *ret_stats)
{
	*ret_stats = journal->stats;
	ret_stats->bytes = journal->db
		? file_size(journal->path, "") + file_size(journal->path, "-wal")
		: 0;
}
