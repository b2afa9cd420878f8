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
	struct buf batch; /* messages of the transaction that are in no row yet */
	uint64_t stored, stored_before; /* bytes of messages; without the transaction */
	bool tidying; /* there are too many */
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

/* Begins the transaction if there is none. */
void journal_begin(struct journal *journal);
/* One of the writing statements, in the transaction. */
void journal_write(
	struct journal *journal, enum statement which, const union journal_value *values);
void journal_flush_batch(struct journal *journal);
int journal_load_messages(struct journal *journal, const struct journal_reader *reader, void *arg);
int journal_define_record(struct journal *journal); /* what the schema's changes use */

/* Lives until the statement goes on. */
static inline struct slice journal_column(sqlite3_stmt *stmt, int column)
{
	const void *bytes = sqlite3_column_blob(stmt, column);

	return slice_make(bytes, bytes ? (size_t)sqlite3_column_bytes(stmt, column) : 0);
}

/* Bound values live until the statement has been stepped, and no longer. Returns SQLite's code. */
int journal_bind(struct journal *journal, enum statement which, const union journal_value *values);

#define WRITE(journal, which, ...) \
	journal_write(journal, STATEMENT_##which, (const union journal_value[]){ __VA_ARGS__ })

/* journal_sqlite_questions.c: rows of its reading statement. */
void journal_on_question(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg);
/* journal_sqlite_state.c: rows of its reading statements. */
void journal_on_state(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg);
void journal_on_entry(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg);

/* journal_sqlite_handlers.c, likewise: */
void journal_on_handler(sqlite3_stmt *stmt, const struct journal_reader *reader, void *arg);

#endif
