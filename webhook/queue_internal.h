/* queue_internal.h - what queue.c and marks.c share */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_QUEUE_INTERNAL_H
#define WEBHOOK_QUEUE_INTERNAL_H

#include "proto/base/hash.h"
#include "proto/base/list.h"
#include "webhook/queue.h"

/* An event of the hub, which may send it again until it and all before it are dealt with. */
struct mark {
	struct list link; /* in `order`; in none: the hub's numbers are others now */
	uint64_t seq, stamp;
	unsigned pending; /* items */
	bool told; /* in `done` */
};

struct item {
	struct list in_room;
	struct mark *mark;
	struct body_id id;
	size_t len;
	char text[];
};

/* A room for which something waits. It is in one list of the queue, or is being sent. */
struct room {
	UT_hash_handle hh;
	struct list link;
	struct list items;
	struct delivery delivery; /* while it is being sent */
	struct mono due; /* in `resting` */
	unsigned tries, refusals; /* of what comes first */
	bool sending;
	bool alone; /* it was refused together with others: one at a time, to find which it is */
	unsigned again; /* events of the request that failed: the same come again; 0: none failed */
	size_t name_len;
	char name[];
};

struct queue {
	struct queue_limits limits;
	struct room *rooms;
	struct list ready, resting;
	struct mono soonest; /* no room that rests is due before */
	struct list order; /* of marks, by number */
	struct list *known; /* up to here it was looked which events come again */
	uint64_t last; /* number that the hub has sent */
	struct buf done; /* numbers that are dealt with, before which others are not */
	size_t waiting, bytes;
	unsigned sending;
	unsigned away; /* tries of the endpoint that failed, one after the other */
	struct mono away_until;
	bool paused;
};

struct mark *queue_mark_of(const struct list *link);
void queue_drop_mark(struct queue *queue, struct mark *mark);
void queue_free_mark(struct queue *queue, struct mark *mark);
/* It is dealt with, if it is; what comes first is told with all before it. */
void queue_note_done(struct queue *queue, struct mark *mark);

#endif
