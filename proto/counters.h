/* counters.h - the numbers of this process, made from counters.def */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_COUNTERS_H
#define PROTO_COUNTERS_H

#include <stdint.h>

#include "proto/msg.h"

/* clang-format off */
enum counter {
#define COUNTER(NAME, name, owner, kind, help) COUNTER_##NAME,
#include "proto/counters.def"
#undef COUNTER
	COUNTER_MAX,
};
/* clang-format on */

enum counter_kind { COUNTER_KIND_COUNTER, COUNTER_KIND_GAUGE };

struct counter_row {
	const char *name;
	enum process owner; /* 0: each process has it */
	enum counter_kind kind;
	const char *help;
};

const struct counter_row *counter_row(unsigned counter); /* NULL if there is none */

/* One thread: plain numbers, in every layer. */
extern uint64_t counter_values[COUNTER_MAX];

static inline void counter_add(enum counter counter, uint64_t n)
{
	counter_values[counter] += n;
}

static inline void counter_sub(enum counter counter, uint64_t n)
{
	counter_values[counter] -= n;
}

static inline void counter_set(enum counter counter, uint64_t value)
{
	counter_values[counter] = value;
}

static inline uint64_t counter_get(enum counter counter)
{
	return counter_values[counter];
}

/* The rows of this process as a COUNTERS list; `raw` is the memory behind it. */
void counter_list(enum process process, struct buf *raw, struct msg_list *ret_list);

#endif
