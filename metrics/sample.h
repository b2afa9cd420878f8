/* sample.h - looks at the machine and at processes: /proc and the disk */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_SAMPLE_H
#define METRICS_SAMPLE_H

#include "metrics/host.h"
#include "metrics/store.h"

struct sampler;

/* `proc` is "/proc" but in tests; the disk is the one that holds `disk`. Both are copied. */
struct sampler *sampler_new(const char *proc, const char *disk);
void sampler_free(struct sampler *sampler); /* takes NULL */

/* What cannot be read stays as it was. */
void sampler_host(struct sampler *sampler, struct host *host);

/* Fills in the usage of each process that is up. */
void sampler_processes(struct sampler *sampler, const struct store *store, struct mono now);

#endif
