/* report.h - the body of system_metrics */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_REPORT_H
#define METRICS_REPORT_H

#include "metrics/alert.h"
#include "metrics/host.h"
#include "metrics/store.h"
#include "proto/base/buf.h"

/* Appends the members of the message, without braces. */
void report_write(struct buf *out, const struct store *store, const struct host *host,
	const struct alerts *alerts, uint64_t wall_ms);

#endif
