/* intake.h - which numbered events have come, and up to which of them all are dealt with */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_INTAKE_H
#define HANDLER_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/list.h"

/* An event that is not dealt with. Those that are not here, up to `last`, are. */
struct intake_entry {
	struct list link;
	uint64_t seq;
	uint64_t print; /* with another one it is another event */
};

struct intake {
	uint64_t journal; /* that the numbers are of; 0: none yet */
	uint64_t last; /* the highest that has come */
	bool known; /* `last` is one */
	bool fresh; /* nothing has come since the hub's WELCOME */
	struct list open; /* struct intake_entry, by number */
};

enum intake_verdict {
	INTAKE_NEW,
	INTAKE_AGAIN, /* it has come before */
	INTAKE_GAP, /* some before it are missing: the link is to be begun anew */
	INTAKE_LOST, /* it is new, and what is missing before it will not come: ret_missed */
	INTAKE_OTHER, /* it is new, and those that are open are of numbers that mean others now */
};

void intake_init(struct intake *intake);

/*
 * The hub has said WELCOME. False: its journal is another one; the caller takes all that are open
 * out of the list.
 */
bool intake_welcome(struct intake *intake, uint64_t journal);

/*
 * What is to be done with it; nothing is changed but `fresh`. Of a MISSED: `missed` is its count,
 * else 0.
 */
enum intake_verdict intake_look(
	struct intake *intake, uint64_t seq, uint64_t missed, uint64_t print, uint64_t *ret_missed);

/* It is taken: it is open if `entry` is not NULL, until list_remove() of its link. */
void intake_take(struct intake *intake, uint64_t seq, uint64_t print, struct intake_entry *entry);

void intake_skip(struct intake *intake, uint64_t seq); /* all up to this are dealt with, or here */

uint64_t intake_handled(const struct intake *intake); /* all up to this are dealt with */

#endif
