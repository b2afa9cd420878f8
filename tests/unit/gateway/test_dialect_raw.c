/* test_dialect_raw.c - frames as they are, and what they are to others, and others' to them */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct dialect_limits limits = { .json_depth = 32 };

static void test_decode(void **state)
{
	static const struct slice bodies[] = { SLICE(""), SLICE("{\"type\":\"join\"}"),
		SLICE("\0\xff"), SLICE("hi") };
	struct buf scratch = { 0 };
	struct request request;

	(void)state;
	assert_true(dialect_raw.binary && dialect_raw.bare);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		for (int binary = 0; binary < 2; binary++) {
			assert_int_equal(
				dialect_raw.decode(bodies[i], binary, &limits, &scratch, &request),
				ERROR_NONE);
			assert_int_equal(request.kind, REQUEST_PUBLISH);
			assert_int_equal(request.format, binary ? EVENT_BINARY : EVENT_TEXT);
			assert_true(
				slice_eq(request.type, binary ? SLICE("binary") : SLICE("text")));
			assert_true(slice_eq(request.body, bodies[i]));
			assert_int_equal(request.room.len + request.ref.len + request.mid.len, 0);
			assert_int_equal(request.flags, 0);
		}
	}
	buf_done(&scratch);
}

static const struct {
	enum event_format format;
	const char *type;
	struct slice body;
	enum said said;
	struct slice wanted; /* empty: see `json` */
	bool json; /* as the room dialect has it */
} rows[] = {
	{ EVENT_TEXT, "text", SLICE("a\"b"), SAID_TEXT, SLICE("a\"b"), false },
	{ EVENT_TEXT, "text", SLICE(""), SAID_TEXT, SLICE(""), false },
	{ EVENT_BINARY, "binary", SLICE("\0\xff"), SAID_BINARY, SLICE("\0\xff"), false },
	{ EVENT_BINARY, "binary", SLICE(""), SAID_BINARY, SLICE(""), false },
	{ EVENT_MEMBERS, "text", SLICE("\"content\":\"t\\u00e4\\n\""), SAID_TEXT,
		SLICE("t\xc3\xa4\n"), false },
	{ EVENT_MEMBERS, "text", SLICE("\"a\":1,\"c\\u006fntent\":\"\""), SAID_TEXT, SLICE(""),
		false },
	{ EVENT_PARAM, "text", SLICE("\"id\":1,\"content\":\"x\""), SAID_TEXT, SLICE("x"), false },
	{ EVENT_MEMBERS, "binary", SLICE("\"content\":\"AAEC\""), SAID_BINARY, SLICE("\0\1\2"),
		false },
	{ EVENT_MEMBERS, "binary", SLICE("\"content\":\"\""), SAID_BINARY, SLICE(""), false },
	{ EVENT_MEMBERS, "binary", SLICE("\"content\":\"AAE\""), SAID_TEXT, SLICE(""), true },
	{ EVENT_MEMBERS, "binary", SLICE("\"content\":[1]"), SAID_TEXT, SLICE(""), true },
	{ EVENT_MEMBERS, "text", SLICE("\"content\":7"), SAID_TEXT, SLICE(""), true },
	{ EVENT_MEMBERS, "text", SLICE("\"content\":\"a\",\"content\":\"b\""), SAID_TEXT, SLICE(""),
		true },
	{ EVENT_MEMBERS, "text", SLICE(""), SAID_TEXT, SLICE(""), true },
	{ EVENT_MEMBERS, "text", SLICE("not members"), SAID_TEXT, SLICE(""), true },
	{ EVENT_MEMBERS, "chat", SLICE("\"content\":\"a\""), SAID_TEXT, SLICE(""), true },
};

static void test_event(void **state)
{
	struct buf out = { 0 }, room = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event event = { .room = SLICE("r"),
			.type = slice_of(rows[i].type),
			.format = rows[i].format,
			.body = rows[i].body,
			.id = SLICE("1"),
			.nickname = SLICE("Ann"),
			.offset = 3 };

		buf_clear(&out);
		buf_clear(&room);
		assert_int_equal(dialect_raw.event(&out, &event), rows[i].said);
		dialect_room.event(&room, &event);
		if (!slice_eq(buf_slice(&out), rows[i].json ? buf_slice(&room) : rows[i].wanted))
			fail_msg("row %zu: %s", i, buf_cstr(&out));
	}
	buf_done(&out);
	buf_done(&room);
}

/* Nothing but messages; an error is a close. */
static void test_says_nothing_else(void **state)
{
	struct buf out = { 0 };

	(void)state;
	dialect_raw.welcome(&out, &(struct dialect_welcome){ .id = SLICE("1") });
	dialect_raw.joined(&out, &(struct msg_joined){ .room = SLICE("r") });
	dialect_raw.left(&out, &(struct msg_left){ .room = SLICE("r") });
	dialect_raw.notice(&out, &(struct msg_notice){ .room = SLICE("r") });
	dialect_raw.presence(&out, &(struct msg_presence){ .conn = 1 });
	dialect_raw.roomlist(&out, &(struct msg_roomlist){ .conn = 1 });
	dialect_raw.history(&out, &(struct msg_historylist){ .conn = 1 });
	dialect_raw.ack(&out, &(struct msg_receipt){ .ref = SLICE("1") });
	dialect_raw.error(&out, ERROR_FORBIDDEN, SLICE("1"));
	dialect_raw.pong(&out, SLICE("r"), 1, SLICE("1"));
	dialect_raw.authorized(&out, SLICE("u"), 1, SLICE("1"));
	assert_int_equal(out.len, 0);
	assert_null(dialect_raw.closing);
	assert_int_equal(dialect_raw.fatal(ERROR_FORBIDDEN), CLOSE_FORBIDDEN);
	assert_int_equal(dialect_raw.fatal(ERROR_NOT_IN_ROOM), CLOSE_FORBIDDEN);
	assert_int_equal(dialect_raw.fatal(ERROR_UNAUTHORIZED), CLOSE_UNAUTHORIZED);
	assert_int_equal(dialect_raw.fatal(ERROR_UNAVAILABLE), CLOSE_TRY_LATER);
	assert_int_equal(dialect_raw.fatal(ERROR_RATE), CLOSE_RATE);
	assert_null(dialect_raw.over_rate);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_says_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
