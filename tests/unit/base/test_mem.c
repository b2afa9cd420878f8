/* test_mem.c - memory that is zeroed and never NULL */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/mem.h"

static void alloc_is_zeroed(void **state)
{
	static const char zeroes[100];
	_cleanup_(mem_freep) char *one = mem_alloc(100);
	_cleanup_(mem_freep) char *many = mem_array(10, 10);
	_cleanup_(mem_freep) char *none = mem_alloc(0);
	_cleanup_(mem_freep) char *no_elements = mem_array(0, 8);

	(void)state;
	assert_memory_equal(one, zeroes, 100);
	assert_memory_equal(many, zeroes, 100);
	assert_non_null(none);
	assert_non_null(no_elements);
}

static void realloc_keeps(void **state)
{
	char *text = mem_strdup("abc");

	(void)state;
	text = mem_realloc(text, 1000, 4);
	assert_string_equal(text, "abc");
	text = mem_realloc(text, 0, 4);
	assert_non_null(text);
	mem_free(text);
	text = mem_realloc(NULL, 3, 1);
	assert_non_null(text);
	mem_free(text);
}

static void strings(void **state)
{
	_cleanup_(mem_freep) char *part = mem_strndup("abc\0def", 5);
	_cleanup_(mem_freep) char *empty = mem_strndup(NULL, 0);
	_cleanup_(mem_freep) char *made = mem_printf("%s-%d", "x", 7);

	(void)state;
	assert_memory_equal(part, "abc\0d\0", 6);
	assert_string_equal(empty, "");
	assert_string_equal(made, "x-7");
	assert_null(mem_strdup(NULL));
	mem_free(NULL);
}

/* Runs fn in a child and tells whether it did not survive (a sanitizer exits, we abort). */
static int dies(void (*fn)(void))
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status != 0;
}

static volatile size_t huge = SIZE_MAX / 2 + 1;

static void overflow_array(void)
{
	mem_free(mem_array(huge, 2));
}

static void overflow_realloc(void)
{
	mem_free(mem_realloc(NULL, huge, 2));
}

static void overflow_strndup(void)
{
	mem_free(mem_strndup("", huge * 2 - 1));
}

static void overflow_aborts(void **state)
{
	(void)state;
	assert_true(dies(overflow_array));
	assert_true(dies(overflow_realloc));
	assert_true(dies(overflow_strndup));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alloc_is_zeroed),
		cmocka_unit_test(realloc_keeps),
		cmocka_unit_test(strings),
		cmocka_unit_test(overflow_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
