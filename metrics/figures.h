/* figures.h - every number that is known at a moment, each under a name */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_FIGURES_H
#define METRICS_FIGURES_H

#include <stdbool.h>

#include "metrics/host.h"
#include "metrics/store.h"

/*
 * `of`: "host", "total" (all processes together), or the name of a process; `name`: "cpu",
 * "connections". A counter of a process is a rate per second, a gauge what it is; the process's own
 * kind is left out of the name: of "gateway-1" it is "queue_bytes", not "gateway_queue_bytes".
 */
struct figure {
	const char *of;
	const char *name;
	enum process process; /* 0: none's */
	bool up; /* whether the process is; of others always */
	bool worst; /* of several, that which counts is the largest; else their mean */
	bool page; /* pages are shown it: of a process not all are */
	int decimals; /* that are worth telling */
	double value;
};

typedef void (*figure_fn)(void *arg, const struct figure *figure);

/* What is not known is not among them; of a process that is down only `up` and `restarts` are. */
void figures_each(const struct store *store, const struct host *host, figure_fn fn, void *arg);

/*
 * Whether there may be such a figure; `of` may also be a kind of process ("gateway"), or "any".
 * A name that is none of these may be a process's.
 */
bool figures_known(struct slice of, struct slice name);

/* Those of figures.def, in its order; `known` false: nothing is known, and the value 0. */
void figures_total(const struct store *store,
	void (*fn)(void *arg, const struct figure *figure, bool known), void *arg);

#endif
