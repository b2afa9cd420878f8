/* outgoing.h - what a gateway is sent: gathered in a turn, kept until the gateway has seen it */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_OUTGOING_H
#define HUB_OUTGOING_H

#include "proto/base/list.h"
#include "proto/msg.h"

enum {
	OUTGOING_MAX = 32 * 1024 * 1024, /* bytes; a gateway that leaves more unseen is forgotten */
	PARCEL_MAX = 256 * 1024, /* bytes after which a turn's messages go on in another parcel */
};

/* Messages of one turn, in order. */
struct parcel {
	struct list link;
	uint64_t first, last; /* their numbers; 0: none has one */
	struct buf bytes; /* encoded */
	unsigned count;
	bool loose; /* some have no number: these are sent once, or not at all */
	bool stored; /* the rest is in the journal */
	bool holes; /* not all from `first` to `last` are in it: what is not is dealt with */
	bool pruned; /* since it was put into the journal */
	uint64_t round; /* of the journal: when it is over, the parcel may go out */
};

struct outgoing {
	struct list parcels; /* oldest first */
	struct list
		*next; /* the first that was not sent since the gateway's HELLO; the head: none */
	size_t bytes;
	uint64_t seen; /* the gateway has all up to this number */
	bool gaps; /* a handler's: MISSED tells it of what it will not get */
	uint64_t told; /* the last number that it knows of */
	bool skips; /* likewise: SKIPPED of what is dealt with */
	struct buf done; /* ranges beyond `seen` that are: done.h */
	struct buf gone; /* last numbers of parcels that are gone because of them, in the journal */
};

void outgoing_init(struct outgoing *out);
void outgoing_done(struct outgoing *out);
unsigned outgoing_count(const struct outgoing *out); /* messages */

uint64_t outgoing_first(const struct outgoing *out); /* number; 0: there is none */

/*
 * While there is more than `max` bytes, numbered messages go, a parcel at a time, the oldest first
 * and never the newest parcel. `loose`: what has no number stays, if it was not sent yet. Returns
 * how many messages went that were to be kept.
 */
uint64_t outgoing_shed(struct outgoing *out, size_t max, bool loose);

void outgoing_add(struct outgoing *out, const struct msg *msg);

/* One that the journal had. */
void outgoing_restore(struct outgoing *out, uint64_t first, uint64_t last, struct slice bytes);

/* Walks those that the journal does not have: `parcel` NULL begins; NULL ends. */
struct parcel *outgoing_fresh(const struct outgoing *out, const struct parcel *parcel);
/* Its numbered messages; `raw` is used if they have to be copied. */
struct slice parcel_numbered(const struct parcel *parcel, struct buf *raw);

/* All are in the journal. `away`: the gateway is not there for what is of the moment. */
void outgoing_stored(struct outgoing *out, uint64_t round, bool away);

void outgoing_seen(struct outgoing *out, uint64_t seen);
/* These too, though some before are not; they are forgotten, as far as ranges can be kept. */
void outgoing_handled(struct outgoing *out, uint64_t first, uint64_t last);
void outgoing_rewind(struct outgoing *out); /* what is kept is sent again */

/* Sends what may go out by now, until send() does not return 0; then returns that. */
int outgoing_drain(struct outgoing *out, uint64_t round,
	int (*send)(void *arg, struct slice messages, unsigned count), void *arg);

static inline bool outgoing_waits(const struct outgoing *out)
{
	return out->next != &out->parcels;
}

#endif
