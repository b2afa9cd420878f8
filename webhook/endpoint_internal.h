/* endpoint_internal.h - what endpoint.c and dispatch.c share */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_ENDPOINT_INTERNAL_H
#define WEBHOOK_ENDPOINT_INTERNAL_H

#include "webhook/credentials.h"
#include "webhook/endpoint.h"
#include "webhook/poster.h"
#include "webhook/queue.h"

struct endpoint {
	struct service *service;
	char *name;
	const struct webhook_conf *conf;
	struct credentials credentials;
	struct link *hub;
	struct queue *queue;
	struct poster *poster;
	struct timer *timer; /* when something may be tried again */
	struct buf text; /* of an event, while it is written */
	uint64_t hub_epoch; /* of the hub whose numbers `queue` has; 0: none yet */
	uint64_t handled; /* what the hub was told last */
	bool serving; /* the hub has taken what we serve */
	bool full; /* what the hub sends is left to it; it sends it again after another HELLO */
	bool ending;
	loop_fn drained;
	void *drained_arg;
};

extern const struct dispatch endpoint_dispatch;

/* Requests for all that may be sent now, what is dealt with told to the hub, the timer set. */
void endpoint_pump(struct endpoint *endpoint);

#endif
