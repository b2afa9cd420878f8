/* test_posthead.c - heads of requests that want something done, and what can be asked for */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "gateway/api_call.h"
#include "gateway/posthead.h"
#include "proto/base/mem.h"

#define HEAD(line, fields) line " HTTP/1.1\r\nHost: x\r\n" fields "\r\n"
#define assert_slice(is, text) \
	assert_true((is).len == strlen(text) && memcmp((is).ptr, text, strlen(text)) == 0)

static struct buf memory;

/* The text is at an address of its own: what is read beyond it is found. */
static enum refusal read_part(const char *text, size_t len, struct posthead *ret_head)
{
	static char *copy;

	mem_free(copy);
	copy = len ? mem_strndup(text, len) : NULL;
	copy = len ? mem_realloc(copy, len, 1) : NULL;
	buf_done(&memory);
	return posthead_read(slice_make(copy, len), &memory, ret_head);
}

static enum refusal read_head(const char *text, struct posthead *ret_head)
{
	return read_part(text, strlen(text), ret_head);
}

static struct posthead good(const char *text)
{
	struct posthead head;

	assert_int_equal(read_head(text, &head), REFUSAL_NONE);
	return head;
}

static void test_operations(void **state)
{
	const struct operation *login = operation_find(SLICE("/api/auth/login"));

	(void)state;
	assert_true(login->by == BY_AUTH && login->what == AUTH_LOGIN);
	assert_true(login->method == HTTP_POST && login->max_body > 0);
	assert_int_equal(operation_find(SLICE("/api/auth/me"))->other, REFUSAL_ONLY_GET);
	assert_int_equal(operation_find(SLICE("/api/series/10m"))->other, REFUSAL_METHOD);
	assert_null(operation_find(SLICE("/api/")));
	assert_null(operation_find(SLICE("/api/auth/")));
	assert_null(operation_find(SLICE("/api/login")));
	assert_null(operation_find(SLICE("/apixpublish")));
	assert_null(operation_find(SLICE("")));
	for (unsigned method = 0; method < API_METHOD_NONE; method++) {
		struct slice name = api_method_name((enum api_method)method);
		const struct operation *found;
		char path[64];

		(void)snprintf(path, sizeof(path), "/api/%.*s", (int)name.len, name.ptr);
		found = operation_find(slice_of(path));
		assert_true(found && found->by == BY_API && found->what == method);
	}
}

