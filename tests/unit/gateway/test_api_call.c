/* test_api_call.c - requests to the server API: what is taken, what is refused and why */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/api_call.h"
#include "gateway/apitext.h"
#include "proto/base/mem.h"

static struct buf scratch;

/* At an address of its own, with nothing behind it: what is read beyond it is found. */
static bool read_call(
	const char *text, enum api_method method, struct api_command *call, struct api_fault *fault)
{
	static char *copy;
	struct slice object;

	mem_free(copy);
	copy = mem_alloc(strlen(text) + 1);
	memcpy(copy, text, strlen(text));
	return api_body_check(slice_make(copy, strlen(text)), 32, &object, fault) &&
		api_call_read(object, method, &scratch, call, fault);
}

static struct api_command good(const char *text, enum api_method method)
{
	struct api_fault fault;
	struct api_command call;

	if (!read_call(text, method, &call, &fault))
		fail_msg("%s: %.*s %s", text, (int)fault.member.len, fault.member.ptr, fault.why);
	return call;
}

static void bad(const char *text, enum api_method method, const char *code, const char *member)
{
	struct api_fault fault;
	struct api_command call;

	if (read_call(text, method, &call, &fault))
		fail_msg("%s should be refused", text);
	assert_string_equal(fault.code, code);
	if (!slice_eq(fault.member, slice_of(member)))
		fail_msg("%s: not %s but %.*s", text, member, (int)fault.member.len,
			fault.member.ptr);
}

#define assert_slice(slice, text) assert_true(slice_eq(slice, slice_of(text)))

static void test_publish(void **state)
{
	struct api_command call = good(
		"{\"room\":\"r\\u00e9\", \"n\" : 1.50 ,\"type\":\"t\",\"a\":[1, 2],"
		"\"mid\":\"m\",\"except\":\"x\",\"ephemeral\":true,\"n\":\"\\/\"}",
		API_METHOD_PUBLISH);

	(void)state;
	assert_slice(call.room, "r\xc3\xa9");
	assert_slice(call.type, "t");
	assert_slice(call.mid, "m");
	assert_slice(call.except, "x");
	assert_int_equal(call.flags, EVENT_EPHEMERAL);
	assert_slice(call.body, "\"n\" : 1.50,\"a\":[1, 2],\"n\":\"\\/\"");
	call = good("{\"room\":\"r\",\"type\":\"t\",\"ephemeral\":false}", API_METHOD_PUBLISH);
	assert_int_equal(call.flags, 0);
	assert_int_equal(call.body.len, 0);
}

/* What is not the method's own is the handler's. */
static void test_calls(void **state)
{
	struct api_command call = good(
		"{\"room\":\"r\",\"command\":\"ro\\u006cl\",\"a\":1.0,\"timeout\":60000,\"type\":\"x\","
		"\"mid\":\"m\",\"b\" : [ ]}",
		API_METHOD_CALL);

	(void)state;
	assert_slice(call.command, "roll");
	assert_slice(call.mid, "m");
	assert_slice(call.body, "\"a\":1.0,\"type\":\"x\",\"b\" : [ ]");
	assert_int_equal(call.timeout, 60000);
	bad("{\"room\":\"r\"}", API_METHOD_CALL, "bad_params", "command");
	bad("{\"room\":\"r\",\"command\":\"c\",\"timeout\":60001}", API_METHOD_CALL, "bad_params",
		"timeout");
	bad("{\"room\":\"r\",\"command\":\"c\",\"timeout\":0.5}", API_METHOD_CALL, "bad_params",
		"timeout");
	bad("{\"room\":\"r\",\"command\":\"c\",\"user\":\"x\"}", API_METHOD_CALL, "bad_params",
		"user");
}

static void test_targets(void **state)
{
	struct api_command call = good("{\"user\":\"a b\",\"type\":\"t\"}", API_METHOD_SEND);

	(void)state;
	assert_slice(call.target, "user:a b");
	call = good("{\"connection\":\"c\"}", API_METHOD_DISCONNECT);
	assert_slice(call.target, "c");
	assert_int_equal(call.reason, CLOSE_KICKED);
	call = good("{\"connection\":\"c\",\"code\":4501,\"reason\":\"x\"}", API_METHOD_DISCONNECT);
	assert_int_equal(call.reason, CLOSE_EXPIRED);
	assert_slice(call.text, "x");
	bad("{\"type\":\"t\"}", API_METHOD_SEND, "bad_params", "connection");
	bad("{\"type\":\"t\",\"user\":\"u\",\"connection\":\"c\"}", API_METHOD_SEND, "bad_params",
		"connection");
	bad("{\"connection\":\"user:x\"}", API_METHOD_DISCONNECT, "bad_params", "connection");
	bad("{\"connection\":\"c\",\"code\":4401.0}", API_METHOD_DISCONNECT, "bad_params", "code");
	bad("{\"connection\":\"c\",\"code\":1000}", API_METHOD_DISCONNECT, "bad_params", "code");
	bad("{\"connection\":\"c\",\"code\":4402}", API_METHOD_DISCONNECT, "bad_params", "code");
}

