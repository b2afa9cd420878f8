/* journal_sqlite.h - what the files of the SQLite journal share */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_JOURNAL_SQLITE_H
#define HUB_JOURNAL_SQLITE_H

#include <sqlite3.h>

#include "hub/journal.h"

/* clang-format off */
enum statement {
#define STATEMENT(NAME, arguments, sql) STATEMENT_##NAME,
#include "hub/journal_sqlite.def"
#undef STATEMENT
	STATEMENTS,
};
/* clang-format on */

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

/* A statement's argument. */
union journal_value {
	int64_t i;
	struct slice s;
};

static inline union journal_value journal_number(uint64_t value)
{
	return (union journal_value){ .i = (int64_t)value };
}

static inline union journal_value journal_text(struct slice value)
{
	return (union journal_value){ .s = value };
}

int journal_errno(int code); /* of SQLite's */

/* Bound values live until the statement has been stepped, and no longer. Returns SQLite's code. */
int journal_bind(struct journal *journal, enum statement which, const union journal_value *values);

/* One of the writing statements, in the transaction, which it begins if there is none. */
void journal_write(
	struct journal *journal, enum statement which, const union journal_value *values);

#define WRITE(journal, which, ...) \
	journal_write(journal, STATEMENT_##which, (const union journal_value[]){ __VA_ARGS__ })

/* A row of a reading statement, for one of the functions behind `fns`. */
typedef void (*journal_row_fn)(sqlite3_stmt *stmt, const void *fns, void *arg);
void journal_on_state(sqlite3_stmt *stmt, const void *fns, void *arg);
void journal_on_entry(sqlite3_stmt *stmt, const void *fns, void *arg);

static inline uint64_t journal_get_number(sqlite3_stmt *stmt, int column)
{
	return (uint64_t)sqlite3_column_int64(stmt, column);
}

static inline struct slice journal_get_bytes(sqlite3_stmt *stmt, int column)
{
	const void *bytes = sqlite3_column_blob(stmt, column);

	return slice_make(bytes, bytes ? (size_t)sqlite3_column_bytes(stmt, column) : 0);
}

#endif
