/* test_dialect_room.c - what clients of the room dialect say, taken apart */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct dialect_limits limits = { .json_depth = 32 };

static enum error decode(struct slice text, struct buf *scratch, struct request *ret_request)
{
	return dialect_room.decode(text, false, &limits, scratch, ret_request);
}

static void expect(const char *text, const char *what, struct slice got, const char *wanted)
{
	if (!slice_eq(got, slice_of(wanted ? wanted : "")))
		fail_msg("%s: %s is %.*s", text, what, (int)got.len, got.ptr ? got.ptr : "");
}

struct row {
	const char *text;
	enum request_kind kind;
	const char *room, *type, *body, *ref, *target, *mid, *token, *cmd;
	unsigned flags;
	bool recover;
	uint64_t since, epoch;
	uint64_t before;
	uint32_t limit;
};

/* What is taken, and what becomes of it. */
static const struct row good[] = {
	{ "{\"type\":\"chat\",\"text\":\"hi\"}", REQUEST_PUBLISH, .type = "chat",
		.body = "\"text\":\"hi\"" },
	{ "{\"type\":\"chat\"}", REQUEST_PUBLISH, .type = "chat" },
	{ " {\n\"a\" : 1 ,\t\"type\":\"t\" , \"b\":[ 1, 2 ]\r\n} ", REQUEST_PUBLISH, .type = "t",
		.body = "\"a\" : 1,\"b\":[ 1, 2 ]" },
	{ "{\"type\":\"t\",\"n\":1.0,\"m\":1e400,\"k\":-0,\"s\":\"\\u0041\\/\",\"n\":2}",
		REQUEST_PUBLISH, .type = "t",
		.body = "\"n\":1.0,\"m\":1e400,\"k\":-0,\"s\":\"\\u0041\\/\",\"n\":2" },
	{ "{\"type\":\"t\",\"room\":\"r\",\"nickname\":\"x\",\"id\":1,\"user\":{},\"offset\":null,\"ref\":7,"
	  "\"mid\":\"m\",\"echo\":true,\"ephemeral\":false,\"token\":0,\"channel\":\"c\"}",
		REQUEST_PUBLISH, .room = "r", .type = "t", .ref = "7", .mid = "m",
		.body = "\"channel\":\"c\"" },
	{ "{\"ty\\u0070e\":\"a\\u0062\",\"r\\u006fom\":\"\\u00e4\",\"\\u0078\":1}", REQUEST_PUBLISH,
		.room = "\xc3\xa4", .type = "ab", .body = "\"\\u0078\":1" },
	{ "{\"type\":\"t\",\"echo\":false}", REQUEST_PUBLISH, .type = "t", .flags = EVENT_NO_ECHO },
	{ "{\"type\":\"t\",\"echo\":false,\"ephemeral\":true}", REQUEST_PUBLISH, .type = "t",
		.flags = EVENT_NO_ECHO | EVENT_EPHEMERAL },
	{ "{\"type\":\"t\",\"ref\":\"a\\u0062\"}", REQUEST_PUBLISH, .type = "t",
		.ref = "\"a\\u0062\"" },
	{ "{\"type\":\"t\",\"ref\":-1.50e+2}", REQUEST_PUBLISH, .type = "t", .ref = "-1.50e+2" },
	{ "{\"type\":\"t\",\"mid\":\"\\u00e9 1\"}", REQUEST_PUBLISH, .type = "t",
		.mid = "\xc3\xa9 1" },
	{ "{\"type\":\"t\",\"since\":\"x\",\"epoch\":1,\"limit\":{},\"limit\":0}", REQUEST_PUBLISH,
		.type = "t", .body = "\"since\":\"x\",\"epoch\":1,\"limit\":{},\"limit\":0" },
	{ "{\"type\":\"t\",\"target\":1,\"target\":2}", REQUEST_PUBLISH, .type = "t",
		.body = "\"target\":1,\"target\":2" },
	{ "{\"type\":\"t\",\"\":1,\"types\":2,\"Type\":3}", REQUEST_PUBLISH, .type = "t",
		.body = "\"\":1,\"types\":2,\"Type\":3" },
	{ "{\"type\":\"private\",\"target\":\"ab.C\",\"x\":1,\"room\":\"r\"}", REQUEST_DIRECT,
		.room = "r", .type = "private", .target = "ab.C",
		.body = "\"target\":\"ab.C\",\"x\":1" },
	{ "{\"x\":1,\"target\":\"user:J\\u00fcrgen\",\"type\":\"private\",\"ref\":1}",
		REQUEST_DIRECT, .type = "private", .target = "user:J\xc3\xbcrgen", .ref = "1",
		.body = "\"x\":1,\"target\":\"user:J\\u00fcrgen\"" },
	{ "{\"type\":\"private\",\"target\":\"a\",\"mid\":\"m\",\"since\":[]}", REQUEST_DIRECT,
		.type = "private", .target = "a", .mid = "m",
		.body = "\"target\":\"a\",\"since\":[]" },
	{ "{\"type\":\"join\",\"room\":\"r\",\"limit\":{},\"mid\":\"\"}", REQUEST_JOIN, .room = "r",
		.type = "join", .body = "\"limit\":{}" },
	{ "{\"type\":\"join\",\"room\":\"r\",\"since\":3,\"epoch\":\"0123456789abcdef\"}",
		REQUEST_JOIN, .room = "r", .type = "join", .recover = true, .since = 3,
		.epoch = 0x0123456789abcdef, .body = "\"since\":3,\"epoch\":\"0123456789abcdef\"" },
	{ "{\"type\":\"join\",\"room\":\"r\",\"ep\\u006fch\":\"000000000000000\\u0041\",\"since\":0}",
		REQUEST_JOIN, .room = "r", .type = "join", .recover = true, .epoch = 10,
		.body = "\"ep\\u006fch\":\"000000000000000\\u0041\",\"since\":0" },
	{ "{\"type\":\"history\"}", REQUEST_HISTORY, .type = "history", .limit = 100 },
	{ "{\"type\":\"history\",\"room\":\"r\",\"since\":18446744073709551615,\"limit\":1,\"ref\":2}",
		REQUEST_HISTORY, .room = "r", .type = "history", .ref = "2", .since = UINT64_MAX,
		.limit = 1, .body = "\"since\":18446744073709551615,\"limit\":1" },
	{ "{\"type\":\"history\",\"before\":9,\"limit\":3}", REQUEST_HISTORY, .type = "history",
		.before = 9, .limit = 3, .body = "\"before\":9,\"limit\":3" },
	{ "{\"type\":\"t\",\"before\":0,\"before\":[]}", REQUEST_PUBLISH, .type = "t",
		.body = "\"before\":0,\"before\":[]" },
	{ "{\"type\":\"history\",\"limit\":301,\"epoch\":7}", REQUEST_HISTORY, .type = "history",
		.limit = 300, .body = "\"limit\":301,\"epoch\":7" },
	{ "{\"type\":\"leave\",\"room\":\"r\",\"ref\":1}", REQUEST_LEAVE, .room = "r",
		.type = "leave", .ref = "1" },
	{ "{\"type\":\"leave\"}", REQUEST_LEAVE, .type = "leave" },
	{ "{\"type\":\"users\",\"room\":\"r\"}", REQUEST_USERS, .room = "r", .type = "users" },
	{ "{\"type\":\"rooms\",\"ref\":\"\"}", REQUEST_ROOMS, .type = "rooms", .ref = "\"\"" },
	{ "{\"type\":\"ping\"}", REQUEST_PING, .type = "ping" },
	{ "{\"type\":\"ping\",\"room\":\"\"}", REQUEST_PING, .type = "ping" },
	{ "{\"type\":\"call\",\"cmd\":\"roll\"}", REQUEST_CALL, .type = "call", .cmd = "roll" },
	{ "{\"a\":1.50,\"cmd\":\"r\\u00f6ll\",\"ref\":7,\"b\" : [ 1 ],\"ty\\u0070e\":\"c\\u0061ll\",\"room\":\"\\u00e4\",\"id\":3,"
	  "\"a\":2}",
		REQUEST_CALL, .room = "\xc3\xa4", .type = "call", .ref = "7", .cmd = "r\xc3\xb6ll",
		.body = "\"a\":1.50,\"b\" : [ 1 ],\"a\":2" },
	{ "{\"type\":\"call\",\"c\\u006dd\":\"x\",\"params\":{\"cmd\":1},\"target\":2,\"since\":\"\"}",
		REQUEST_CALL, .type = "call", .cmd = "x",
		.body = "\"params\":{\"cmd\":1},\"target\":2,\"since\":\"\"" },
	{ "{\"type\":\"t\",\"cmd\":1,\"cmd\":2}", REQUEST_PUBLISH, .type = "t",
		.body = "\"cmd\":1,\"cmd\":2" },
	{ "{\"type\":\"auth\",\"token\":\"a.b\\u002ec\"}", REQUEST_AUTH, .type = "auth",
		.token = "a.b.c" },
};