static void test_wanted(void **state)
{
	static const char *const wanted[] = { HEAD("POST /api/publish", ""),
		HEAD("GET /api/publish?x", ""), HEAD("HEAD /api/auth/login", ""),
		HEAD("GET /api/auth/me", ""), HEAD("POST /api/auth/else", ""),
		HEAD("OPTIONS /api/nope", ""), HEAD("POST /api/series/10m", ""),
		HEAD("PUT /api/", "") };
	static const char *const others[] = { HEAD("GET /api/nope", ""), HEAD("POST /api/ws", ""),
		HEAD("GET /api/series/10m", ""), HEAD("GET /api/auth/else", ""),
		HEAD("POST /apix", ""), HEAD("GET /", ""), HEAD("POST /%61pi/publish", ""), "" };

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!posthead_wanted(slice_of(wanted[i])))
			fail_msg("%s", wanted[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (posthead_wanted(slice_of(others[i])))
			fail_msg("%s", others[i]);
}

static const char whole[] = HEAD("POST /api/auth/login?b=c",
	"content-length: 12\r\nContent-Type:application/json\r\n"
	"AUTHORIZATION: Bearer x \r\nExpect: 100-Continue\r\n"
	"Origin: http://x\r\nCookie: a=b\r\nX-Forwarded-For: 10.0.0.1\r\n"
	"Connection: x, Close\r\n");

static void test_fields(void **state)
{
	struct posthead head = good(whole);

	(void)state;
	assert_true(head.method == HTTP_POST && head.sized && head.expects);
	assert_true(!head.keep && !head.old);
	assert_int_equal(head.length, 12);
	assert_slice(head.path, "/api/auth/login");
	assert_slice(head.host, "x");
	assert_slice(head.origin, "http://x");
	assert_slice(head.type, "application/json");
	assert_slice(head.authorization, "Bearer x");
	assert_slice(head.cookie, "a=b");
	assert_slice(head.forwarded, "10.0.0.1");
	head = good("PUT /api/a HTTP/1.0\r\n\r\n");
	assert_true(head.method == HTTP_OTHER && head.old && !head.keep && !head.sized);
	head = good("HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	assert_true(head.method == HTTP_HEAD && head.keep);
}

static enum refusal check(const char *text)
{
	static char *origins[] = { NULL };
	struct posthead head = good(text);

	return operation_check(operation_find(head.path), &head, 10, origins);
}

#define JSON "Content-Type: application/json\r\nContent-Length: "

/* The limit of a body is the settings', or its own. */
static void test_what_is_refused(void **state)
{
	(void)state;
	assert_int_equal(check(HEAD("POST /api/rooms", JSON "10\r\n")), REFUSAL_NONE);
	assert_int_equal(check(HEAD("POST /api/rooms", JSON "11\r\n")), REFUSAL_TOO_LARGE);
	assert_int_equal(check(HEAD("POST /api/auth/login", JSON "4096\r\n")), REFUSAL_NONE);
	assert_int_equal(check(HEAD("POST /api/auth/login", JSON "4097\r\n")), REFUSAL_TOO_LARGE);
	assert_int_equal(check(HEAD("POST /api/rooms", "")), REFUSAL_CHUNKED);
	assert_int_equal(check(HEAD("GET /api/rooms", "")), REFUSAL_NOT_POST);
	assert_int_equal(check(HEAD("HEAD /api/auth/me", "")), REFUSAL_ONLY_GET);
	assert_int_equal(check(HEAD("GET /api/auth/me", "")), REFUSAL_NONE);
	assert_int_equal(check(HEAD("GET /api/auth/me", "Content-Length: 1\r\n")), REFUSAL_BODY);
	assert_int_equal(check(HEAD("POST /api/series/10m", JSON "2\r\n")), REFUSAL_METHOD);
}

/* No form of another page can sign in; a program of one's own has no origin. */
static void test_pages(void **state)
{
	(void)state;
	assert_int_equal(check(HEAD("POST /api/rooms", "Content-Length: 0\r\n")), REFUSAL_NONE);
	assert_int_equal(
		check(HEAD("POST /api/auth/logout", "Content-Length: 0\r\n")), REFUSAL_NOT_JSON);
	assert_int_equal(check(HEAD("POST /api/auth/logout",
				 "Content-Type: text/plain\r\nContent-Length: 2\r\n")),
		REFUSAL_NOT_JSON);
	assert_int_equal(check(HEAD("POST /api/auth/logout", JSON "2\r\nOrigin: http://x\r\n")),
		REFUSAL_NONE);
	assert_int_equal(check(HEAD("POST /api/auth/logout", JSON "2\r\nOrigin: http://y\r\n")),
		REFUSAL_ORIGIN);
	assert_int_equal(
		check(HEAD("POST /api/auth/logout", JSON "2\r\nOrigin: null\r\n")), REFUSAL_ORIGIN);
}

static bool begins(struct slice part, struct slice all)
{
	return part.len <= all.len && memcmp(part.ptr ? part.ptr : "", all.ptr, part.len) == 0;
}

/* However little of it is there, it is read to its end, and says nothing else than the whole. */
static void test_every_split(void **state)
{
	struct posthead all, part;

	(void)state;
	for (size_t len = 0; len < strlen(whole); len++) {
		enum refusal refusal = read_part(whole, len, &part);

		if (len && whole[len - 1] == '\r')
			continue; /* half of a line's end: no value ends so */
		assert_true(refusal == REFUSAL_NONE || refusal == REFUSAL_BAD_REQUEST);
		assert_true(begins(part.path, SLICE("/api/auth/login")));
		assert_true(begins(part.host, SLICE("x")));
		assert_true(begins(part.type, SLICE("application/json")));
		assert_true(begins(part.authorization, SLICE("Bearer x")));
		assert_true(begins(part.origin, SLICE("http://x")));
		assert_true(part.length == 0 || part.length == 1 || part.length == 12);
		assert_true(!part.expects || len > strlen("POST /api/auth/login?b=c"));
		(void)posthead_wanted(slice_make(whole, len));
	}
	all = good(whole);
	assert_int_equal(all.length, 12);
}

/* What comes behind the head is not looked at, wherever the body is cut. */
static void test_bodies(void **state)
{
	static const char text[] = HEAD("POST /api/rooms",
		"Content-Length: 30\r\n") "Content-Length: 7\r\nOrigin: no\r\n\r\n";
	size_t head_len = strlen(HEAD("POST /api/rooms", "Content-Length: 30\r\n"));

	(void)state;
	for (size_t len = head_len; len <= strlen(text); len++) {
		struct posthead head;

		assert_int_equal(read_part(text, len, &head), REFUSAL_NONE);
		assert_true(head.length == 30 && head.origin.len == 0);
	}
}

/* A proxy may add a line of its own: all of them count, in their order. */
static void test_more_than_once(void **state)
{
	struct posthead head = good(HEAD("POST /api/rooms",
		"X-Forwarded-For: 192.0.2.1\r\nCookie: a=b\r\n"
		"x-forwarded-for: 10.0.0.1, 10.0.0.2\r\n"
		"Origin: http://x\r\nCookie: c=d\r\n"
		"X-Forwarded-For: 10.0.0.3\r\nOrigin: http://y\r\n"));

	(void)state;
	assert_slice(head.forwarded, "192.0.2.1, 10.0.0.1, 10.0.0.2, 10.0.0.3");
	assert_slice(head.cookie, "a=b; c=d");
	assert_slice(head.origin, "http://x, http://y");
	assert_slice(head.host, "x");
}

static void test_lengths(void **state)
{
	static const char *const bad[] = { "+1", "-1", "", "1,1", "0x1", "1 1",
		"99999999999999999999999" };
	struct posthead head = good(HEAD("POST /", "Content-Length: 1\r\nContent-Length: 01\r\n"));

	(void)state;
	assert_int_equal(head.length, 1);
	assert_int_equal(
		read_head(HEAD("POST /", "Content-Length: 1\r\nContent-Length: 2\r\n"), &head),
		REFUSAL_BAD_REQUEST);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[100];

		(void)snprintf(
			text, sizeof(text), HEAD("POST /", "Content-Length: %s\r\n"), bad[i]);
		if (read_head(text, &head) != REFUSAL_BAD_REQUEST)
			fail_msg("%s", bad[i]);
	}
	assert_int_equal(read_head("POST / HTTP/1.1\r\nHost: a b\r\n\r\n", &head), REFUSAL_NO_HOST);
	assert_int_equal(
		read_head("POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", &head), REFUSAL_NO_HOST);
}

static void test_media_types(void **state)
{
	(void)state;
	assert_true(posthead_is_json(SLICE("application/json")));
	assert_true(posthead_is_json(SLICE("Application/Json ; charset=\"UTF-8\"")));
	assert_true(posthead_is_json(SLICE("application/json;charset=utf-8")));
	assert_false(posthead_is_json(SLICE("application/json; charset=latin1")));
	assert_false(posthead_is_json(SLICE("application/jsonx")));
	assert_false(posthead_is_json(SLICE("text/plain; application/json")));
	assert_false(posthead_is_json(SLICE("application/json, text/plain")));
	assert_false(posthead_is_json(SLICE("text/json")));
	assert_false(posthead_is_json(SLICE("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_every_split),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_more_than_once),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_media_types),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	buf_done(&memory);
	return failed;
}
