/* journal.h - what the hub must not forget; another store can take SQLite's place behind it */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_JOURNAL_H
#define HUB_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/event.h"

/* What an acknowledgement promises. */
enum journal_mode {
	JOURNAL_MEMORY, /* nothing: a hub that dies begins anew, and its gateways restate */
	JOURNAL_PROCESS, /* it survives the death of the process */
	JOURNAL_DISK, /* it survives a power cut */
};

/* Rows, as they are written and loaded. All slices are borrowed. */
struct journal_gateway {
	uint64_t epoch; /* the key */
	struct slice name;
	uint64_t applied; /* the last of its numbers that was applied; 0: none was */
	uint64_t sent; /* the last number that it was sent */
};

/*
 * Messages to a gateway that it may not have: numbers first to last, encoded one after the other.
 */
struct journal_parcel {
	uint64_t gateway;
	uint64_t first, last;
	struct slice bytes;
};

/*
 * A connection in a room. If `window` is that of the room no one has been told that it joined, so
 * that of all who did it is the room's row that says when they were told.
 */
struct journal_member {
	uint64_t conn;
	uint64_t room;
	uint64_t window; /* 0: everyone knows */
	bool awaited; /* its connection was taken over, and has not joined the room again */
};

struct journal_conn {
	uint64_t serial; /* the key */
	uint64_t gateway;
	uint64_t number; /* the gateway's */
	struct slice id;
	struct slice resume;
	struct slice nickname;
	struct slice user;
	struct slice address;
	struct slice grants;
	struct slice meta;
	int64_t expires;
	bool admin;
	bool gone; /* in its grace time */
	uint8_t dialect;
	uint64_t came; /* ms since 1970 */
	struct journal_member home; /* the room that it came for, which has no row; room 0: none */
};

struct journal_room {
	uint64_t id; /* the key; never used twice */
	struct slice name;
	uint64_t epoch;
	uint64_t offset; /* what it keeps comes after this one; if it keeps nothing, its last */
	uint64_t time; /* when it was last used, ms since 1970; or the last message's, if later */
	bool listed; /* clients have been told that there is someone in it */
	bool stale; /* its members are to be told who is there, not only who has joined or left */
	uint64_t window; /* how often its members were told */
	bool kept; /* what was said in it was numbered and kept, or nothing was */
};

enum { HANDLERS_GONE = 0 };

/* A handler for which something is kept, as parcels of its key; it is none of the gateways. */
struct journal_handler {
	uint64_t key; /* HANDLERS_GONE: `sent` is the greatest of those that are gone */
	struct slice name;
	uint64_t sent; /* the last number that it was to be sent */
	uint64_t handled; /* all up to this is dealt with */
	struct slice served; /* its last SERVE, encoded; may be empty */
	struct slice done; /* what it has dealt with beyond `handled`: pairs of first and last */
};

/* Someone who has left a room that has not been told. */
struct journal_departure {
	uint64_t room;
	uint64_t conn; /* its serial */
	struct slice id;
	struct slice nickname;
	struct slice user;
};

/* A publish with an id of the client's own, so that it is not applied twice. */
struct journal_mid {
	struct slice client; /* the connection's id */
	struct slice mid;
	uint64_t room;
	uint64_t offset;
	uint64_t time; /* ms since 1970 */
};

/* A room's state; its keys are rows of their own. */
struct journal_state {
	uint64_t room; /* the key; STATES_GONE: `rev` is the greatest of those that are gone */
	uint64_t rev;
	uint64_t forgotten; /* deletions up to this revision may not be there */
	uint64_t time; /* when it was last of use, ms since 1970 */
};

/* A key of it, or that it was deleted. */
struct journal_entry {
	uint64_t id; /* the key; never used twice */
	uint64_t room;
	struct slice key;
	uint64_t rev;
	bool deleted;
	struct slice value;
};

/* What a handler is asked; and its answer, if that could not be of effect yet. */
struct journal_question {
	uint64_t id; /* the key; never used twice */
	struct slice handler; /* its name */
	uint64_t conn; /* the sender's serial, as are: */
	struct slice sender, nickname, user;
	uint64_t time; /* ms since 1970 */
	struct slice message; /* PUBLISH or CALL, encoded */
	uint8_t decided; /* 0: it is not; else 1 + enum handler_ruling */
	struct slice error; /* the code of one that is refused; empty: none */
	struct slice said; /* RULING or ANSWER, encoded; empty: no handler said it */
};

struct journal_stats {
	uint64_t commits, failures;
	uint64_t log; /* bytes that no checkpoint has moved yet, at most */
	uint64_t bytes; /* of the store's files */
};

struct journal;

