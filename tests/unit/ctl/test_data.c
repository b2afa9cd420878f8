/* test_data.c - the data directory: made, locked, and where it may not be */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/data.h"
#include "proto/base/mem.h"
#include "proto/keyfile.h"

static char place[] = "/tmp/atrium-data-XXXXXX";

static int setup(void **state)
{
	(void)state;
	umask(022);
	return mkdtemp(place) ? 0 : -1;
}

/* What it complains of is for people: not for who reads the tests' output. */
static int open_quietly(const char *path, struct data *ret_data)
{
	int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC), r;

	assert_true(kept >= 0 && null >= 0);
	dup2(null, STDERR_FILENO);
	r = data_open(path, ret_data);
	dup2(kept, STDERR_FILENO);
	close(null);
	close(kept);
	return r;
}

static int teardown(void **state)
{
	char *command = mem_printf("rm -rf '%s'", place);
	int r = system(command);

	(void)state;
	mem_free(command);
	return r;
}

static void assert_mode(const char *root, const char *name, mode_t mode)
{
	char *path = mem_printf("%s/%s", root, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, mode);
	mem_free(path);
}

static void it_is_made_and_locked(void **state)
{
	char *path = mem_printf("%s/deep/er/./data", place);
	char *whole = mem_printf("%s/deep/er/data", place);
	struct data data, second;
	struct secret first = { NULL, 0 }, again = { NULL, 0 };

	(void)state;
	assert_int_equal(open_quietly(path, &data), 0);
	assert_string_equal(data.root, whole);
	assert_mode(whole, "run", 0750);
	assert_mode(whole, "state", 0750);
	assert_mode(whole, "state/gateway", 0700);
	assert_mode(whole, "state/hub", 0700);
	assert_mode(whole, "state/auth", 0700);
	assert_mode(whole, "state/metrics", 0700);
	assert_mode(whole, "keys", 0700);
	assert_mode(whole, "keys/default.hs256", 0600);
	assert_int_equal(keyfile_read(data.keys, "default", &first), 0);
	assert_int_equal(open_quietly(path, &second), -EBUSY);
	data_done(&data);
	assert_int_equal(open_quietly(path, &data), 0);
	assert_int_equal(keyfile_read(data.keys, "default", &again), 0);
	assert_memory_equal(first.bytes, again.bytes, first.len);
	data_done(&data);
	secret_done(&first);
	secret_done(&again);
	mem_free(path);
	mem_free(whole);
}

static void another_key_is_enough(void **state)
{
	char *path = mem_printf("%s/keyed", place);
	char *keys = mem_printf("%s/keys", path);
	struct data data;
	struct secret secret = { NULL, 0 };

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(mkdir(keys, 0700), 0);
	assert_int_equal(keyfile_make(keys, "mine"), 0);
	assert_int_equal(open_quietly(path, &data), 0);
	assert_int_equal(keyfile_read(data.keys, "default", &secret), -ENOENT);
	data_done(&data);
	mem_free(keys);
	mem_free(path);
}

static void a_pid_is_written(void **state)
{
	char *path = mem_printf("%s/pids", place);
	struct data data;
	char *file, text[32] = "";
	FILE *stream;

	(void)state;
	assert_int_equal(open_quietly(path, &data), 0);
	assert_int_equal(data_write_pid(&data, "hub", 12345), 0);
	assert_int_equal(data_write_pid(&data, "hub", 678), 0);
	file = data_pid_path(&data, "hub");
	stream = fopen(file, "re");
	assert_non_null(stream);
	assert_non_null(fgets(text, sizeof(text), stream));
	assert_string_equal(text, "678\n");
	fclose(stream);
	mem_free(file);
	data_done(&data);
	mem_free(path);
}

static void where_it_cannot_be(void **state)
{
	char *file = mem_printf("%s/file", place);
	char *below = mem_printf("%s/below", file);
	char *longest = mem_printf("%s/%0*d", place, 88 - (int)strlen(place) - 1, 0);
	char *longer = mem_printf("%s/%0*d", place, 88 - (int)strlen(place), 0);
	struct data data;

	(void)state;
	fclose(fopen(file, "we"));
	assert_int_equal(open_quietly(file, &data), -ENOTDIR);
	assert_true(open_quietly(below, &data) < 0);
	assert_int_equal(open_quietly(longest, &data), 0);
	data_done(&data);
	assert_int_equal(open_quietly(longer, &data), -ENAMETOOLONG);
	mem_free(file);
	mem_free(below);
	mem_free(longest);
	mem_free(longer);
}

static void the_default_is_in_the_home(void **state)
{
	char *path;

	(void)state;
	setenv("HOME", "/tmp/someone", 1);
	unsetenv("XDG_STATE_HOME");
	path = data_path(NULL);
	assert_string_equal(path, "/tmp/someone/.local/state/atrium");
	mem_free(path);
	setenv("XDG_STATE_HOME", "/state", 1);
	path = data_path(NULL);
	assert_string_equal(path, "/state/atrium");
	mem_free(path);
	path = data_path("here");
	assert_string_equal(path, "here");
	mem_free(path);
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	assert_null(data_path(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_made_and_locked),
		cmocka_unit_test(another_key_is_enough),
		cmocka_unit_test(a_pid_is_written),
		cmocka_unit_test(where_it_cannot_be),
		cmocka_unit_test(the_default_is_in_the_home),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
