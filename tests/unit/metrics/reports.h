/* reports.h - reports of counters for tests */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_METRICS_REPORTS_H
#define TESTS_UNIT_METRICS_REPORTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "metrics/store.h"

/* One report with one counter. Its pid is its epoch + 1000. */
static inline int report(struct store *store, uint64_t ms, enum process process, const char *name,
	uint64_t epoch, unsigned counter, uint64_t value)
{
	struct buf raw = { .cap = 0 };
	struct msg_counters counters = {
		.process = (uint8_t)process,
		.name = slice_of(name),
		.pid = (uint32_t)epoch + 1000,
		.epoch = epoch,
		.version = SLICE("1.2"),
	};
	int r;

	msg_add_count(&raw, &counters.counts,
		&(struct msg_count){ .counter = (uint16_t)counter, .value = value });
	r = store_report(store, mono_after((struct mono){ 0 }, ms), &counters);
	buf_done(&raw);
	return r;
}

#endif
