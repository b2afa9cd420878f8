/* test_dialect_state.c - a room's state in both JSON dialects: taken apart, and written */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/dialect_parts.h"

static const struct dialect_limits limits = { .json_depth = 32 };

/* What is asked for, as text. */
static enum error decode(const struct dialect *dialect, struct slice text, struct buf *ret_seen)
{
	struct buf scratch = { 0 }, ops = { 0 }, checks = { 0 };
	struct msg_statecheck check;
	struct request request;
	struct msg_stateop op;
	struct msg_list list;
	enum error error = dialect->decode(text, false, &limits, &scratch, &request);

	buf_clear(ret_seen);
	if (error == ERROR_NONE && request.kind == REQUEST_STATE) {
		list = state_ops(request.ops, &ops);
		while (msg_next_stateop(&list, &op))
			buf_printf(ret_seen, "%s%.*s=%.*s ", op.remove ? "-" : "", (int)op.key.len,
				op.key.ptr, (int)op.value.len, op.value.len ? op.value.ptr : "");
		list = state_checks(request.checks, &checks);
		while (msg_next_statecheck(&list, &check))
			buf_printf(ret_seen, "%.*s@%lu ", (int)check.key.len, check.key.ptr,
				check.rev);
	} else if (error == ERROR_NONE && request.kind == REQUEST_JOIN) {
		buf_printf(ret_seen, "join %d %lu %lx", (int)request.state, request.rev,
			request.state_epoch);
	} else if (error == ERROR_NONE) {
		buf_printf(ret_seen, "get %.*s", (int)request.room.len,
			request.room.len ? request.room.ptr : "");
	} else {
		buf_printf(ret_seen, "%s", error_row(error)->code);
	}
	buf_done(&scratch);
	buf_done(&ops);
	buf_done(&checks);
	return error;
}

#define E16 "\"0123456789abcdef\""

/* What stands in a message of the room dialect, and in `param` of one of the command dialect. */
static const struct {
	const char *type, *members, *seen;
} rows[] = {
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":1.0}]", "a=1.0 " },
	{ "state", "\"ops\":[ {\"value\" : [1, {\"x\":\"\\u00e9\\/\"}] , \"key\":\"\\u0061\\n\"} ]",
		"bad_message" },
	{ "state",
		"\"ops\":[ {\"value\" : [1, {\"x\":\"\\u00e9\\/\"}] , \"key\":\"\\u0061\"} ,"
		"{\"k\\u0065y\":\"b c\",\"delete\":true}],\"if\":{\"a\":0,\"\\u0062\":18446744073709551615}",
		"a=[1, {\"x\":\"\\u00e9\\/\"}] -b c= a@0 b@18446744073709551615 " },
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":null,\"note\":[]}],\"if\":{}", "a=null " },
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":\"\"}],\"state\":7,\"since\":{}", "a=\"\" " },
	{ "state", "\"x\":1", "bad_message" },
	{ "state", "\"ops\":[]", "bad_message" },
	{ "state", "\"ops\":{}", "bad_message" },
	{ "state", "\"ops\":[[]]", "bad_message" },
	{ "state", "\"ops\":[{}]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\"}]", "bad_message" },
	{ "state", "\"ops\":[{\"value\":1}]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"\",\"value\":1}]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":[],\"value\":1}]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"key\":\"a\",\"value\":1}]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":1,\"value\":1}]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":1,\"delete\":true}]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"delete\":false}]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"delete\":1}]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":1},{}]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":1}],\"if\":[]", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":1}],\"if\":{\"a\":1.0}", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":1}],\"if\":{\"a\":\"1\"}", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":1}],\"if\":{\"\":1}", "bad_message" },
	{ "state", "\"ops\":[{\"key\":\"a\",\"value\":1}],\"if\":{},\"if\":{}", "bad_message" },
	{ "state", "\"room\":\"\",\"ops\":[{\"key\":\"a\",\"value\":1}]", "bad_room" },
	{ "state_get", "\"x\":1", "get " },
	{ "state_get", "\"room\":\"r\"", "get r" },
	{ "join", "\"room\":\"r\"", "join 0 0 0" },
	{ "join", "\"room\":\"r\",\"state\":false", "join 0 0 0" },
	{ "join", "\"room\":\"r\",\"state\":true", "join 1 0 0" },
	{ "join", "\"room\":\"r\",\"state\":{\"epoch\":" E16 ",\"rev\":7}",
		"join 2 7 123456789abcdef" },
	{ "join", "\"room\":\"r\",\"state\":1", "bad_message" },
	{ "join", "\"room\":\"r\",\"state\":{}", "bad_message" },
	{ "join", "\"room\":\"r\",\"state\":{\"rev\":7}", "bad_message" },
	{ "join", "\"room\":\"r\",\"state\":{\"rev\":7,\"epoch\":\"\"}", "bad_message" },
	{ "join", "\"room\":\"r\",\"state\":{\"rev\":-7,\"epoch\":" E16 "}", "bad_message" },
	{ "join", "\"room\":\"r\",\"state\":true,\"state\":true", "bad_message" },
};

