/* test_statefile.c - files that are written whole or not at all */
/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/mem.h"
#include "proto/base/statefile.h"

static int setup(void **state)
{
	*state = mem_strdup("/tmp/atrium-statefile-XXXXXX");
	return mkdtemp(*state) ? 0 : -1;
}

static int teardown(void **state)
{
	char *command = mem_printf("rm -rf '%s'", (char *)*state);
	int r = system(command);

	mem_free(command);
	mem_free(*state);
	return r;
}

static void expect(const char *path, const char *text)
{
	struct buf back = { .cap = 0 };
	struct stat st;

	assert_int_equal(statefile_read(path, 100, &back), 0);
	assert_string_equal(buf_cstr(&back), text);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	buf_done(&back);
}

static void replaced_and_appended(void **state)
{
	char *path = mem_printf("%s/f", (char *)*state);
	struct dirent *entry;
	size_t files = 0;
	DIR *dir;

	assert_int_equal(statefile_append(path, SLICE("a\n")), 0);
	expect(path, "a\n");
	assert_int_equal(statefile_append(path, SLICE("b\n")), 0);
	expect(path, "a\nb\n");
	assert_int_equal(statefile_replace(path, SLICE("c\n")), 0);
	expect(path, "c\n");
	assert_int_equal(statefile_replace(path, SLICE("")), 0);
	expect(path, "");
	dir = opendir(*state);
	while ((entry = readdir(dir)))
		files += entry->d_name[0] != '.';
	closedir(dir);
	assert_int_equal(files, 1);
	mem_free(path);
}

static void what_cannot_be_is_said(void **state)
{
	char *path = mem_printf("%s/f", (char *)*state);
	char *elsewhere = mem_printf("%s/none/f", (char *)*state);
	struct buf back = { .cap = 0 };

	assert_int_equal(statefile_read(path, 100, &back), -ENOENT);
	assert_int_equal(statefile_append(elsewhere, SLICE("a")), -ENOENT);
	assert_int_equal(statefile_replace(elsewhere, SLICE("a")), -ENOENT);
	assert_int_equal(statefile_replace(path, SLICE("1234")), 0);
	assert_int_equal(statefile_read(path, 3, &back), -EFBIG);
	assert_int_equal(back.len, 0);
	assert_int_equal(statefile_read(path, 4, &back), 0);
	assert_int_equal(statefile_read(path, 4, &back), 0);
	assert_string_equal(buf_cstr(&back), "12341234");
	buf_done(&back);
	mem_free(path);
	mem_free(elsewhere);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(replaced_and_appended, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_is_said, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
