/* told.h - a hub with handlers bot and two, of which bot is here: what they are told */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_TOLD_H
#define TESTS_UNIT_HUB_TOLD_H

#include "tests/unit/hub/served.h"

#define SECTION(name) \
	{ \
		name, &served_settings \
	}

static const struct handler_section sections[] = { SECTION("bot"), SECTION("two") };

static inline void begin(struct stored *stored)
{
	served_begin(stored, sections, 2);
	(void)served_hello(stored, 3, "bot");
	served_serve(stored, 3, "*", HANDLER_PEOPLE | HANDLER_MESSAGES);
	fake_expect(&stored->fake, "g3 welcome 0\nh3 served\n");
}

static inline void say(struct stored *stored, const char *room)
{
	fake_publish(&stored->fake, 1, 1, room, "chat", NULL);
	stored_turn(stored, true);
}

/* Only what handlers were told. */
static inline void expect_told(struct stored *stored, const char *expected)
{
	_cleanup_(buf_done) struct buf told = { .cap = 0 };
	char *next = NULL,
	     *rest = stored->fake.log.len ? slice_dup(buf_slice(&stored->fake.log)) : NULL;

	for (char *line = rest ? strtok_r(rest, "\n", &next) : NULL; line;
		line = strtok_r(NULL, "\n", &next))
		if (line[0] == 'h' || line[0] == 'c')
			buf_printf(&told, "%s\n", line);
	assert_string_equal(buf_cstr(&told), expected);
	mem_free(rest);
	fake_clear(&stored->fake);
}

#endif