static void write_message(struct buf *out, const struct dialect *dialect, size_t i)
{
	buf_clear(out);
	if (dialect == &dialect_room)
		buf_printf(out, "{\"type\":\"%s\",%s}", rows[i].type, rows[i].members);
	else
		buf_printf(out, "{\"cmd\":\"%s\",\"param\":{%s}}", rows[i].type, rows[i].members);
}

static void test_taken_apart(void **state)
{
	static const struct dialect *const dialects[] = { &dialect_room, &dialect_command };
	struct buf text = { 0 }, seen = { 0 };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		write_message(&text, dialects[i % 2], i / 2);
		(void)decode(dialects[i % 2], buf_slice(&text), &seen);
		if (!slice_eq(buf_slice(&seen), slice_of(rows[i / 2].seen)))
			fail_msg("%s: %s", buf_cstr(&text), buf_cstr(&seen));
	}
	buf_done(&text);
	buf_done(&seen);
}

/* Cut anywhere it is refused, and never read past its end. */
static void test_cut(void **state)
{
	static const struct dialect *const dialects[] = { &dialect_room, &dialect_command };
	struct buf text = { 0 }, seen = { 0 };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		write_message(&text, dialects[i % 2], i / 2);
		for (size_t len = 0; len < text.len; len++) {
			struct buf cut = { 0 };

			buf_add(&cut, text.data, len);
			buf_shrink(&cut, 0);
			assert_int_equal(
				decode(dialects[i % 2], buf_slice(&cut), &seen), ERROR_BAD_JSON);
			buf_done(&cut);
		}
	}
	buf_done(&text);
	buf_done(&seen);
}

/* Every name is found, however it is written. */
static void test_own_names(void **state)
{
	static const char *const plain[] = { "type", "room", "nickname", "id", "user", "offset",
		"ref", "mid", "echo", "ephemeral", "token", "target", "since", "epoch", "before",
		"limit", "rooms", "all", "ops", "if", "state", "filter", "cmd" };
	char text[32], escaped[32];

	(void)state;
	assert_int_equal(sizeof(plain) / sizeof(*plain), OWN_MAX);
	for (size_t i = 0; i < OWN_MAX; i++) {
		snprintf(text, sizeof(text), "\"%s\"", plain[i]);
		snprintf(escaped, sizeof(escaped), "\"\\u%04x%s\"", (unsigned)plain[i][0],
			plain[i] + 1);
		assert_int_equal(parts_own(slice_of(text)), i);
		assert_int_equal(parts_own(slice_of(escaped)), i);
	}
	assert_int_equal(parts_own(SLICE("\"\"")), OWN_MAX);
	assert_int_equal(parts_own(SLICE("\"x\"")), OWN_MAX);
	assert_int_equal(parts_own(SLICE("\"states\"")), OWN_MAX);
	assert_int_equal(parts_own(SLICE("\"a name that is longer than any\"")), OWN_MAX);
}

/* ---- what is written ---- */

#define EXPECT(out, text) \
	do { \
		assert_string_equal(buf_cstr(out), text); \
		buf_clear(out); \
	} while (0)

