/* wheel.h - the deadlines of all clients, turned by one timer; is handed the time */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_WHEEL_H
#define GATEWAY_WHEEL_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/clock.h"

/*
 * Adding and removing cost the same however many there are; in return a deadline fires up to one
 * step late, never early. lws's own timers are a sorted list, which ten thousand clients make slow.
 */
enum { WHEEL_STEP_MS = 250 };

struct wheel_node;
typedef void (*wheel_fn)(struct wheel_node *node);

/* Embedded in what has a deadline. All-zero is not in a wheel. */
struct wheel_node {
	struct wheel_node *prev, *next;
	wheel_fn fn;
	uint64_t due; /* the step */
};

struct wheel;
struct wheel *wheel_new(struct mono now);
void wheel_free(struct wheel *wheel); /* takes NULL; what is in it is the owners' */

/* fn(node) is called by wheel_turn() `ms` after now; a node that is in the wheel is moved. */
void wheel_add(
	struct wheel *wheel, struct wheel_node *node, struct mono now, uint64_t ms, wheel_fn fn);
void wheel_remove(struct wheel_node *node); /* also if it is in none */

/* Calls all that are due, which are out of the wheel then. They may add and remove any node. */
void wheel_turn(struct wheel *wheel, struct mono now);

#endif