static void test_broadcast(void **state)
{
	struct api_command call = good(
		"{\"rooms\":[\"a\",\"b\"],\"type\":\"t\"}", API_METHOD_BROADCAST);

	(void)state;
	assert_int_equal(call.scope, SCOPE_ROOMS);
	assert_slice(call.rooms, "[\"a\",\"b\"]");
	assert_int_equal(good("{\"rooms\":\"*\",\"type\":\"t\"}", API_METHOD_BROADCAST).scope,
		SCOPE_ALL_ROOMS);
	assert_int_equal(good("{\"all\":true,\"type\":\"t\"}", API_METHOD_BROADCAST).scope,
		SCOPE_CONNECTIONS);
	bad("{\"type\":\"t\"}", API_METHOD_BROADCAST, "bad_params", "rooms");
	bad("{\"rooms\":\"*\",\"all\":true,\"type\":\"t\"}", API_METHOD_BROADCAST, "bad_params",
		"rooms");
	bad("{\"rooms\":[1],\"type\":\"t\"}", API_METHOD_BROADCAST, "bad_params", "rooms");
	bad("{\"rooms\":[\"\"],\"type\":\"t\"}", API_METHOD_BROADCAST, "bad_params", "rooms");
	bad("{\"rooms\":[],\"type\":\"t\"}", API_METHOD_BROADCAST, "bad_params", "rooms");
}

static void test_pages(void **state)
{
	struct api_command call = good("", API_METHOD_ROOMS);

	(void)state;
	assert_int_equal(call.limit, API_LIMIT);
	call = good("{\"limit\":99999999,\"after\":\"a\",\"match\":\"b*\"}", API_METHOD_ROOMS);
	assert_int_equal(call.limit, API_LIMIT_MAX);
	assert_slice(call.after, "a");
	assert_slice(call.match, "b*");
	call = good("{\"after\":\"17\",\"search\":\"s\",\"user\":\"u\"}", API_METHOD_CONNECTIONS);
	assert_int_equal(call.since, 17);
	assert_slice(call.user, "u");
	assert_slice(call.search, "s");
	assert_false(call.closed);
	call = good(
		"{\"closed\":true,\"connection\":\"c1\",\"after\":\"9\"}", API_METHOD_CONNECTIONS);
	assert_true(call.closed);
	assert_slice(call.target, "c1");
	assert_int_equal(call.since, 9);
	assert_false(good("{\"closed\":false}", API_METHOD_CONNECTIONS).closed);
	bad("{\"closed\":1}", API_METHOD_CONNECTIONS, "bad_params", "closed");
	bad("{\"closed\":true,\"room\":\"r\"}", API_METHOD_CONNECTIONS, "bad_params", "room");
	bad("{\"closed\":true}", API_METHOD_ROOMS, "bad_params", "closed");
	bad("{\"connection\":\"a b\"}", API_METHOD_CONNECTIONS, "bad_params", "connection");
	bad("{\"after\":\"x\"}", API_METHOD_CONNECTIONS, "bad_params", "after");
	bad("{\"after\":\"18446744073709551616\"}", API_METHOD_CONNECTIONS, "bad_params", "after");
	bad("{\"limit\":0}", API_METHOD_ROOMS, "bad_params", "limit");
	bad("{\"limit\":1e2}", API_METHOD_ROOMS, "bad_params", "limit");
	bad("{\"room\":\"r\",\"since\":-1}", API_METHOD_HISTORY, "bad_params", "since");
	bad("{\"search\":\"s\"}", API_METHOD_ROOMS, "bad_params", "search");
}

