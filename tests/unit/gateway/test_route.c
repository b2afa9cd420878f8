/* test_route.c - paths, queries, and where a token may stand */
/* SPDX-License-Identifier: MIT */
#include "gateway/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_text(struct slice slice, const char *text)
{
	if (!slice_eq(slice, slice_of(text)))
		fail_msg("%.*s is not %s", (int)slice.len, slice.ptr, text);
}

static const struct {
	const char *path;
	enum route_kind kind;
	const char *file;
} paths[] = {
	{ "/api/ws", ROUTE_WEBSOCKET, "" },
	{ "/ws", ROUTE_WEBSOCKET, "" },
	{ "/ws/", ROUTE_WEBSOCKET, "" },
	{ "/ws/a", ROUTE_WEBSOCKET, "" },
	{ "/ws/a/", ROUTE_NONE, "" },
	{ "/ws/a/b", ROUTE_NONE, "" },
	{ "/socket/a", ROUTE_WEBSOCKET, "" },
	{ "/socket", ROUTE_NONE, "" },
	{ "/connect", ROUTE_WEBSOCKET, "" },
	{ "/connect/", ROUTE_NONE, "" },
	{ "/WS", ROUTE_NONE, "" },
	{ "/api", ROUTE_NONE, "" },
	{ "/api/wsx", ROUTE_NONE, "" },
	{ "/", ROUTE_FILE, "index.html" },
	{ "/static/", ROUTE_FILE, "index.html" },
	{ "/static", ROUTE_NONE, "" },
	{ "/static/chat.html", ROUTE_FILE, "chat.html" },
	{ "/static/a/b.js", ROUTE_FILE, "a/b.js" },
	{ "/static/a..b", ROUTE_FILE, "a..b" },
	{ "/static/..", ROUTE_NONE, "" },
	{ "/static/../etc/passwd", ROUTE_NONE, "" },
	{ "/static/a/../b", ROUTE_NONE, "" },
	{ "/static/.git/config", ROUTE_NONE, "" },
	{ "/static/a/.hidden", ROUTE_NONE, "" },
	{ "/static//etc/passwd", ROUTE_NONE, "" },
	{ "/static/a//b", ROUTE_NONE, "" },
	{ "/static/a/", ROUTE_NONE, "" },
	{ "/statics/a", ROUTE_NONE, "" },
	{ "/index.html", ROUTE_NONE, "" },
	{ "/healthz", ROUTE_HEALTH, "" },
	{ "/readyz", ROUTE_READY, "" },
	{ "/api/series/10m", ROUTE_SERIES, "" },
	{ "/api/series/24h", ROUTE_SERIES, "" },
	{ "/api/series/1h", ROUTE_NONE, "" },
	{ "/api/series/", ROUTE_NONE, "" },
	{ "/api/auth/me", ROUTE_NONE, "" },
	{ "/api/auth/", ROUTE_NONE, "" },
	{ "/healthz/", ROUTE_NONE, "" },
	{ "", ROUTE_NONE, "" },
	{ "*", ROUTE_NONE, "" },
};

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct route route = route_match(slice_of(paths[i].path), true);

		if (route.kind != paths[i].kind)
			fail_msg("%s leads to %d", paths[i].path, (int)route.kind);
		expect_text(route.file, paths[i].file);
	}
	assert_int_equal(route_match(slice_make("/static/a\0b", 11), true).kind, ROUTE_NONE);
	assert_int_equal(route_match(slice_make("/ws\0", 4), true).kind, ROUTE_NONE);
}

