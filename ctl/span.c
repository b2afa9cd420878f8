/* span.c - spans of time as people write them: 90s 15m 1h 7d */
/* SPDX-License-Identifier: MIT */
#include "ctl/span.h"

#include <errno.h>

static const struct {
	const char *name;
	int64_t ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };

int span_parse(struct slice text, int64_t *ret_ms)
{
	struct slice unit = text;
	int64_t number = 0;

	while (unit.len && *unit.ptr >= '0' && *unit.ptr <= '9') {
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, *unit.ptr - '0', &number))
			return -ERANGE;
		unit = slice_make(unit.ptr + 1, unit.len - 1);
	}
	if (unit.len == text.len)
		return -EINVAL;
	if (unit.len == 0 && number == 0) {
		*ret_ms = 0;
		return 0;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		int64_t ms;

		if (!slice_eq(unit, slice_of(units[i].name)))
			continue;
		if (__builtin_mul_overflow(number, units[i].ms, &ms))
			return -ERANGE;
		*ret_ms = ms;
		return 0;
	}
	return -EINVAL;
}