static void test_state_of_a_room(void **state)
{
	struct api_command call = good("{\"room\":\"r\"}", API_METHOD_STATE);

	(void)state;
	assert_int_equal(call.ops.len + call.keys.len + call.prefix.len, 0);
	call = good("{\"room\":\"r\",\"keys\":[\"a\", \"\\u0062\"]}", API_METHOD_STATE);
	assert_slice(call.keys, "[\"a\", \"\\u0062\"]");
	call = good("{\"room\":\"r\",\"prefix\":\"a\\u002f\"}", API_METHOD_STATE);
	assert_slice(call.prefix, "a/");
	call = good("{\"room\":\"r\",\"ops\":[{\"key\":\"a\",\"value\":1.0}],\"if\":{\"a\":0},"
		    "\"mid\":\"m\"}",
		API_METHOD_STATE);
	assert_slice(call.ops, "[{\"key\":\"a\",\"value\":1.0}]");
	assert_slice(call.checks, "{\"a\":0}");
	bad("{}", API_METHOD_STATE, "bad_params", "room");
	bad("{\"room\":\"r\",\"keys\":[]}", API_METHOD_STATE, "bad_params", "keys");
	bad("{\"room\":\"r\",\"keys\":[\"\"]}", API_METHOD_STATE, "bad_params", "keys");
	bad("{\"room\":\"r\",\"keys\":[1]}", API_METHOD_STATE, "bad_params", "keys");
	bad("{\"room\":\"r\",\"prefix\":\"\\n\"}", API_METHOD_STATE, "bad_params", "prefix");
	bad("{\"room\":\"r\",\"prefix\":\"a\",\"keys\":[\"a\"]}", API_METHOD_STATE, "bad_params",
		"keys");
	bad("{\"room\":\"r\",\"ops\":[]}", API_METHOD_STATE, "bad_params", "ops");
	bad("{\"room\":\"r\",\"ops\":[{\"key\":\"a\"}]}", API_METHOD_STATE, "bad_params", "ops");
	bad("{\"room\":\"r\",\"if\":{\"a\":0}}", API_METHOD_STATE, "bad_params", "ops");
	bad("{\"room\":\"r\",\"mid\":\"m\"}", API_METHOD_STATE, "bad_params", "ops");
	bad("{\"room\":\"r\",\"ops\":[{\"key\":\"a\",\"value\":1}],\"if\":[]}", API_METHOD_STATE,
		"bad_params", "if");
	bad("{\"room\":\"r\",\"ops\":[{\"key\":\"a\",\"value\":1}],\"prefix\":\"a\"}",
		API_METHOD_STATE, "bad_params", "ops");
}

static void test_revoke(void **state)
{
	struct api_command call = good("{\"user\":\"u\",\"before\":17}", API_METHOD_REVOKE);

	(void)state;
	assert_slice(call.user, "u");
	assert_int_equal(call.before, 17);
	assert_slice(good("{\"jti\":\"j\"}", API_METHOD_REVOKE).jti, "j");
	bad("{}", API_METHOD_REVOKE, "bad_params", "user");
	bad("{\"user\":\"u\",\"jti\":\"j\"}", API_METHOD_REVOKE, "bad_params", "user");
	bad("{\"jti\":\"j\",\"before\":1}", API_METHOD_REVOKE, "bad_params", "before");
	bad("{\"user\":\"u\",\"before\":0}", API_METHOD_REVOKE, "bad_params", "before");
	bad("{\"user\":\"u\",\"before\":1.5}", API_METHOD_REVOKE, "bad_params", "before");
	bad("{\"user\":\"u\",\"before\":\"1\"}", API_METHOD_REVOKE, "bad_params", "before");
	bad("{\"jti\":\"\"}", API_METHOD_REVOKE, "bad_params", "jti");
	bad("{\"jti\":\"a\\n\"}", API_METHOD_REVOKE, "bad_params", "jti");
	for (unsigned method = 0; method < API_METHOD_NONE; method++)
		assert_int_equal(
			api_method_is_admins((enum api_method)method), method == API_METHOD_REVOKE);
}

static void test_batch(void **state)
{
	struct api_command call = good("{\"requests\":[{}, {}]}", API_METHOD_BATCH);

	(void)state;
	assert_slice(call.requests, "[{}, {}]");
	call = good(
		"{\"method\":\"publish\",\"room\":\"r\",\"type\":\"t\",\"x\":1}", API_METHOD_NONE);
	assert_int_equal(call.method, API_METHOD_PUBLISH);
	assert_slice(call.body, "\"x\":1");
	call = good("{\"method\":1,\"room\":\"r\",\"type\":\"t\"}", API_METHOD_PUBLISH);
	assert_slice(call.body, "\"method\":1");
	bad("{\"room\":\"r\"}", API_METHOD_NONE, "bad_params", "method");
	bad("{\"method\":1}", API_METHOD_NONE, "bad_params", "method");
	bad("{\"method\":\"batch\",\"requests\":[{}]}", API_METHOD_NONE, "unknown_method",
		"method");
	bad("{\"method\":\"nope\"}", API_METHOD_NONE, "unknown_method", "method");
	bad("{\"method\":\"status\",\"method\":\"status\"}", API_METHOD_NONE, "bad_params",
		"method");
	bad("{\"requests\":[1]}", API_METHOD_BATCH, "bad_params", "requests");
	bad("{}", API_METHOD_BATCH, "bad_params", "requests");
}

