/* test_keyfile.c - key files: made, read, and what is refused */
/* SPDX-License-Identifier: MIT */
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
#include "proto/keyfile.h"

static char place[] = "/tmp/atrium-key-XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(place) ? 0 : -1;
}

static int teardown(void **state)
{
	char *command = mem_printf("rm -rf '%s'", place);
	int r = system(command);

	(void)state;
	mem_free(command);
	return r;
}

static void kids(void **state)
{
	char longest[KEYFILE_KID_MAX + 2];

	(void)state;
	memset(longest, 'k', sizeof(longest));
	assert_true(keyfile_kid_valid(SLICE("default")));
	assert_true(keyfile_kid_valid(SLICE("2024-a_B.c")));
	assert_true(keyfile_kid_valid(slice_make(longest, KEYFILE_KID_MAX)));
	assert_false(keyfile_kid_valid(slice_make(longest, KEYFILE_KID_MAX + 1)));
	assert_false(keyfile_kid_valid(SLICE("")));
	assert_false(keyfile_kid_valid(SLICE(".")));
	assert_false(keyfile_kid_valid(SLICE(".hidden")));
	assert_false(keyfile_kid_valid(SLICE("a/b")));
	assert_false(keyfile_kid_valid(SLICE("a b")));
	assert_false(keyfile_kid_valid(SLICE("a\0b")));
	assert_false(keyfile_kid_valid(SLICE("\xc3\xa9")));
}

/* Whatever is cut off or added, down to nothing: a secret of 32 to 4096 bytes, or an error. */
static void every_length(void **state)
{
	static const size_t lengths[] = { 0, 1, 31, 32, 33, 4095, 4096, 4097, 4098, 5000 };
	char *path = mem_printf("%s/k.hs256", place), bytes[5001];

	(void)state;
	memset(bytes, 's', sizeof(bytes));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		for (size_t newline = 0; newline < 2; newline++) {
			bool fits = lengths[i] >= 32 && lengths[i] <= 4096;
			struct secret secret = { NULL, 0 };
			FILE *file = fopen(path, "we");

			assert_non_null(file);
			assert_int_equal(fchmod(fileno(file), 0600), 0);
			assert_int_equal(fwrite(bytes, 1, lengths[i], file), lengths[i]);
			assert_int_equal(fwrite("\n", 1, newline, file), newline);
			fclose(file);
			assert_int_equal(keyfile_read(place, "k", &secret), fits ? 0 : -ERANGE);
			assert_int_equal(secret.len, fits ? lengths[i] : 0);
			secret_done(&secret);
		}
	}
	mem_free(path);
}

static void problems_have_words(void **state)
{
	(void)state;
	assert_string_equal(keyfile_problem(-ENOENT), "there is no such key file");
	assert_string_equal(keyfile_problem(-ERANGE), "a key has 32 to 4096 bytes");
	assert_string_equal(keyfile_problem(-EIO), strerror(EIO));
}

static void a_made_key_can_be_read(void **state)
{
	struct secret first = { NULL, 0 }, second = { NULL, 0 };
	char *path = mem_printf("%s/default.hs256", place);
	struct stat st;

	(void)state;
	assert_int_equal(keyfile_read(place, "default", &first), -ENOENT);
	assert_int_equal(keyfile_make(place, "default"), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(keyfile_read(place, "default", &first), 0);
	assert_int_equal(first.len, 64);
	/* It stays. */
	assert_int_equal(keyfile_make(place, "default"), -EEXIST);
	assert_int_equal(keyfile_read(place, "default", &second), 0);
	assert_memory_equal(first.bytes, second.bytes, 64);
	secret_done(&second);
	assert_int_equal(keyfile_make(place, "next"), 0);
	assert_int_equal(keyfile_read(place, "next", &second), 0);
	assert_memory_not_equal(first.bytes, second.bytes, 64);
	secret_done(&first);
	secret_done(&second);
	assert_int_equal(keyfile_make(place, "../x"), -EINVAL);
	assert_int_equal(keyfile_read(place, "../x", &first), -EINVAL);
	mem_free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kids),
		cmocka_unit_test(every_length),
		cmocka_unit_test(a_made_key_can_be_read),
		cmocka_unit_test(problems_have_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
