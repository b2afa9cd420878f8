/* test_users.c - lines of users, and passwords */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/mem.h"
#include "proto/users.h"

static void lines_are_read(void **state)
{
	struct slice text = SLICE("ann::h1\n"
				  "\n"
				  "no line\n"
				  "bob:admin:h2\n"
				  "eve:root:h3\n"
				  "x::\n"
				  ":admin:h\n"
				  "a::b:c\n"
				  "d\xc3\xa9mo x::h4");
	struct slice rest = text;
	struct user_line user;

	(void)state;
	assert_true(users_next(&rest, &user));
	assert_true(slice_eq(user.name, SLICE("ann")) && !user.admin);
	assert_true(slice_eq(user.hash, SLICE("h1")));
	assert_true(users_next(&rest, &user));
	assert_true(slice_eq(user.name, SLICE("bob")) && user.admin);
	assert_true(users_next(&rest, &user));
	assert_true(slice_eq(user.name, SLICE("d\xc3\xa9mo x")));
	assert_false(users_next(&rest, &user));
	assert_true(users_find(text, SLICE("bob"), &user));
	assert_true(slice_eq(user.hash, SLICE("h2")));
	assert_false(users_find(text, SLICE("eve"), &user));
	assert_false(users_find(text, SLICE("an"), &user));
}

static void lines_are_written(void **state)
{
	struct user_line ann = { .name = SLICE("ann"), .hash = SLICE("$y$h"), .admin = true }, back;
	struct buf out = { .cap = 0 };

	(void)state;
	users_write(&out, &ann);
	assert_string_equal(buf_cstr(&out), "ann:admin:$y$h\n");
	assert_true(users_find(buf_slice(&out), SLICE("ann"), &back));
	assert_true(back.admin && slice_eq(back.hash, ann.hash));
	buf_done(&out);
}

static void names_and_passwords_are_bounded(void **state)
{
	char longest[USERS_PASSWORD_MAX + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_true(users_name_valid(SLICE("ann")));
	assert_true(users_name_valid(slice_make(longest, USERS_NAME_MAX)));
	assert_false(users_name_valid(slice_make(longest, USERS_NAME_MAX + 1)));
	assert_false(users_name_valid(SLICE("")));
	assert_false(users_name_valid(SLICE("a:b")));
	assert_false(users_name_valid(SLICE("a\nb")));
	assert_false(users_name_valid(SLICE("a\xff")));
	assert_true(users_password_valid(slice_make(longest, USERS_PASSWORD_MAX)));
	assert_false(users_password_valid(slice_make(longest, sizeof(longest))));
	assert_false(users_password_valid(SLICE("")));
	assert_false(users_password_valid(SLICE("a\0b")));
}

static void a_password_is_its_own(void **state)
{
	_cleanup_(mem_freep) char *hash = users_hash("correct horse");
	_cleanup_(mem_freep) char *other = users_hash("correct horse");

	(void)state;
	assert_non_null(hash);
	assert_memory_equal(hash, "$y$", 3);
	assert_string_not_equal(hash, other);
	assert_true(users_check(slice_of(hash), "correct horse"));
	assert_false(users_check(slice_of(hash), "correct hors"));
	assert_false(users_check(slice_of(hash), "correct horse "));
	assert_false(users_check(slice_make(hash, strlen(hash) - 1), "correct horse"));
	assert_false(users_check(slice_of(NULL), "correct horse"));
	assert_false(users_check(SLICE("*0"), "correct horse"));
	assert_false(users_check(SLICE("nonsense"), "correct horse"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(lines_are_written),
		cmocka_unit_test(names_and_passwords_are_bounded),
		cmocka_unit_test(a_password_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
