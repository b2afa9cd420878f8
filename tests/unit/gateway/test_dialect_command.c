/* test_dialect_command.c - what clients of the command dialect say, taken apart */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct dialect_limits limits = { .json_depth = 32 };

static enum error decode(struct slice text, struct buf *scratch, struct request *ret_request)
{
	return dialect_command.decode(text, false, &limits, scratch, ret_request);
}

static void expect(const char *text, const char *what, struct slice got, const char *wanted)
{
	if (!slice_eq(got, slice_of(wanted ? wanted : "")))
		fail_msg("%s: %s is %.*s", text, what, (int)got.len, got.ptr ? got.ptr : "");
}

static const struct row {
	const char *text;
	enum request_kind kind;
	const char *room, *type, *body, *ref, *target, *mid, *token, *rooms, *cmd;
	enum event_format format;
	enum event_scope scope;
	unsigned flags;
	bool recover;
	uint64_t since, epoch;
	uint64_t before;
	uint32_t limit;
} good[] = {
	{ "{\"channel\":\"c\",\"cmd\":\"chat\",\"param\":{\"text\":\"hi\"}}", REQUEST_PUBLISH,
		.room = "c", .type = "chat", .body = "\"text\":\"hi\"" },
	{ "{\"cmd\":\"chat\"}", REQUEST_PUBLISH, .type = "chat" },
	{ "{\"cmd\":\"chat\",\"param\":{}}", REQUEST_PUBLISH, .type = "chat" },
	{ "{\"cmd\":\"chat\",\"param\":{ \n }}", REQUEST_PUBLISH, .type = "chat" },
	{ "{\"cmd\":\"t\",\"param\":{ \"n\" : 1.0 ,\n\"m\":[ 1e400 ] }}", REQUEST_PUBLISH,
		.type = "t", .body = "\"n\" : 1.0 ,\n\"m\":[ 1e400 ]" },
	{ "{\"cmd\":\"t\",\"channel\":\"\",\"param\":{\"n\":1}}", REQUEST_PUBLISH, .type = "t",
		.body = "\"n\":1" },
	{ "{\"cmd\":\"t\",\"param\":\"hi\"}", REQUEST_PUBLISH, .type = "t",
		.body = "\"content\":\"hi\"" },
	{ "{\"cmd\":\"t\",\"param\":[1, 2]}", REQUEST_PUBLISH, .type = "t",
		.body = "\"content\":[1, 2]" },
	{ "{\"cmd\":\"t\",\"param\":null}", REQUEST_PUBLISH, .type = "t",
		.body = "\"content\":null" },
	{ "{\"cmd\":\"t\",\"param\":-0.10}", REQUEST_PUBLISH, .type = "t",
		.body = "\"content\":-0.10" },
	{ "{\"from\":\"x\",\"user\":1,\"cmd\":\"t\",\"x\":{},\"offset\":1,\"type\":\"y\",\"token\":3}",
		REQUEST_PUBLISH, .type = "t" },
	{ "{\"c\\u006dd\":\"\\u0074\",\"par\\u0061m\":{\"a\":1},\"chann\\u0065l\":\"\\u00e4\"}",
		REQUEST_PUBLISH, .room = "\xc3\xa4", .type = "t", .body = "\"a\":1" },
	{ "{\"cmd\":\"t\",\"ref\":\"r\",\"mid\":\"m\",\"echo\":false,\"ephemeral\":true,\"param\":{}}",
		REQUEST_PUBLISH, .type = "t", .ref = "\"r\"", .mid = "m",
		.flags = EVENT_NO_ECHO | EVENT_EPHEMERAL },
	{ "{\"cmd\":\"t\",\"param\":{\"target\":1,\"target\":2,\"since\":\"x\",\"rooms\":3,\"all\":4,\"limit\":{}}}",
		REQUEST_PUBLISH, .type = "t",
		.body = "\"target\":1,\"target\":2,\"since\":\"x\",\"rooms\":3,\"all\":4,\"limit\":{}" },
	{ "{\"cmd\":\"t\",\"channel\":\"c\",\"param\":{\"room\":5,\"token\":6}}", REQUEST_PUBLISH,
		.room = "c", .type = "t", .body = "\"room\":5,\"token\":6", .format = EVENT_PARAM },
	{ "{\"cmd\":\"t\",\"param\":{\"type\":\"x\"}}", REQUEST_PUBLISH, .type = "t",
		.body = "\"type\":\"x\"", .format = EVENT_PARAM },
	{ "{\"cmd\":\"t\",\"param\":{\"i\\u0064\":1}}", REQUEST_PUBLISH, .type = "t",
		.body = "\"i\\u0064\":1", .format = EVENT_PARAM },
	{ "{\"cmd\":\"t\",\"param\":{\"ref\":1}}", REQUEST_PUBLISH, .type = "t",
		.body = "\"ref\":1", .format = EVENT_PARAM },
	{ "{\"cmd\":\"private\",\"ref\":1,\"param\":{\"target\":\"a\",\"x\":1}}", REQUEST_DIRECT,
		.type = "private", .ref = "1", .target = "a", .body = "\"target\":\"a\",\"x\":1" },
	{ "{\"cmd\":\"send\",\"param\":{\"target\":\"user:J\\u00fcrgen\",\"room\":7}}",
		REQUEST_DIRECT, .type = "private", .target = "user:J\xc3\xbcrgen",
		.body = "\"target\":\"user:J\\u00fcrgen\",\"room\":7", .format = EVENT_PARAM },
	{ "{\"cmd\":\"join-room\",\"channel\":\"c\",\"param\":{\"room\":\"r\"}}", REQUEST_JOIN,
		.room = "r", .type = "join", .body = "\"room\":\"r\"", .format = EVENT_PARAM },
	{ "{\"cmd\":\"join-room\",\"channel\":\"c\",\"param\":{}}", REQUEST_JOIN, .room = "c",
		.type = "join" },
	{ "{\"cmd\":\"join\",\"channel\":\"c\"}", REQUEST_JOIN, .room = "c", .type = "join" },
	{ "{\"cmd\":\"join\",\"channel\":5,\"param\":{\"room\":\"r\"}}", REQUEST_JOIN, .room = "r",
		.type = "join", .body = "\"room\":\"r\"", .format = EVENT_PARAM },
	{ "{\"cmd\":\"join\",\"param\":{\"room\":\"r\",\"since\":3,\"epoch\":\"0123456789abcdef\"}}",
		REQUEST_JOIN, .room = "r", .type = "join", .recover = true, .since = 3,
		.epoch = 0x0123456789abcdef,
		.body = "\"room\":\"r\",\"since\":3,\"epoch\":\"0123456789abcdef\"",
		.format = EVENT_PARAM },
	{ "{\"cmd\":\"leave-room\",\"param\":{\"room\":\"r\"},\"ref\":1}", REQUEST_LEAVE,
		.room = "r", .type = "leave", .ref = "1", .body = "\"room\":\"r\"",
		.format = EVENT_PARAM },
	{ "{\"cmd\":\"leave\",\"channel\":\"r\"}", REQUEST_LEAVE, .room = "r", .type = "leave" },
	{ "{\"cmd\":\"users\",\"channel\":\"r\"}", REQUEST_USERS, .room = "r", .type = "users" },
	{ "{\"cmd\":\"rooms\",\"channel\":\"r\"}", REQUEST_ROOMS, .room = "r", .type = "rooms" },
	{ "{\"cmd\":\"history\",\"param\":{\"before\":18446744073709551615}}", REQUEST_HISTORY,
		.type = "history", .before = UINT64_MAX, .limit = 100,
		.body = "\"before\":18446744073709551615" },
	{ "{\"cmd\":\"history\",\"channel\":\"r\",\"param\":{\"since\":2,\"limit\":1000}}",
		REQUEST_HISTORY, .room = "r", .type = "history", .since = 2, .limit = 300,
		.body = "\"since\":2,\"limit\":1000" },
	{ "{\"cmd\":\"ping\",\"channel\":\"r\",\"param\":{}}", REQUEST_PING, .room = "r",
		.type = "ping" },
	{ "{\"cmd\":\"auth\",\"param\":{\"token\":\"a.b.c\"}}", REQUEST_AUTH, .type = "auth",
		.token = "a.b.c", .body = "\"token\":\"a.b.c\"", .format = EVENT_PARAM },
	{ "{\"cmd\":\"call\",\"channel\":\"c\",\"ref\":1,\"param\":{\"cmd\":\"roll\",\"n\" : 1.50,\"m\":[ ]}}",
		REQUEST_CALL, .room = "c", .type = "call", .ref = "1", .cmd = "roll",
		.body = "\"n\" : 1.50,\"m\":[ ]" },
	{ "{\"param\":{\"c\\u006dd\":\"r\\u00f6ll\",\"room\":\"r\",\"id\":1},\"cmd\":\"c\\u0061ll\",\"channel\":\"c\"}",
		REQUEST_CALL, .room = "r", .type = "call", .cmd = "r\xc3\xb6ll", .body = "\"id\":1",
		.format = EVENT_PARAM },
	{ "{\"cmd\":\"broadcast\",\"param\":{\"all\":true,\"x\":1}}", REQUEST_BROADCAST,
		.type = "broadcast", .scope = SCOPE_CONNECTIONS, .body = "\"all\":true,\"x\":1" },
	{ "{\"cmd\":\"broadcast\",\"param\":{\"rooms\":\"*\"}}", REQUEST_BROADCAST,
		.type = "broadcast", .scope = SCOPE_ALL_ROOMS, .body = "\"rooms\":\"*\"" },
	{ "{\"cmd\":\"broadcast\",\"param\":{\"rooms\":[\"a\",\"b\"],\"all\":false}}",
		REQUEST_BROADCAST, .type = "broadcast", .scope = SCOPE_ROOMS,
		.rooms = "[\"a\",\"b\"]", .body = "\"rooms\":[\"a\",\"b\"],\"all\":false" },
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
		expect(row->text, "rooms", request.rooms, row->rooms);
		expect(row->text, "cmd", request.cmd, row->cmd);
		assert_int_equal(request.format, row->format);
		assert_int_equal(request.scope, row->scope);
		assert_int_equal(request.flags, row->flags);
		assert_int_equal(request.recover, row->recover);
		assert_int_equal(request.since, row->since);
		assert_int_equal(request.epoch, row->epoch);
		assert_int_equal(request.before, row->before);
		assert_int_equal(request.limit, row->limit);
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
		for (size_t len = 0; len < strlen(good[i].text); len++) {
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

static const struct {
	const char *text;
	enum error error;
	const char *ref;
} bad[] = {
	{ "", ERROR_BAD_JSON, "" },
	{ "hello", ERROR_BAD_JSON, "" },
	{ "[]", ERROR_BAD_MESSAGE, "" },
	{ "7", ERROR_BAD_MESSAGE, "" },
	{ "{}", ERROR_BAD_MESSAGE, "" },
	{ "{\"type\":\"t\"}", ERROR_BAD_MESSAGE, "" },
	{ "{\"cmd\":7,\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"\",\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"t\",\"cmd\":\"t\",\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"t\",\"param\":{},\"param\":{},\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"t\",\"channel\":7,\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"t\",\"channel\":null,\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"t\",\"channel\":\"a\",\"channel\":\"a\",\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"t\",\"channel\":\"a\\n\",\"ref\":5}", ERROR_BAD_ROOM, "5" },
	{ "{\"cmd\":\"t\",\"ref\":null}", ERROR_BAD_MESSAGE, "" },
	{ "{\"cmd\":\"t\",\"echo\":0,\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"t\",\"mid\":\"\",\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"join-room\",\"ref\":5}", ERROR_BAD_ROOM, "5" },
	{ "{\"cmd\":\"join-room\",\"ref\":5,\"param\":{\"room\":\"\"}}", ERROR_BAD_ROOM, "5" },
	{ "{\"cmd\":\"join-room\",\"ref\":5,\"param\":{\"room\":7}}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"join\",\"ref\":5,\"param\":{\"room\":\"a\",\"room\":\"a\"}}",
		ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"join\",\"ref\":5,\"channel\":\"a\",\"param\":{\"since\":1}}",
		ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"call\",\"ref\":5}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"call\",\"ref\":5,\"param\":{}}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"call\",\"ref\":5,\"param\":\"cmd\"}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"call\",\"ref\":5,\"param\":{\"cmd\":\"\"}}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"call\",\"ref\":5,\"param\":{\"cmd\":\"a\",\"room\":\"\"}}", ERROR_BAD_ROOM,
		"5" },
	{ "{\"cmd\":\"result\",\"ref\":5}", ERROR_FORBIDDEN, "5" },
	{ "{\"cmd\":\"private\",\"ref\":5,\"param\":{}}", ERROR_BAD_TARGET, "5" },
	{ "{\"cmd\":\"send\",\"ref\":5,\"target\":\"a\"}", ERROR_BAD_TARGET, "5" },
	{ "{\"cmd\":\"send\",\"ref\":5,\"param\":\"a\"}", ERROR_BAD_TARGET, "5" },
	{ "{\"cmd\":\"auth\",\"ref\":5,\"token\":\"x\"}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"auth\",\"ref\":5,\"param\":{\"token\":\"\"}}", ERROR_UNAUTHORIZED, "5" },
	{ "{\"cmd\":\"history\",\"ref\":5,\"param\":{\"limit\":0}}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"history\",\"ref\":5,\"param\":{\"before\":0}}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"broadcast\",\"ref\":5,\"param\":{\"x\":1}}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"broadcast\",\"ref\":5,\"param\":{\"all\":true,\"rooms\":[\"a\"]}}",
		ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"broadcast\",\"ref\":5,\"param\":{\"rooms\":\"a\"}}", ERROR_BAD_ROOM, "5" },
	{ "{\"cmd\":\"broadcast\",\"ref\":5,\"param\":{\"rooms\":[]}}", ERROR_BAD_ROOM, "5" },
	{ "{\"cmd\":\"broadcast\",\"ref\":5,\"param\":{\"rooms\":[\"a\",7]}}", ERROR_BAD_ROOM,
		"5" },
	{ "{\"cmd\":\"broadcast\",\"ref\":5,\"param\":{\"rooms\":[\"a\",\"\"]}}", ERROR_BAD_ROOM,
		"5" },
	{ "{\"cmd\":\"broadcast\",\"ref\":5,\"param\":{\"all\":1}}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"broadcast\",\"ref\":5,\"param\":{\"rooms\":{}}}", ERROR_BAD_MESSAGE, "5" },
	{ "{\"cmd\":\"state_snapshot\",\"ref\":5}", ERROR_FORBIDDEN, "5" },
	{ "{\"cmd\":\"welcome\",\"ref\":5}", ERROR_FORBIDDEN, "5" },
	{ "{\"cmd\":\"online-update\",\"ref\":5}", ERROR_FORBIDDEN, "5" },
	{ "{\"cmd\":\"close-connection\",\"ref\":5}", ERROR_FORBIDDEN, "5" },
	{ "{\"cmd\":\"error\"}", ERROR_FORBIDDEN, "" },
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
	assert_false(dialect_command.binary);
	assert_int_equal(
		dialect_command.decode(SLICE("{\"cmd\":\"t\"}"), true, &limits, &scratch, &request),
		ERROR_BAD_JSON);
	buf_done(&scratch);
}

static void test_many_rooms(void **state)
{
	struct buf scratch = { 0 }, text = { 0 };
	struct request request;

	(void)state;
	buf_put(&text, SLICE("{\"cmd\":\"broadcast\",\"param\":{\"rooms\":[\"r\""));
	for (int i = 1; i < BROADCAST_MAX; i++)
		buf_printf(&text, ",\"r%d\"", i);
	buf_put(&text, SLICE("]}}"));
	assert_int_equal(decode(buf_slice(&text), &scratch, &request), ERROR_NONE);
	text.len -= 3;
	buf_put(&text, SLICE(",\"x\"]}}"));
	assert_int_equal(decode(buf_slice(&text), &scratch, &request), ERROR_BAD_ROOM);
	buf_done(&text);
	buf_done(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_many_rooms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