/*
 * `path` is the file. Returns 0 or -errno; then ret_error says what is wrong, and what to do about
 * it.
 * -EUCLEAN: it is no journal, or is damaged; -EPROTO: it was written by a newer version.
 */
int journal_open(const char *path, enum journal_mode mode, struct journal **ret_journal,
	struct buf *ret_error);
void journal_close(struct journal *journal); /* takes NULL */

/* The identity of what is in the journal: made with it, and kept as long as it is. */
uint64_t journal_epoch(const struct journal *journal);

/*
 * Writing: rows are put (a row of the same key is replaced) and removed in one transaction, which
 * the first call begins. A call that fails makes the commit fail. A commit that fails has written
 * nothing; the caller puts it all again later. Returns of journal_commit(): 0; -ENOSPC; -EIO ...
 */
void journal_put_gateway(struct journal *journal, const struct journal_gateway *row);
void journal_put_handler(struct journal *journal, const struct journal_handler *row);
void journal_put_parcel(struct journal *journal, const struct journal_parcel *row);
void journal_put_conn(struct journal *journal, const struct journal_conn *row);
void journal_put_room(struct journal *journal, const struct journal_room *row);
void journal_put_member(struct journal *journal, const struct journal_member *row);
void journal_put_departure(struct journal *journal, const struct journal_departure *row);
void journal_put_mid(struct journal *journal, const struct journal_mid *row);
void journal_put_message(struct journal *journal, uint64_t room, const struct event *event);
/*
 * Messages that a room keeps no longer, and those of rooms that are gone, are removed when there
 * are more of them than others: `live` is the sum of record_size() of those that are kept. Does a
 * part of it, and nothing without a transaction.
 */
void journal_tidy(struct journal *journal, uint64_t live,
	bool (*keeps)(void *arg, uint64_t room, uint64_t offset), void *arg);
void journal_remove_gateway(struct journal *journal, uint64_t epoch); /* and its parcels */
void journal_remove_handler(struct journal *journal, uint64_t key); /* likewise */
void journal_remove_parcels(
	struct journal *journal, uint64_t gateway, uint64_t seen); /* up to this number */
void journal_remove_parcel(struct journal *journal, uint64_t gateway, uint64_t last);
void journal_remove_conn(struct journal *journal, uint64_t serial); /* and its memberships */
void journal_remove_room(struct journal *journal, uint64_t room);
void journal_remove_member(struct journal *journal, uint64_t conn, uint64_t room);
void journal_remove_home(struct journal *journal, uint64_t conn); /* it has left the room */
void journal_remove_departures(struct journal *journal, uint64_t room);
void journal_remove_mids(struct journal *journal, uint64_t before); /* ms since 1970 */
/* journal_sqlite_state.c */
void journal_put_state(struct journal *journal, const struct journal_state *row);
void journal_put_entry(struct journal *journal, const struct journal_entry *row);
void journal_remove_state(struct journal *journal, uint64_t room); /* and its entries */
void journal_remove_entry(struct journal *journal, uint64_t id);
void journal_put_question(struct journal *journal, const struct journal_question *row);
void journal_remove_question(struct journal *journal, uint64_t id);
int journal_commit(struct journal *journal);
bool journal_pending(const struct journal *journal); /* a transaction has begun */

/*
 * JOURNAL_DISK: makes what is committed safe from a power cut; may block, and may be called by
 * another thread.
 */
int journal_sync(struct journal *journal);

/*
 * Moves what is committed from the log into the file. May block; for another thread, with a journal
 * of its own.
 */
int journal_checkpoint(const char *path);

/*
 * Reading: each row is handed to its function, in this order of kinds, each in the order of its
 * key; messages in any order, among them some that are kept no longer, or of rooms that are gone.
 */
struct journal_reader {
	void (*gateway)(void *arg, const struct journal_gateway *row);
	void (*handler)(void *arg, const struct journal_handler *row);
	void (*parcel)(void *arg, const struct journal_parcel *row);
	void (*room)(void *arg, const struct journal_room *row);
	void (*conn)(void *arg, const struct journal_conn *row);
	void (*member)(void *arg, const struct journal_member *row);
	void (*departure)(void *arg, const struct journal_departure *row);
	void (*mid)(void *arg, const struct journal_mid *row);
	void (*state)(void *arg, const struct journal_state *row);
	void (*entry)(void *arg, const struct journal_entry *row); /* by room, then by rev */
	void (*question)(void *arg, const struct journal_question *row);
	void (*message)(void *arg, uint64_t room, const struct event *event);
};
int journal_load(struct journal *journal, const struct journal_reader *reader, void *arg);

uint64_t journal_log(const struct journal *journal); /* stats.log, at no cost */
void journal_stats(const struct journal *journal, struct journal_stats *ret_stats);

#endif
