/* turn.h - a turn's end: the journal first, then acknowledgements and deliveries */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_TURN_H
#define HUB_TURN_H

#include "hub/hub.h"
#include "hub/journal.h"

/*
 * What a turn has changed is committed to the journal in one transaction, together with what
 * gateways are to be sent; it goes out when that is safe: at once (JOURNAL_MEMORY,
 * JOURNAL_PROCESS), or when the disk has it (JOURNAL_DISK; turns that end meanwhile wait for the
 * next flush). If a commit or a flush fails, nothing goes out; it is tried again after
 * TURN_RETRY_MS.
 */
enum { TURN_RETRY_MS = 1000 };

enum turn_step {
	TURN_RECEIVED,
	TURN_APPLIED,
	TURN_COMMITTED,
	TURN_ACKED,
	TURN_HALF, /* the first gateway was sent what is for it */
};

struct turn {
	struct hub *hub;
	struct journal *journal;
	void (*on_step)(void *arg, enum turn_step step); /* for tests of crashes; may be NULL */
	void *arg;
	uint64_t round; /* what is committed now goes out after this one */
	uint64_t syncing; /* the one that is being made safe; 0: none */
	uint64_t safe; /* the last that is */
	bool committed; /* something, for this round */
	int commit_error, sync_error; /* of the last of each; 0: it succeeded */
	struct mono retry; /* when to try again */
};

void turn_init(struct turn *turn, struct hub *hub, struct journal *journal);

/* After hub_step(). False: it is not the time, or nothing to do, or it failed (turn_error()). */
bool turn_commit(struct turn *turn);

/*
 * What is committed is to be made safe: begin, then journal_sync(), then end with what it returned.
 */
bool turn_sync_due(const struct turn *turn);
void turn_sync_begin(struct turn *turn);
void turn_sync_end(struct turn *turn, int r);

/* Acknowledges and sends what may go out. */
void turn_release(struct turn *turn);
void turn_drain(
	struct turn *turn, struct gateway *gateway); /* only to one, which is ready for more */
int turn_error(const struct turn *turn); /* why nothing goes out, or 0 */

struct mono turn_deadline(const struct turn *turn); /* of turn_commit() and turn_sync_due() */

#endif
