/* test_pathname.c - rooms in paths: decoded once, and not what libwebsockets would make of them */
/* SPDX-License-Identifier: MIT */
#include "gateway/pathname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void expect(struct slice got, struct slice wanted)
{
	if (!slice_eq(got, wanted))
		fail_msg("%.*s is not %.*s", (int)got.len, got.len ? got.ptr : "", (int)wanted.len,
			wanted.len ? wanted.ptr : "");
}

/* There and back: what is asked for, what libwebsockets is given, what room that is. */
static void test_rooms(void **state)
{
	static const struct {
		const char *target, *safe, *room;
	} rows[] = {
		{ "/ws/general", NULL, "general" },
		{ "/ws/a-B_9?echo=0", NULL, "a-B_9" },
		{ "/ws/caf%C3%A9", "/ws/~636166c3a9", "caf\xc3\xa9" },
		{ "/ws/caf\xc3\xa9", "/ws/~636166c3a9", "caf\xc3\xa9" },
		{ "/ws/a%20b", "/ws/~612062", "a b" },
		{ "/ws/a+b", "/ws/~612b62", "a+b" },
		{ "/ws/a%2Fb", "/ws/~612f62", "a/b" },
		{ "/ws/..", "/ws/~2e2e", ".." },
		{ "/ws/%2e%2E", "/ws/~2e2e", ".." },
		{ "/ws/a%2525", "/ws/~61253235", "a%25" },
		{ "/ws/a&b;c=d", "/ws/~6126623b633d64", "a&b;c=d" },
		{ "/ws/a%3Fb?x=%3f", "/ws/~613f62?x=%3f", "a?b" },
		{ "/ws/~6162", "/ws/~7e36313632", "~6162" },
		{ "/socket/a%20b?ch=x", "/socket/~612062?ch=x", "a b" },
		{ "/ws/%", "/ws/~25", "%" },
		{ "/ws/%4", "/ws/~2534", "%4" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = { 0 };
		struct slice target = slice_of(rows[i].target), name;
		const char *query;

		assert_int_equal(pathname_protect(target, &out), rows[i].safe != NULL);
		if (rows[i].safe)
			expect(buf_slice(&out), slice_of(rows[i].safe));
		else
			buf_put(&out, target);
		query = memchr(out.data, '?', out.len);
		out.len = query ? (size_t)(query - out.data) : out.len;
		assert_true(pathname_below(buf_slice(&out), SLICE("/ws/"), &name) ||
			pathname_below(buf_slice(&out), SLICE("/socket/"), &name));
		buf_reserve(&out, 1024); /* `name` is of it */
		assert_true(pathname_below(buf_slice(&out), SLICE("/ws/"), &name) ||
			pathname_below(buf_slice(&out), SLICE("/socket/"), &name));
		expect(pathname_room(name, &out), slice_of(rows[i].room));
		buf_done(&out);
	}
}

static void test_no_rooms(void **state)
{
	static const char *const rows[] = { "/ws/%00", "/ws/a%0Ab", "/ws/%ff", "/ws/%c3" };
	struct buf out = { 0 };
	struct slice name;

	(void)state;
	expect(pathname_room(SLICE("~"), &out), SLICE(""));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		assert_true(pathname_protect(slice_of(rows[i]), &out));
		expect(buf_slice(&out), SLICE("/ws/~"));
	}
	expect(pathname_room(SLICE("~"), &out), SLICE(""));
	expect(pathname_room(SLICE("~6"), &out), SLICE(""));
	expect(pathname_room(SLICE("~6x"), &out), SLICE(""));
	expect(pathname_room(SLICE("~613"), &out), SLICE(""));
	expect(pathname_room(SLICE(""), &out), SLICE(""));
	buf_clear(&out);
	assert_false(pathname_protect(SLICE(""), &out));
	assert_false(pathname_protect(SLICE("/ws?room=a%20b"), &out));
	assert_false(pathname_protect(SLICE("/ws/"), &out));
	assert_false(pathname_protect(SLICE("/ws/a b/c"), &out));
	assert_false(pathname_protect(SLICE("/static/a%20b"), &out));
	assert_int_equal(out.len, 0);
	assert_false(pathname_below(SLICE("/ws"), SLICE("/ws/"), &name));
	assert_false(pathname_below(SLICE("/ws/a/b"), SLICE("/ws/"), &name));
	buf_done(&out);
}

static void test_too_long(void **state)
{
	struct buf target = { 0 }, out = { 0 };

	(void)state;
	buf_put(&target, SLICE("/ws/."));
	while (target.len < 4 + 255)
		buf_putc(&target, 'x');
	assert_true(pathname_protect(buf_slice(&target), &out));
	assert_int_equal(out.len, 5 + 510);
	buf_putc(&target, 'x');
	buf_clear(&out);
	assert_true(pathname_protect(buf_slice(&target), &out));
	expect(buf_slice(&out), SLICE("/ws/~"));
	buf_done(&target);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rooms),
		cmocka_unit_test(test_no_rooms),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