static void test_good(void **state)
{
	struct buf scratch = { 0 };
	struct request request;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct row *row = &good[i];
		enum error error = decode(slice_of(row->text), &scratch, &request);

		if (error || request.kind != row->kind)
			fail_msg("%s: error %d, kind %d", row->text, (int)error, (int)request.kind);
		expect(row->text, "room", request.room, row->room);
		expect(row->text, "type", request.type, row->type);
		expect(row->text, "body", request.body, row->body);
		expect(row->text, "ref", request.ref, row->ref);
		expect(row->text, "target", request.target, row->target);
		expect(row->text, "mid", request.mid, row->mid);
		expect(row->text, "token", request.token, row->token);
		expect(row->text, "cmd", request.cmd, row->cmd);
		assert_int_equal(request.flags, row->flags);
		assert_int_equal(request.recover, row->recover);
		assert_int_equal(request.since, row->since);
		assert_int_equal(request.epoch, row->epoch);
		assert_int_equal(request.before, row->before);
		assert_int_equal(request.limit, row->limit);
		assert_int_equal(request.format, EVENT_MEMBERS);
	}
	buf_done(&scratch);
}

/* A message that is cut anywhere is refused, and never read past its end. */
static void test_truncated(void **state)
{
	struct buf scratch = { 0 };
	struct request request;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t whole = strlen(good[i].text);

		while (good[i].text[whole - 1] != '}')
			whole--;
		for (size_t len = 0; len < whole; len++) {
			struct buf cut = { 0 };

			buf_add(&cut, good[i].text, len);
			buf_shrink(&cut, 0);
			assert_int_equal(
				decode(buf_slice(&cut), &scratch, &request), ERROR_BAD_JSON);
			assert_int_equal(request.ref.len, 0);
			buf_done(&cut);
		}
	}
	buf_done(&scratch);
}

