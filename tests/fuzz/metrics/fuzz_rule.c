/* fuzz_rule.c - a condition that is taken is written so that it reads back as the same */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "metrics/rule.h"
#include "proto/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	struct rule rule = { .for_ms = 0 }, again = { .for_ms = 0 };
	const char *why = NULL;

	if (rule_parse(slice_make(data, size), &rule, &why) < 0) {
		assert(why);
		return 0;
	}
	rule_write(&rule, &text);
	assert(rule_parse(buf_slice(&text), &again, &why) == 0);
	assert(again.limit == rule.limit && again.for_ms == rule.for_ms && again.op == rule.op);
	assert(strcmp(again.of, rule.of) == 0 && strcmp(again.name, rule.name) == 0);
	return 0;
}