static void test_changes(void **state)
{
	struct buf out = { 0 }, raw = { 0 };
	struct msg_stateop set = { .key = SLICE("a\"b"), .value = SLICE("{\"n\": 1.0}") };
	struct msg_stateop unset = { .remove = 1, .key = SLICE("c") };
	struct msg_stated stated = { .room = SLICE("r"),
		.rev = 3,
		.id = SLICE("i"),
		.nickname = SLICE("N"),
		.user = SLICE("u") };
	struct msg_state_done done = { .ref = SLICE("\"x\""), .room = SLICE("r"), .rev = 3 };

	(void)state;
	msg_add_stateop(&raw, &stated.ops, &set);
	msg_add_stateop(&raw, &stated.ops, &unset);
	dialect_room.stated(&out, &stated);
	EXPECT(&out,
		"{\"type\":\"state\",\"room\":\"r\",\"rev\":3,\"ops\":[{\"key\":\"a\\\"b\",\"value\":{\"n\": "
		"1.0}},{\"key\":\"c\",\"delete\":true}],\"id\":\"i\",\"nickname\":\"N\",\"user\":\"u\"}");
	dialect_command.stated(&out, &stated);
	EXPECT(&out,
		"{\"channel\":\"r\",\"cmd\":\"state\",\"param\":{\"rev\":3,\"ops\":[{\"key\":\"a\\\"b\","
		"\"value\":{\"n\": 1.0}},{\"key\":\"c\",\"delete\":true}]},\"from\":\"i\",\"user\":\"u\"}");
	dialect_room.state_done(&out, &done);
	EXPECT(&out, "{\"type\":\"ack\",\"ref\":\"x\",\"room\":\"r\",\"rev\":3}");
	dialect_command.state_done(&out, &done);
	EXPECT(&out, "{\"channel\":\"r\",\"cmd\":\"ack\",\"param\":{\"rev\":3},\"ref\":\"x\"}");
	buf_done(&out);
	buf_done(&raw);
}

static void test_snapshots(void **state)
{
	struct buf out = { 0 }, raw = { 0 }, keys = { 0 };
	struct msg_stateentry entry = { .key = SLICE("a"), .rev = 2, .value = SLICE("[]") };
	struct msg_statekey key = { .key = SLICE("b") };
	struct msg_snapshot snapshot = { .room = SLICE("r"), .rev = 5, .epoch = 10, .full = 1 };

	(void)state;
	dialect_room.snapshot(&out, &snapshot);
	EXPECT(&out,
		"{\"type\":\"state_snapshot\",\"room\":\"r\",\"rev\":5,\"offset\":0,"
		"\"epoch\":\"000000000000000a\",\"full\":true,\"entries\":[]}");
	msg_add_stateentry(&raw, &snapshot.entries, &entry);
	msg_add_statekey(&keys, &snapshot.deleted, &key);
	snapshot.full = 0;
	snapshot.more = 1;
	snapshot.ref = SLICE("7");
	dialect_room.snapshot(&out, &snapshot);
	EXPECT(&out,
		"{\"type\":\"state_snapshot\",\"room\":\"r\",\"rev\":5,\"offset\":0,"
		"\"epoch\":\"000000000000000a\",\"full\":false,\"entries\":[{\"key\":\"a\",\"value\":[],"
		"\"rev\":2}],\"deleted\":[\"b\"],\"more\":true,\"ref\":7}");
	dialect_command.snapshot(&out, &snapshot);
	EXPECT(&out,
		"{\"channel\":\"r\",\"cmd\":\"state_snapshot\",\"param\":{\"rev\":5,\"offset\":0,"
		"\"epoch\":\"000000000000000a\",\"full\":false,\"entries\":[{\"key\":\"a\",\"value\":[],"
		"\"rev\":2}],\"deleted\":[\"b\"],\"more\":true},\"ref\":7}");
	buf_done(&out);
	buf_done(&raw);
	buf_done(&keys);
}

static void test_conflicts(void **state)
{
	struct buf out = { 0 }, raw = { 0 };
	struct msg_stateentry entry = { .key = SLICE("a"), .rev = 2, .value = SLICE("1") };
	struct msg_stateentry nothing = { .key = SLICE("b") };
	struct msg_state_conflict conflict = { .ref = SLICE("7"), .room = SLICE("r"), .rev = 5 };

	(void)state;
	msg_add_stateentry(&raw, &conflict.current, &entry);
	msg_add_stateentry(&raw, &conflict.current, &nothing);
	dialect_room.state_conflict(&out, &conflict);
	EXPECT(&out,
		"{\"type\":\"error\",\"code\":\"conflict\",\"content\":\"a key that this depends on has "
		"another revision\",\"room\":\"r\",\"rev\":5,\"current\":[{\"key\":\"a\",\"value\":1,"
		"\"rev\":2},{\"key\":\"b\",\"rev\":0}],\"ref\":7}");
	dialect_command.state_conflict(&out, &conflict);
	EXPECT(&out,
		"{\"channel\":\"r\",\"cmd\":\"error\",\"param\":{\"code\":\"conflict\",\"content\":\"a key "
		"that this depends on has another revision\",\"rev\":5,\"current\":[{\"key\":\"a\","
		"\"value\":1,\"rev\":2},{\"key\":\"b\",\"rev\":0}]},\"ref\":7}");
	buf_done(&out);
	buf_done(&raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_apart),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_own_names),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_snapshots),
		cmocka_unit_test(test_conflicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