static void test_what_is_no_request(void **state)
{
	(void)state;
	bad("{", API_METHOD_STATUS, "bad_json", "");
	bad("[]", API_METHOD_STATUS, "bad_params", "");
	bad("{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
		API_METHOD_STATUS, "too_deep", "");
	bad("{\"x\":1}", API_METHOD_STATUS, "bad_params", "x");
	bad("{\"room\":\"r\",\"type\":\"t\",\"id\":1}", API_METHOD_PUBLISH, "bad_params", "id");
	bad("{\"room\":\"r\",\"type\":\"t\",\"\\u0069d\":1}", API_METHOD_PUBLISH, "bad_params",
		"id");
	bad("{\"room\":\"r\",\"type\":\"t\",\"room\":\"r\"}", API_METHOD_PUBLISH, "bad_params",
		"room");
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(api_method_named(SLICE("publish")), API_METHOD_PUBLISH);
	assert_int_equal(api_method_named(SLICE("batch")), API_METHOD_BATCH);
	assert_int_equal(api_method_named(SLICE("Publish")), API_METHOD_NONE);
	assert_int_equal(api_method_named(SLICE("")), API_METHOD_NONE);
}

static void test_faults(void **state)
{
	struct api_fault fault = { .code = "c", .member = SLICE("a\"b"), .why = "is wrong" };
	struct buf out = { .cap = 0 };

	(void)state;
	api_put_fault(&out, &fault);
	assert_string_equal(
		buf_cstr(&out), "{\"error\":{\"code\":\"c\",\"message\":\"`a\\\"b` is wrong\"}}");
	buf_clear(&out);
	assert_int_equal(apitext_error(&out, ERROR_NO_SUCH_TARGET), 404);
	assert_int_equal(apitext_error(&out, ERROR_BAD_ROOM), 400);
	assert_int_equal(apitext_error(&out, ERROR_UNAVAILABLE), 503);
	assert_int_equal(apitext_error(&out, ERROR_ROOM_FULL), 409);
	assert_int_equal(apitext_error(&out, (enum error)9999), 503);
	buf_done(&out);
	buf_done(&scratch);
}

/* A list that says `more` says where it goes on; rooms of one connection are not another's. */
static void test_connections(void **state)
{
	struct msg_conninfo conns[] = { { .serial = 4, .id = SLICE("a"), .nickname = SLICE("A") },
		{ .serial = 9, .id = SLICE("b"), .dialect = 77, .here = 1, .since = 5 } };
	struct msg_inroom in[] = { { 4, SLICE("x") }, { 4, SLICE("y") }, { 9, SLICE("x") } };
	struct msg_api_connections page = { .total = 3, .more = 1 };
	struct buf raw = { .cap = 0 }, rooms = { .cap = 0 }, out = { .cap = 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		msg_add_conninfo(&raw, &page.connections, &conns[i]);
	for (size_t i = 0; i < 3; i++)
		msg_add_inroom(&rooms, &page.rooms, &in[i]);
	apitext_connections(&out, &page, ORDER_SINCE, NULL);
	assert_string_equal(buf_cstr(&out),
		"{\"result\":{\"connections\":[{\"id\":\"a\",\"nickname\":\"A\",\"user\":null,"
		"\"address\":null,\"dialect\":\"room\",\"rooms\":[\"x\",\"y\"],\"since\":0,"
		"\"here\":false},{\"id\":\"b\",\"nickname\":\"\",\"user\":null,\"address\":null,"
		"\"dialect\":\"unknown\",\"rooms\":[\"x\"],\"since\":5,\"here\":true}],"
		"\"total\":3,\"next\":\"9\"}}");
	buf_done(&raw);
	buf_done(&rooms);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_broadcast),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_state_of_a_room),
		cmocka_unit_test(test_revoke),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_what_is_no_request),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
