/* peers.h - gateways: who is here, what was applied of each, and settling after a start */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_PEERS_H
#define HUB_PEERS_H

#include "hub/outgoing.h"
#include "hub/outlet.h"
#include "proto/base/clock.h"
#include "proto/base/list.h"
#include "proto/counters.h"

/*
 * A gateway says HELLO, is welcomed (after a start of the hub not before `settle` has passed, so
 * that all are here), restates what it knows if this hub does not, says RESTATED, and waits until
 * the others have done so too. Only then does it send what is numbered; so no message is delivered
 * to a room before it is known which gateways hold its members.
 */
enum gateway_state {
	GATEWAY_HELLO, /* here, not yet welcomed */
	GATEWAY_RESTATING,
	GATEWAY_RESTATED, /* waits for the others */
	GATEWAY_SETTLED,
	GATEWAY_DOWN, /* its link is gone; its connections are in their grace time */
};

struct gateway {
	struct peers *peers;
	struct handler *handler; /* whose record this is; NULL: a gateway's */
	struct list all; /* in peers */
	struct list conns; /* struct conn, by_gateway */
	uint64_t highest; /* of the numbers that these, or those before them, have or had */
	char *name;
	uint64_t epoch;
	enum gateway_state state;
	struct mono since; /* when the state began */
	bool resumes; /* none of its numbered messages has come since it was settled */
	bool numbered; /* something of it was applied: its numbers go on from `applied` */
	uint64_t applied; /* of its seq */
	uint64_t syncing; /* the same, as the journal is about to make safe */
	uint64_t saved; /* the same, safe: it may be acknowledged */
	uint64_t acked;
	uint64_t sent; /* the last seq that it was sent */
	struct {
		bool exists;
		uint64_t applied, sent;
		uint64_t seen; /* no parcels up to this number are there */
	} row; /* of the journal */
	bool open; /* set by the outlet: it is linked, and welcomed */
	bool behind; /* what is sent to it waits in this process */
	struct {
		uint64_t room, epoch, rev, offset; /* of the snapshot that SNAPSHOT_AGAIN means */
	} shown;
	bool owed; /* answers to calls may wait for its connections until it is settled */
	bool retell; /* it has restated connections that are to be told of their rooms */
	struct outgoing out;
	void *port; /* of the outlet */
	struct buf gather; /* of direct.c */
	struct msg_list gathered;
};

struct peers {
	struct list all; /* struct gateway, in the order of their first HELLO */
	size_t count;
	const struct outlet *outlet;
	uint64_t epoch; /* of this hub: of its journal */
	struct buf removed; /* epochs of those that were forgotten, and are in the journal */
	struct mono settle_at; /* no one is welcomed before */
	bool settled; /* who comes from now on need not wait for others */
	enum counter linked; /* counts those that are */
};

enum {
	PEERS_MAX = 256,
	PEERS_RESTATE_MS =
		2000, /* a welcomed gateway that has not restated by then is not waited for */
};

void peers_init(
	struct peers *peers, const struct outlet *outlet, uint64_t epoch, struct mono settle_at);
void peers_done(struct peers *peers);

/*
 * HELLO, also of one that is known. NULL: there are too many. `seen`: the last number that it has
 * of this hub; one that was forgotten has some, and the next must be greater.
 */
struct gateway *peers_hello(
	struct peers *peers, uint64_t epoch, struct slice name, uint64_t seen, struct mono now);
void peers_restated(struct gateway *gateway, struct mono now);
void peers_down(struct gateway *gateway, struct mono now); /* also of one that is down */

/* One that the journal had. It is down. */
struct gateway *peers_restore(struct peers *peers, uint64_t epoch, struct slice name,
	uint64_t applied, uint64_t sent, struct mono now);
struct gateway *peers_find(const struct peers *peers, uint64_t epoch);

/* No gateway is to be waited for before something is said in the rooms. */
bool peers_ready(const struct peers *peers, struct mono now);

/* Of handlers, which are peers of their own and need not settle. It is down. */
struct gateway *peers_add(struct peers *peers, uint64_t epoch, struct slice name, uint64_t sent);
void peers_set_state(struct gateway *gateway, enum gateway_state state, struct mono now);

/* Welcomes and settles those whose time has come. */
void peers_step(struct peers *peers, struct mono now);

void peers_syncing(struct peers *peers); /* what is in the journal now is made safe */
void peers_saved(struct peers *peers); /* it is safe */
void peers_acknowledge(struct peers *peers); /* what is safe */

/* One that has been down for `grace` ms, or has left too much unseen; or NULL. */
struct gateway *peers_expired(struct peers *peers, struct mono now, uint64_t grace);
void peers_forget(struct gateway *gateway); /* it has no connections any more */

/* When peers_step() or peers_expired() have something to do. */
struct mono peers_deadline(const struct peers *peers, uint64_t grace);

/* What is to be done with a numbered message; only the first answer lets it be applied. */
enum gateway_verdict {
	GATEWAY_APPLY,
	GATEWAY_DUPLICATE, /* was applied before */
	GATEWAY_GAP, /* something is missing before it */
	GATEWAY_EARLY, /* the gateway has not been settled */
};
enum gateway_verdict gateway_take(struct gateway *gateway, uint64_t seq);

/* Gives the message the gateway's next number, if its type has one, and sends it. */
void gateway_send(struct gateway *gateway, struct msg *msg);
/* Without a number: it may be lost, and is not sent again. */
void gateway_send_loose(struct gateway *gateway, struct msg *msg);
/* At once, before all that waits. -errno: it cannot. */
int gateway_send_now(struct gateway *gateway, struct msg *msg);

#endif
