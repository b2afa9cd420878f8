/* queue.h - what is to be delivered: in order in each room, one request of a room at a time */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_QUEUE_H
#define WEBHOOK_QUEUE_H

#include "proto/base/buf.h"
#include "proto/base/clock.h"
#include "webhook/body.h"
#include "webhook/verdict.h"

/*
 * Rooms do not wait for each other; in a room the next is sent when what was before it was accepted
 * or given up. What the hub has sent is acknowledged as far as all of it is dealt with.
 */
struct queue;

struct queue_limits {
	uint64_t retry_first, retry_most; /* ms */
	uint64_t give_up; /* ms after an event happened; 0: never */
	unsigned refusals; /* of an event, then it is given up */
	unsigned batch; /* events of a request */
	unsigned concurrency; /* requests at a time */
};

/* One request: the first events of a room. It lives until queue_done(). */
struct delivery {
	struct slice room;
	struct body_id first; /* of the first event */
	unsigned count; /* of events */
	unsigned tries; /* of this room that failed, one after the other, before this one */
};

/* What became of a delivery. */
struct queue_result {
	unsigned accepted, dead; /* events that are dealt with */
	uint64_t wait; /* ms until the next try; 0: at once, or there is none */
};

/* What an answer says. */
struct queue_answer {
	enum verdict_kind kind;
	uint64_t asked; /* ms, by Retry-After; 0: none */
	struct mono now;
	uint64_t wall; /* ms since 1970 */
	uint64_t random;
};

struct queue *queue_new(const struct queue_limits *limits);
void queue_free(struct queue *queue); /* takes NULL; deliveries with it */
void queue_set_limits(struct queue *queue, const struct queue_limits *limits);

enum queue_taken {
	QUEUE_KNOWN, /* it was sent before */
	QUEUE_NEW,
	QUEUE_ANEW, /* likewise; and the hub, which had forgotten us, counts anew */
};

/* The hub has welcomed us, and sends again what was not acknowledged. */
void queue_relinked(struct queue *queue);
/*
 * It has sent event `seq`, of the time `stamp` (0: it does not say). If it is new, queue_put() may
 * follow with what is to be delivered of it; without that it is dealt with at once.
 */
enum queue_taken queue_take(struct queue *queue, uint64_t seq, uint64_t stamp);
/* Of what was taken last; `text` is copied. */
void queue_put(struct queue *queue, struct slice room, const struct body_id *id, struct slice text);

uint64_t queue_last(const struct queue *queue); /* the number that was taken last */
/* The hub has no more up to this but what it has sent. */
void queue_skip(struct queue *queue, uint64_t seq);

/* Numbers (uint64_t) that are dealt with beyond that, since it was cleared. */
struct buf *queue_done_beyond(struct queue *queue);

uint64_t queue_handled(struct queue *queue); /* all up to it are dealt with */
/* The hub's numbers begin anew: what waits is still delivered, and none of it acknowledged. */
void queue_renumber(struct queue *queue);

/* The next request to make, or NULL. */
struct delivery *queue_next(struct queue *queue, struct mono now);
/* Appends its events: the one, or {"events":[...]} where several may come. */
void queue_put_body(const struct queue *queue, const struct delivery *delivery, struct buf *out);
void queue_done(struct queue *queue, struct delivery *delivery, const struct queue_answer *answer,
	struct queue_result *ret_result);

/* Whether something waits for a time to come, and until when. */
bool queue_wake(const struct queue *queue, struct mono *ret_when);
void queue_resume(struct queue *queue); /* after VERDICT_GONE; what waits for a time is due now */
bool queue_paused(const struct queue *queue);

size_t queue_waiting(const struct queue *queue); /* events */
size_t queue_bytes(const struct queue *queue); /* of memory, about */
unsigned queue_sending(const struct queue *queue); /* requests */

#endif
