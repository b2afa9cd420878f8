/* handlers.h - does a process handle every message of messages.def that is for it, and no other? */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HANDLERS_H
#define TESTS_UNIT_HANDLERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/dispatch.h"

/* clang-format off */
static inline void check_handlers(const struct dispatch *dispatch)
{
	enum { END_LINK = 0 };
#define PROCESS(NAME, name, code) enum { END_##NAME = code };
#include "proto/ends.def"
#undef PROCESS
	unsigned expected = 0, handled = 0;

#define FIELD(type, name)
#define LIST(record, name)
#define REC(name)
#define REC_END
#define MSG_END
#define MSG(NAME, name, code, from, to) \
	if ((unsigned)END_##to == (unsigned)dispatch->process) { \
		expected++; \
		if (!dispatch->on[code]) \
			fail_msg("no handler for %s", #name); \
	}
#include "proto/messages.def"
#undef MSG
#undef MSG_END
#undef REC
#undef REC_END
#undef FIELD
#undef LIST
	for (unsigned type = 0; type < MSG_TYPE_MAX; type++)
		handled += dispatch->on[type] != NULL;
	assert_int_equal(handled, expected);
	assert_true(expected > 0);
}
/* clang-format on */

#endif