static void test_dialects(void **state)
{
	static const struct {
		const char *path;
		enum dialect_id dialect;
		bool in_path;
		const char *room;
	} rows[] = {
		{ "/ws", DIALECT_ROOM, false, "" },
		{ "/api/ws", DIALECT_ROOM, false, "" },
		{ "/connect", DIALECT_COMMAND, false, "" },
		{ "/socket/a b", DIALECT_COMMAND, true, "a b" },
		{ "/socket/", DIALECT_COMMAND, true, "" },
		{ "/ws/~6162", DIALECT_RAW, true, "~6162" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct route route = route_match(slice_of(rows[i].path), true);

		assert_int_equal(route.dialect, rows[i].dialect);
		assert_int_equal(route.in_path, rows[i].in_path);
		expect_text(route.room, rows[i].room);
	}
}

static void test_without_websocket(void **state)
{
	(void)state;
	assert_int_equal(route_match(SLICE("/api/ws"), false).kind, ROUTE_NONE);
	assert_int_equal(route_match(SLICE("/ws"), false).kind, ROUTE_NONE);
	assert_int_equal(route_match(SLICE("/ws/a"), false).kind, ROUTE_NONE);
	assert_int_equal(route_match(SLICE("/socket/a"), false).kind, ROUTE_NONE);
	assert_int_equal(route_match(SLICE("/connect"), false).kind, ROUTE_NONE);
	assert_int_equal(route_match(SLICE("/"), false).kind, ROUTE_FILE);
	assert_int_equal(route_match(SLICE("/healthz"), false).kind, ROUTE_HEALTH);
}

static void test_query(void **state)
{
	static const char *const pairs[] = {
		"nickname=Ann Lee",
		"id=a=b",
		"room=one",
		"channel=two",
		"room=three",
		"token=",
		"resume",
		"x=y",
		"=nothing",
		"",
		"ID=upper",
		"resume=key",
		"since=12",
		"epoch=00ff",
		"since=13",
		"token=t",
		"id=",
		"nickname=Z",
		"echo=0",
		"ch=four",
	};
	struct route_query query = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		route_query_add(&query, slice_of(pairs[i]));
	expect_text(query.nickname, "Ann Lee");
	expect_text(query.id, "a=b");
	expect_text(query.room, "one");
	expect_text(query.token, "t");
	expect_text(query.resume, "key");
	expect_text(query.since, "12");
	expect_text(query.epoch, "00ff");
	expect_text(query.echo, "0");

	query = (struct route_query){ 0 };
	route_query_add(&query, SLICE("channel=c"));
	expect_text(query.room, "c");
	query = (struct route_query){ 0 };
	route_query_add(&query, SLICE("ch=d"));
	expect_text(query.room, "d");
	expect_text(query.id, "");
}

static void test_bearer(void **state)
{
	(void)state;
	expect_text(route_bearer(SLICE("Bearer a.b-c_d")), "a.b-c_d");
	expect_text(route_bearer(SLICE("bearer  x= ")), "x=");
	expect_text(route_bearer(SLICE("Bearer")), "");
	expect_text(route_bearer(SLICE("Bearer ")), "");
	expect_text(route_bearer(SLICE("Bearer a b")), "");
	expect_text(route_bearer(SLICE("Bearer a,Bearer b")), "");
	expect_text(route_bearer(SLICE("Basic abc")), "");
	expect_text(route_bearer(SLICE("Bearerabc")), "");
	expect_text(route_bearer(SLICE("")), "");
}

static void test_subprotocol(void **state)
{
	(void)state;
	expect_text(route_subprotocol_token(SLICE("bearer, a.b.c")), "a.b.c");
	expect_text(route_subprotocol_token(SLICE("bearer,a.b.c")), "a.b.c");
	expect_text(route_subprotocol_token(SLICE("chat, bearer , a.b.c , other")), "a.b.c");
	expect_text(route_subprotocol_token(SLICE("bearer")), "");
	expect_text(route_subprotocol_token(SLICE("bearer,")), "");
	expect_text(route_subprotocol_token(SLICE("bearer, a b")), "");
	expect_text(route_subprotocol_token(SLICE("a.b.c, bearer")), "");
	expect_text(route_subprotocol_token(SLICE("chat")), "");
	expect_text(route_subprotocol_token(SLICE("")), "");
}

static void test_cookies(void **state)
{
	static const struct {
		const char *cookies, *token;
	} rows[] = {
		{ "", "" },
		{ "t=a.b.c", "a.b.c" },
		{ " t=a ", "a" },
		{ "x=1; t=a; y=2", "a" },
		{ "x=1;t=a;t=b", "a" },
		{ "xt=a", "" },
		{ "t", "" },
		{ "t=", "" },
		{ "T=a", "" },
		{ "t=\"a\"", "" },
		{ "t=a b", "" },
		{ ";;;", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_text(
			route_cookie_token(slice_of(rows[i].cookies), SLICE("t")), rows[i].token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_dialects),
		cmocka_unit_test(test_without_websocket),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_bearer),
		cmocka_unit_test(test_subprotocol),
		cmocka_unit_test(test_cookies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
