/* store.h - what the processes have reported last, and what follows from it */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_STORE_H
#define METRICS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/clock.h"
#include "proto/counters.h"
#include "proto/histogram.h"
#include "proto/msg.h"

enum {
	STORE_MAX = 64, /* processes */
	STORE_NAME_MAX = 64, /* bytes */
	STORE_VERSION_MAX = 31, /* likewise */
	STORE_SILENT_MS = 3000, /* without a report: down */
	STORE_FORGET_MS = 600000, /* without a report: gone, unless it is the last of its kind */
	STORE_APART_MS = 200, /* reports closer than this are one: rates need time between */
};

/* What the system says of a process; the sampler's to fill in. */
struct usage {
	bool known; /* the rest is */
	double cpu; /* percent of one processor, since the sample before */
	double cpu_seconds; /* since its start */
	uint64_t memory; /* bytes in memory */
	uint64_t fds; /* 0: we may not look at another user's */
	double uptime; /* seconds */
	uint64_t start; /* ticks: with the pid it says whether it is the same one */
	struct mono at;
};

struct sample {
	struct mono at;
	uint64_t values[COUNTER_MAX];
	struct histogram_counts histograms[HISTOGRAM_MAX];
};

struct store_process {
	enum process process;
	char name[STORE_NAME_MAX + 1];
	uint32_t pid;
	uint64_t epoch;
	bool up;
	unsigned restarts; /* that were seen */
	char version[STORE_VERSION_MAX + 1]; /* as it says; empty: it has not */
	unsigned samples; /* 0 to 2 of these are filled in: */
	struct sample last;
	struct sample before;
	struct usage usage;
};

struct store;

struct store *store_new(void);
void store_free(struct store *store); /* takes NULL */

/* 0; -EINVAL: no process of ours says such things; -ENOSPC: there are too many. */
int store_report(struct store *store, struct mono now, const struct msg_counters *report);

/* Who is silent is down; who has been for long is forgotten. */
void store_expire(struct store *store, struct mono now);

/* In the order of processes.def, then by name. */
size_t store_count(const struct store *store);
struct store_process *store_at(const struct store *store, size_t index);

bool store_owns(const struct store_process *process, enum counter counter);

/* Per second, between its last two samples; 0 if it is down, has one only, or was started anew. */
double store_rate(const struct store_process *process, enum counter counter);

/* Over all processes that are up. */
uint64_t store_sum(const struct store *store, enum counter counter);
double store_sum_rate(const struct store *store, enum counter counter);

/*
 * What was observed between the last two samples, added to `buckets`; nothing of a process that is
 * down, has one only, or was started anew.
 */
void store_observed(const struct store_process *process, enum histogram histogram,
	uint64_t buckets[HISTOGRAM_BUCKETS]);

#endif