#define E16 "\"0123456789abcdef\""
#define TAP(filter) "{\"type\":\"tap\",\"ref\":5,\"filter\":" filter "}"
#define JOIN(members) "{\"type\":\"join\",\"room\":\"r\",\"ref\":5," members "}"

static const struct {
	const char *text;
	enum error error;
	const char *ref;
} bad[] = {
	{ "", ERROR_BAD_JSON, "" },
	{ "hello", ERROR_BAD_JSON, "" },
	{ "1,2", ERROR_BAD_JSON, "" },
	{ "]", ERROR_BAD_JSON, "" },
	{ " ", ERROR_BAD_JSON, "" },
	{ "tru", ERROR_BAD_JSON, "" },
	{ "\"type\"", ERROR_BAD_MESSAGE, "" },
	{ " -1.5 ", ERROR_BAD_MESSAGE, "" },
	{ "null", ERROR_BAD_MESSAGE, "" },
	{ "true", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\"}{}", ERROR_BAD_JSON, "" },
	{ "{\"type\":\"t\",}", ERROR_BAD_JSON, "" },
	{ "{\"type\":\"\\ud800\"}", ERROR_BAD_JSON, "" },
	{ "{\"type\":\"t\",\"x\":\"\\u0000\"}", ERROR_BAD_JSON, "" },
	{ "[]", ERROR_BAD_MESSAGE, "" },
	{ "[{\"type\":\"t\"}]", ERROR_BAD_MESSAGE, "" },
	{ "{}", ERROR_BAD_MESSAGE, "" },
	{ "{\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"\",\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":1}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":null}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"a\\nb\",\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"0123456789012345678901234567890123456789012345678901234567890123x\"}",
		ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"type\":\"t\",\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"t\",\"ty\\u0070e\":\"t\"}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"room\":\"r\",\"room\":\"r\"}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"nickname\":1,\"nickname\":1}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"id\":1,\"i\\u0064\":1}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"user\":1,\"user\":1}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"offset\":1,\"offset\":1}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"mid\":1,\"mid\":1}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"echo\":true,\"echo\":true}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"ephemeral\":true,\"ephemeral\":true}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"token\":\"\",\"token\":\"\"}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"ref\":5,\"ref\":6}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"ref\":null}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"ref\":[]}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"ref\":true}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"ref\":5,\"room\":1}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"t\",\"room\":null,\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"t\",\"ref\":5,\"echo\":\"no\"}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"t\",\"ref\":5,\"echo\":0}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"t\",\"ref\":5,\"ephemeral\":1}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"t\",\"ref\":5,\"mid\":{}}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"t\",\"ref\":5,\"mid\":12}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"t\",\"ref\":5,\"mid\":\"\"}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"private\",\"target\":\"a\",\"ref\":5,\"mid\":\"\"}", ERROR_BAD_MESSAGE,
		"5" },
	{ "{\"type\":\"ping\",\"mid\":12}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\",\"ref\":5,\"room\":\"\"}", ERROR_BAD_ROOM, "5" },
	{ "{\"type\":\"t\",\"ref\":5,\"room\":\"a\\u0007\"}", ERROR_BAD_ROOM, "5" },
	{ "{\"type\":\"t\",\"r\\u006fom\":\"\\u00e4\\n\"}", ERROR_BAD_ROOM, "" },
	{ "{\"type\":\"join\",\"ref\":5}", ERROR_BAD_ROOM, "5" },
	{ "{\"type\":\"join\",\"ref\":5,\"room\":\"\"}", ERROR_BAD_ROOM, "5" },
	{ "{\"type\":\"leave\",\"ref\":5,\"room\":\"\"}", ERROR_BAD_ROOM, "5" },
	{ "{\"type\":\"users\",\"ref\":5,\"room\":\"\\n\"}", ERROR_BAD_ROOM, "5" },
	{ "{\"type\":\"private\",\"ref\":5}", ERROR_BAD_TARGET, "5" },
	{ "{\"type\":\"private\",\"ref\":5,\"target\":\"\"}", ERROR_BAD_TARGET, "5" },
	{ "{\"type\":\"private\",\"ref\":5,\"target\":\"a b\"}", ERROR_BAD_TARGET, "5" },
	{ "{\"type\":\"private\",\"ref\":5,\"target\":\"user:\"}", ERROR_BAD_TARGET, "5" },
	{ "{\"type\":\"private\",\"ref\":5,\"target\":\"user:a\\u0001\"}", ERROR_BAD_TARGET, "5" },
	{ "{\"type\":\"private\",\"ref\":5,\"target\":7}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"private\",\"target\":\"a\",\"target\":\"a\"}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"call\",\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"call\",\"ref\":5,\"cmd\":\"\"}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"call\",\"ref\":5,\"cmd\":7}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"call\",\"ref\":5,\"cmd\":\"a\\n\"}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"call\",\"ref\":5,\"cmd\":\"a\",\"cmd\":\"a\"}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"call\",\"cmd\":\"0123456789012345678901234567890123456789012345678901234567890123x\"}",
		ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"call\",\"ref\":5,\"cmd\":\"a\",\"room\":\"\"}", ERROR_BAD_ROOM, "5" },
	{ "{\"type\":\"result\",\"ref\":5}", ERROR_FORBIDDEN, "5" },
	{ "{\"type\":\"auth\",\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"auth\",\"ref\":5,\"token\":null}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"auth\",\"ref\":5,\"token\":\"\"}", ERROR_UNAUTHORIZED, "5" },
	{ JOIN("\"since\":3"), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"epoch\":" E16), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":-1,\"epoch\":" E16), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":1.0,\"epoch\":" E16), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":1e1,\"epoch\":" E16), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":\"1\",\"epoch\":" E16), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":null,\"epoch\":" E16), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":18446744073709551616,\"epoch\":" E16), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":1,\"since\":1,\"epoch\":" E16), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":1,\"epoch\":1"), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":1,\"epoch\":\"\""), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":1,\"epoch\":\"123456789abcdef\""), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":1,\"epoch\":\"0123456789abcdefg\""), ERROR_BAD_MESSAGE, "5" },
	{ JOIN("\"since\":1,\"epoch\":\"0123456789abcdeg\""), ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"history\",\"ref\":5,\"room\":\"\"}", ERROR_BAD_ROOM, "5" },
	{ "{\"type\":\"history\",\"ref\":5,\"limit\":0}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"history\",\"ref\":5,\"limit\":-1}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"history\",\"ref\":5,\"limit\":\"9\"}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"history\",\"ref\":5,\"limit\":1,\"limit\":1}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"history\",\"ref\":5,\"since\":-3}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"history\",\"ref\":5,\"since\":1.5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"state_snapshot\",\"ref\":5}", ERROR_FORBIDDEN, "5" },
	{ TAP("[]"), ERROR_BAD_MESSAGE, "5" },
	{ TAP("null"), ERROR_BAD_MESSAGE, "5" },
	{ TAP("{\"rooms\":\"a\"}"), ERROR_BAD_MESSAGE, "5" },
	{ TAP("{\"room\":7}"), ERROR_BAD_MESSAGE, "5" },
	{ TAP("{\"room\":\"\"}"), ERROR_BAD_MESSAGE, "5" },
	{ TAP("{\"room\":\"a\",\"r\\u006fom\":\"a\"}"), ERROR_BAD_MESSAGE, "5" },
	{ TAP("{\"user\":\"\\n\"}"), ERROR_BAD_MESSAGE, "5" },
	{ TAP("{\"connection\":\"a b\"}"), ERROR_BAD_MESSAGE, "5" },
	{ TAP("{}") ",\"filter\":{}}", ERROR_BAD_JSON, "" },
	{ "{\"type\":\"tap\",\"ref\":5,\"filter\":{},\"filter\":{}}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"type\":\"tapped\",\"ref\":5}", ERROR_FORBIDDEN, "5" },
	{ "{\"type\":\"welcome\",\"ref\":5}", ERROR_FORBIDDEN, "5" },
	{ "{\"type\":\"users_update\",\"ref\":5,\"content\":[]}", ERROR_FORBIDDEN, "5" },
	{ "{\"type\":\"syst\\u0065m\",\"ref\":5}", ERROR_FORBIDDEN, "5" },
};

