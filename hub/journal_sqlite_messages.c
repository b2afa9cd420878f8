/* journal_sqlite_messages.c - the journal in a SQLite file: what rooms keep */
/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "hub/journal_sqlite.h"
#include "hub/record.h"
#include "proto/base/mem.h"

/*
 * A row is what was said in all rooms in one transaction, so that it takes pages by its size and
 * not by the number of rooms. Rows are never changed; the oldest are removed when too much of what
 * is in them is kept no longer, and what is still kept is written again with the newest.
 */
enum {
	BATCH_MAX = 64 * 1024, /* bytes after which a transaction begins another row */
	SLACK = 4 * 1024 * 1024, /* bytes that may be kept no longer, beside as many as are kept */
	LUMP = 1024 * 1024, /* bytes more than that before anything is done about it */
	TIDY_MAX = 256 * 1024, /* bytes that are looked at in one transaction, about */
};

void journal_flush_batch(struct journal *journal)
{
	const union journal_value values[] = { journal_text(buf_slice(&journal->batch)) };

	if (journal->batch.len == 0)
		return;
	journal_write(journal, STATEMENT_PUT_BATCH, values);
	journal->stored += journal->batch.len;
	buf_clear(&journal->batch);
}

void journal_put_message(struct journal *journal, uint64_t room, const struct event *event)
{
	if (!journal->db)
		return;
	journal_begin(journal);
	record_put(&journal->batch, room, event);
	if (journal->batch.len >= BATCH_MAX)
		journal_flush_batch(journal);
}

/* ---- tidying ---- */

struct tidy {
	bool (*keeps)(void *arg, uint64_t room, uint64_t offset);
	void *arg;
};

/* What is still kept of a row goes to the newest. */
static int salvage(struct journal *journal, struct slice bytes, const struct tidy *tidy)
{
	struct slice rest = bytes;
	struct event event;
	uint64_t room;
	int r;

	while ((r = record_next(&rest, &room, &event)) > 0) {
		if (tidy->keeps(tidy->arg, room, event.offset))
			buf_add(&journal->batch, bytes.ptr, bytes.len - rest.len);
		bytes = rest;
	}
	return r;
}

/* Looks at the oldest rows; the number of the last of them, and how much they had. */
static int salvage_oldest(
	struct journal *journal, const struct tidy *tidy, int64_t *ret_last, uint64_t *ret_bytes)
{
	sqlite3_stmt *stmt = journal->statements[STATEMENT_OLDEST_BATCHES];
	int r = SQLITE_OK, salvaged = 0;

	*ret_bytes = 0;
	while (*ret_bytes < TIDY_MAX && salvaged == 0 && (r = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct slice bytes = journal_column(stmt, 1);

		*ret_last = sqlite3_column_int64(stmt, 0);
		*ret_bytes += bytes.len;
		salvaged = salvage(journal, bytes, tidy);
	}
	sqlite3_reset(stmt);
	return salvaged < 0 ? -EUCLEAN : journal_errno(r);
}

void journal_tidy(struct journal *journal, uint64_t live,
	bool (*keeps)(void *arg, uint64_t room, uint64_t offset), void *arg)
{
	const struct tidy tidy = { keeps, arg };
	uint64_t most = 2 * live + SLACK, bytes;
	int64_t last = 0;
	int r;

	if (!journal->pending || journal->error < 0)
		return;
	if (journal->stored > most + LUMP)
		journal->tidying = true;
	if (journal->stored <= most)
		journal->tidying = false;
	if (!journal->tidying)
		return;
	journal_flush_batch(journal);
	r = salvage_oldest(journal, &tidy, &last, &bytes);
	if (r < 0) {
		journal->error = r;
		return;
	}
	journal_write(
		journal, STATEMENT_REMOVE_BATCHES, (const union journal_value[]){ { .i = last } });
	journal->stored -= bytes;
	journal_flush_batch(journal);
}

/* ---- reading ---- */

int journal_load_messages(struct journal *journal, const struct journal_reader *reader, void *arg)
{
	sqlite3_stmt *stmt = journal->statements[STATEMENT_LOAD_BATCHES];
	int r = SQLITE_DONE, s = 0;

	journal->stored = 0;
	while (s == 0 && (r = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct slice bytes = journal_column(stmt, 0);
		struct event event;
		uint64_t room;

		journal->stored += bytes.len;
		while ((s = record_next(&bytes, &room, &event)) > 0)
			reader->message(arg, room, &event);
	}
	sqlite3_reset(stmt);
	journal->stored_before = journal->stored;
	return s < 0 ? -EUCLEAN : journal_errno(r);
}

/* ---- for the schema ---- */

static struct slice value_of(sqlite3_value *value)
{
	const void *bytes = sqlite3_value_blob(value);

	return slice_make(bytes, bytes ? (size_t)sqlite3_value_bytes(value) : 0);
}

static uint64_t number_of(sqlite3_value *value)
{
	return (uint64_t)sqlite3_value_int64(value);
}

/* record(room, offset, time, type, format, id, nickname, user, body): a row of an older schema */
static void sql_record(sqlite3_context *context, int count, sqlite3_value **values)
{
	_cleanup_(buf_done) struct buf bytes = { .cap = 0 };
	const struct event event = { .offset = number_of(values[1]),
		.time = number_of(values[2]),
		.type = value_of(values[3]),
		.format = (enum event_format)number_of(values[4]),
		.id = value_of(values[5]),
		.nickname = value_of(values[6]),
		.user = value_of(values[7]),
		.body = value_of(values[8]) };

	(void)count;
	record_put(&bytes, number_of(values[0]), &event);
	sqlite3_result_blob(context, bytes.data, (int)bytes.len, SQLITE_TRANSIENT);
}

int journal_define_record(struct journal *journal)
{
	return journal_errno(sqlite3_create_function_v2(journal->db, "record", 9,
		SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, sql_record, NULL, NULL, NULL));
}
