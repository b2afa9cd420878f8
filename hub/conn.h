/* conn.h - connections of clients: by gateway and number, by id, by user; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_CONN_H
#define HUB_CONN_H

#include "hub/peers.h"
#include "hub/policy.h"
#include "proto/base/hash.h"
#include "proto/base/table.h"

enum {
	CONN_ID_LEN = 16, /* of ids that we make */
	CONN_RESUME_LEN = 26,
	CONN_USER_MAX = 255, /* bytes */
};

enum conn_state {
	CONN_LIVE,
	CONN_GRACE, /* its client is gone, and may come back until the grace time is over */
	/* its gateway was told to close it; has neither id nor rooms, what it says is ignored */
	CONN_CLOSING,
};

struct conn_key {
	struct gateway *gateway;
	uint64_t number; /* the gateway's */
};

/* Someone who is signed in, from the first connection to the last. */
struct user {
	struct slice name; /* owned */
	struct list conns; /* struct conn, by_user */
	UT_hash_handle hh;
};

/* Who a client is, as the gateway has it from auth. Borrowed. */
struct identity {
	struct slice nickname;
	struct slice user; /* empty: not signed in */
	struct slice address;
	struct slice grants;
	struct slice meta; /* meta.h */
	int64_t expires;
	bool admin;
};

/* Its slices are owned. */
struct conn {
	struct conn_key key;
	union {
		/* never used twice; kept when another client takes the connection over */
		uint64_t serial;
		uint64_t closed; /* in CONN_CLOSING: of closed.h; 0: it is not there */
	};
	enum conn_state state;
	struct slice id; /* behind this struct */
	/* the four are one piece of memory: */
	struct slice nickname;
	struct slice address;
	struct slice grants;
	struct slice meta; /* of its token, JSON text (meta.h); only handlers are told it */
	struct user *user; /* NULL: not signed in */
	int64_t expires; /* s since 1970, 0: never */
	uint64_t came; /* ms since 1970 */
	uint8_t dialect; /* what its client speaks */
	bool admin;
	bool stored; /* in the journal */
	char resume[CONN_RESUME_LEN + 1];
	struct list members; /* struct member, by_conn: its rooms in the order of joining */
	unsigned rooms;
	struct member
		*home; /* the one of them that is in its own row of the journal; may be NULL */
	struct list by_gateway, by_user, by_dirty;
	/* of conns->grace, or of conns->rejoin if it was taken over and may still join again: */
	struct list by_wait;
	struct mono since; /* since when it is */
	struct tap *tap; /* NULL: it has none */
	struct list calls; /* struct question, by_conn: those that were not answered */
	struct table_link hash_key, hash_id;
};

struct conns {
	struct table by_key, by_id;
	struct user *users;
	struct list grace; /* longest first */
	struct list rejoin; /* those with rooms that the one who took over has not joined again */
	uint64_t serial;
	struct list dirty; /* not as the journal has them */
	struct buf removed; /* serials of those that are in the journal and no longer here */
};

void conns_init(struct conns *conns);
void conns_done(struct conns *conns); /* none is in a room */

struct conn *conn_find(struct conns *conns, struct gateway *gateway, uint64_t number);
struct conn *conn_by_id(struct conns *conns, struct slice id);
struct user *conn_user(struct conns *conns, struct slice name);

/* `id` and `number` are free. */
struct conn *conn_new(struct conns *conns, struct gateway *gateway, uint64_t number,
	struct slice id, const char *resume); /* CONN_RESUME_LEN bytes */
/* One that the journal had. */
struct conn *conn_restore(struct conns *conns, struct gateway *gateway, uint64_t number,
	uint64_t serial, struct slice id, const char *resume);
/*
 * What is left of one that is to be closed, so that what it still says can be told from nonsense.
 */
void conn_new_closing(
	struct conns *conns, struct gateway *gateway, uint64_t number, uint64_t closed);
void conn_free(struct conns *conns, struct conn *conn); /* it is in no room */

/* An empty nickname or address leaves it as it was. True if others see it otherwise now. */
bool conn_identify(struct conns *conns, struct conn *conn, const struct identity *identity);
/* at most CONN_USER_MAX bytes that can be printed; may be empty */
bool conn_user_valid(struct slice name);
struct slice conn_user_name(const struct conn *conn); /* empty: not signed in */
struct asker conn_asker(const struct conn *conn); /* for policy_may() */

/* In time that does not depend on where they differ. */
bool conn_resume_matches(const struct conn *conn, struct slice resume);

/* Its client is gone, or (conn_move) is now another, whose number is free. */
void conn_grace(struct conns *conns, struct conn *conn, struct mono now);
void conn_move(struct conns *conns, struct conn *conn, struct gateway *gateway, uint64_t number);
struct conn *conn_longest_gone(const struct conns *conns); /* NULL: no one is in the grace time */
void conn_await(struct conns *conns, struct conn *conn, struct mono now); /* to join again */
struct conn *conn_longest_awaited(const struct conns *conns); /* or NULL */

#endif