static void test_bad(void **state)
{
	struct buf scratch = { 0 };
	struct request request;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		enum error error = decode(slice_of(bad[i].text), &scratch, &request);

		if (error != bad[i].error)
			fail_msg("%s: error %s", bad[i].text, error_row(error)->code);
		expect(bad[i].text, "ref", request.ref, bad[i].ref);
		assert_int_equal(request.room.len + request.type.len + request.body.len, 0);
	}
	buf_done(&scratch);
}

static enum error decode_sized(const char *format, size_t len)
{
	struct buf scratch = { 0 }, text = { 0 }, name = { 0 };
	struct request request;
	enum error error;

	memset(buf_reserve(&name, len), 'a', len);
	name.len = len;
	buf_printf(&text, format, buf_cstr(&name));
	error = decode(buf_slice(&text), &scratch, &request);
	buf_done(&scratch);
	buf_done(&text);
	buf_done(&name);
	return error;
}

static void test_sizes(void **state)
{
	static const struct {
		const char *format;
		size_t max;
		enum error error;
	} rows[] = {
		{ "{\"type\":\"%s\"}", EVENT_TYPE_MAX, ERROR_BAD_MESSAGE },
		{ "{\"type\":\"t\",\"room\":\"%s\"}", EVENT_ROOM_MAX, ERROR_BAD_ROOM },
		{ "{\"type\":\"private\",\"target\":\"%s\"}", EVENT_ID_MAX, ERROR_BAD_TARGET },
		{ "{\"type\":\"private\",\"target\":\"user:%s\"}", EVENT_NICKNAME_MAX,
			ERROR_BAD_TARGET },
		{ "{\"type\":\"t\",\"ref\":\"%s\"}", EVENT_REF_MAX - 2, ERROR_BAD_MESSAGE },
		{ "{\"type\":\"t\",\"mid\":\"%s\"}", 64, ERROR_BAD_MESSAGE },
		{ "{\"type\":\"auth\",\"token\":\"%s\"}", 16384, ERROR_UNAUTHORIZED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(decode_sized(rows[i].format, rows[i].max), ERROR_NONE);
		assert_int_equal(decode_sized(rows[i].format, rows[i].max + 1), rows[i].error);
	}
}

static void test_depth(void **state)
{
	static const struct dialect_limits shallow = { .json_depth = 3 };
	struct buf scratch = { 0 };
	struct request request;

	(void)state;
	assert_int_equal(dialect_room.decode(SLICE("{\"type\":\"t\",\"x\":[[1]]}"), false, &shallow,
				 &scratch, &request),
		ERROR_NONE);
	assert_int_equal(dialect_room.decode(SLICE("{\"type\":\"t\",\"x\":[[[]]]}"), false,
				 &shallow, &scratch, &request),
		ERROR_TOO_DEEP);
	buf_done(&scratch);
}

static void test_binary(void **state)
{
	struct buf scratch = { 0 };
	struct request request;

	(void)state;
	assert_false(dialect_room.binary);
	assert_int_equal(
		dialect_room.decode(SLICE("{\"type\":\"t\"}"), true, &limits, &scratch, &request),
		ERROR_BAD_JSON);
	buf_done(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_binary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
