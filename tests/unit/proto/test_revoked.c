/* test_revoked.c - which tokens are revoked, for how long, and the lines they are kept in */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/revoked.h"

#define JTI(name, ...) (&(struct revocation){ .jti = SLICE(name), __VA_ARGS__ })
#define USER(name, when, ...) \
	(&(struct revocation){ .user = SLICE(name), .before = when, __VA_ARGS__ })

static const struct slice none = { NULL, 0 };

static void by_jti(void **state)
{
	struct revoked *revoked = revoked_new();

	(void)state;
	assert_false(revoked_has(revoked, SLICE("ann"), SLICE("a"), 100));
	revoked_add(revoked, JTI("a"));
	assert_true(revoked_has(revoked, SLICE("ann"), SLICE("a"), 100));
	assert_true(revoked_has(revoked, none, SLICE("a"), 0));
	assert_false(revoked_has(revoked, SLICE("ann"), SLICE("aa"), 100));
	assert_false(revoked_has(revoked, SLICE("ann"), none, 100));
	/* A user of that name is someone else. */
	assert_false(revoked_has(revoked, SLICE("a"), SLICE("b"), 100));
	assert_true(revoked_knows(revoked, JTI("a")));
	assert_false(revoked_knows(revoked, USER("a", 1)));
	revoked_free(revoked);
	revoked_free(NULL);
}

static void by_user_and_time(void **state)
{
	struct revoked *revoked = revoked_new();

	(void)state;
	revoked_add(revoked, USER("ann", 100));
	assert_true(revoked_has(revoked, SLICE("ann"), SLICE("a"), 99));
	assert_false(revoked_has(revoked, SLICE("ann"), SLICE("a"), 100));
	/* It does not say when it was issued. */
	assert_true(revoked_has(revoked, SLICE("ann"), none, 0));
	assert_false(revoked_has(revoked, SLICE("bob"), none, 0));
	assert_false(revoked_has(revoked, none, none, 0));
	revoked_add(revoked, USER("ann", 50));
	assert_int_equal(revoked_before(revoked, SLICE("ann")), 100);
	revoked_add(revoked, USER("ann", 200));
	assert_int_equal(revoked_before(revoked, SLICE("ann")), 200);
	assert_int_equal(revoked_before(revoked, SLICE("bob")), 0);
	assert_int_equal(revoked_count(revoked), 1);
	revoked_free(revoked);
}

static void what_is_over_is_forgotten(void **state)
{
	struct revoked *revoked = revoked_new();

	(void)state;
	revoked_add(revoked, JTI("for ever"));
	revoked_add(revoked, JTI("short", .expires = 10));
	revoked_add(revoked, JTI("longer", .expires = 10));
	revoked_add(revoked, JTI("longer", .expires = 20));
	revoked_add(revoked, JTI("longer", .expires = 5));
	revoked_add(revoked, USER("ann", 1, .expires = 10));
	revoked_add(revoked, USER("ann", 1));
	assert_int_equal(revoked_prune(revoked, 9), 0);
	assert_int_equal(revoked_prune(revoked, 10), 1);
	assert_false(revoked_knows(revoked, JTI("short")));
	assert_int_equal(revoked_prune(revoked, 19), 0);
	assert_int_equal(revoked_prune(revoked, 20), 1);
	assert_int_equal(revoked_prune(revoked, 253402300799), 0);
	assert_int_equal(revoked_count(revoked), 2);
	revoked_free(revoked);
}

static void lines_are_read_back(void **state)
{
	struct revoked *revoked = revoked_new();
	const struct revoked_entry *at = NULL;
	struct revocation revocation, back;
	size_t count = 0;

	(void)state;
	revoked_add(revoked, JTI("a b", .expires = 20));
	revoked_add(revoked, USER("d\xc3\xa9mo", 253402300799));
	while ((at = revoked_next(revoked, at, &revocation))) {
		struct buf line = { .cap = 0 };

		revoked_write(&line, &revocation);
		assert_int_equal(revoked_read(slice_make(line.data, line.len - 1), &back), 0);
		assert_true(slice_eq(revocation.jti, back.jti));
		assert_true(slice_eq(revocation.user, back.user));
		assert_int_equal(revocation.before, back.before);
		assert_int_equal(revocation.expires, back.expires);
		buf_done(&line);
		count++;
	}
	assert_int_equal(count, 2);
	revoked_free(revoked);
}

static void other_lines_are_not(void **state)
{
	static const char *const lines[] = { "", "jti", "jti 0", "jti 0 0", "jti 0 0 ", "jti 0 x a",
		"jti -1 0 a", "jti 1 0 a", "user 0 0 a", "user 1 0 ", "user 253402300800 0 a",
		"user 1 9999999999999999 a", "USER 1 0 a", " jti 0 0 a", "jti 0 0 a\tb",
		"jti 0 0 \xff", "jti  0 a" };
	char longest[160];
	struct revocation revocation;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (revoked_read(slice_of(lines[i]), &revocation) != -EINVAL)
			fail_msg("'%s'", lines[i]);
	snprintf(longest, sizeof(longest), "jti 0 0 %0*d", REVOKED_NAME_MAX, 1);
	assert_int_equal(revoked_read(slice_of(longest), &revocation), 0);
	snprintf(longest, sizeof(longest), "jti 0 0 %0*d", REVOKED_NAME_MAX + 1, 1);
	assert_int_equal(revoked_read(slice_of(longest), &revocation), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_jti),
		cmocka_unit_test(by_user_and_time),
		cmocka_unit_test(what_is_over_is_forgotten),
		cmocka_unit_test(lines_are_read_back),
		cmocka_unit_test(other_lines_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
