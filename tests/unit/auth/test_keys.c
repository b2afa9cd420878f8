/* test_keys.c - the directory of keys: what is taken, what is refused and why */
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

#include "auth/keys.h"
#include "proto/base/mem.h"

#define GOOD "0123456789abcdef0123456789abcdef"

struct place {
	char path[64];
};

static int setup(void **state)
{
	struct place *place = mem_alloc(sizeof(*place));

	snprintf(place->path, sizeof(place->path), "/tmp/atrium-keys-XXXXXX");
	if (!mkdtemp(place->path))
		return -1;
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	char *command = mem_printf("rm -rf '%s'", place->path);
	int r = system(command);

	mem_free(command);
	mem_free(place);
	return r;
}

static void put(
	const struct place *place, const char *file, const char *text, size_t len, mode_t mode)
{
	char *path = mem_printf("%s/%s", place->path, file);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	mem_free(path);
}

static void good_keys_are_taken(void **state)
{
	const struct place *place = *state;
	struct buf problems = { .cap = 0 };
	struct keys *keys = keys_new();
	const struct key *key;

	put(place, "default.hs256", GOOD "\n", 33, 0600);
	put(place, "2024-a_b.c.hs256", GOOD "\n\n", 34, 0640);
	put(place, "notes.txt", "x", 1, 0644);
	put(place, ".hidden.hs256", "x", 1, 0644);
	put(place, ".hs256", "x", 1, 0644);
	assert_int_equal(keys_load(keys, place->path, &problems), 0);
	assert_int_equal(problems.len, 0);
	assert_int_equal(keys_count(keys), 2);
	key = keys_find(keys, SLICE("default"));
	assert_non_null(key);
	assert_int_equal(key->secret.len, 32);
	assert_memory_equal(key->secret.bytes, GOOD, 32);
	/* One newline is the file's, another one is the secret's. */
	assert_int_equal(keys_find(keys, SLICE("2024-a_b.c"))->secret.len, 33);
	assert_null(keys_find(keys, SLICE("notes")));
	assert_null(keys_find(keys, SLICE("")));
	keys_free(keys);
	buf_done(&problems);
}

static void bad_keys_are_left_out(void **state)
{
	const struct place *place = *state;
	struct buf problems = { .cap = 0 };
	char *path = mem_printf("%s/folder.hs256", place->path);
	char *fifo = mem_printf("%s/fifo.hs256", place->path);
	char *big = mem_alloc(KEYFILE_SECRET_MAX + 2);
	struct keys *keys = keys_new();

	memset(big, 'x', KEYFILE_SECRET_MAX + 2);
	put(place, "good.hs256", GOOD, 32, 0600);
	put(place, "read.hs256", GOOD, 32, 0604);
	put(place, "write.hs256", GOOD, 32, 0602);
	put(place, "short.hs256", &GOOD "\n"[1], 32, 0600);
	put(place, "empty.hs256", "", 0, 0600);
	put(place, "big.hs256", big, KEYFILE_SECRET_MAX + 1, 0600);
	put(place, "a b.hs256", GOOD, 32, 0600);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(keys_load(keys, place->path, &problems), 8);
	assert_int_equal(keys_count(keys), 1);
	assert_non_null(keys_find(keys, SLICE("good")));
	assert_non_null(strstr(buf_cstr(&problems), "read.hs256: others may read or write it"));
	assert_non_null(strstr(buf_cstr(&problems), "write.hs256: others may read or write it"));
	assert_non_null(strstr(buf_cstr(&problems), "short.hs256: a key has 32 to 4096 bytes\n"));
	assert_non_null(strstr(buf_cstr(&problems), "a b.hs256: "));
	assert_null(strstr(buf_cstr(&problems), GOOD));
	keys_free(keys);
	buf_done(&problems);
	mem_free(path);
	mem_free(fifo);
	mem_free(big);
}

static const char ec_pem[] = "-----BEGIN PUBLIC KEY-----\n"
			     "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
			     "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
			     "-----END PUBLIC KEY-----\n";

/* A file's name says the algorithm; a public key may be read by all, but not written. */
static void every_kind_has_its_name(void **state)
{
	const struct place *place = *state;
	struct buf problems = { .cap = 0 };
	struct keys *keys = keys_new();

	put(place, "a.hs384", GOOD GOOD, 48, 0600);
	put(place, "b.hs512", GOOD GOOD, 64, 0600);
	put(place, "short.hs384", GOOD GOOD, 47, 0600);
	put(place, "short.hs512", GOOD GOOD, 63, 0600);
	put(place, "c.es256.pem", ec_pem, sizeof(ec_pem) - 1, 0644);
	put(place, "d.es384.pem", ec_pem, sizeof(ec_pem) - 1, 0644);
	put(place, "e.rs256.pem", ec_pem, sizeof(ec_pem) - 1, 0644);
	put(place, "f.es256.pem", ec_pem, sizeof(ec_pem) - 1, 0646);
	put(place, "g.es256.pem", GOOD, 32, 0644);
	put(place, "h.jwks", "{\"keys\":[]}", 11, 0644);
	put(place, "i.jwks", "{\"keys\":[]}", 11, 0646);
	put(place, "j.pem", ec_pem, sizeof(ec_pem) - 1, 0644);
	assert_int_equal(keys_load(keys, place->path, &problems), 7);
	assert_int_equal(keys_count(keys), 3);
	assert_int_equal(keys_find(keys, SLICE("a"))->algorithm, KEY_HS384);
	assert_int_equal(keys_find(keys, SLICE("b"))->algorithm, KEY_HS512);
	assert_int_equal(keys_find(keys, SLICE("c"))->algorithm, KEY_ES256);
	assert_non_null(strstr(buf_cstr(&problems), "short.hs384: a key has 48 to 4096 bytes"));
	assert_non_null(strstr(buf_cstr(&problems), "short.hs512: a key has 64 to 4096 bytes"));
	assert_non_null(strstr(buf_cstr(&problems), "d.es384.pem: the key is not of this"));
	assert_non_null(strstr(buf_cstr(&problems), "e.rs256.pem: the key is not RSA of"));
	assert_non_null(strstr(buf_cstr(&problems), "f.es256.pem: others may"));
	assert_non_null(strstr(buf_cstr(&problems), "g.es256.pem: it has no public key"));
	assert_non_null(strstr(buf_cstr(&problems), "i.jwks: others may"));
	keys_free(keys);
	buf_done(&problems);
}

static void no_directory_is_an_error(void **state)
{
	const struct place *place = *state;
	char *path = mem_printf("%s/none", place->path);
	struct buf problems = { .cap = 0 };
	struct keys *keys = keys_new();

	assert_int_equal(keys_load(keys, path, &problems), -ENOENT);
	assert_int_equal(keys_count(keys), 0);
	keys_free(keys);
	assert_int_equal(problems.len, 0);
	mem_free(path);
}

static void a_credential_has_the_kid_of_its_file(void **state)
{
	const struct place *place = *state;
	struct buf problems = { .cap = 0 };
	struct keys *keys = keys_new();

	put(place, "keys_default.hs256", GOOD, 32, 0400);
	put(place, "keys_keys_2.hs256", GOOD, 32, 0400);
	put(place, "keys_", GOOD, 32, 0400);
	assert_int_equal(keys_load(keys, place->path, &problems), 0);
	assert_int_equal(problems.len, 0);
	assert_int_equal(keys_count(keys), 2);
	assert_non_null(keys_find(keys, SLICE("default")));
	assert_non_null(keys_find(keys, SLICE("keys_2")));
	/* nothing is left of its name */
	put(place, "keys_.hs256", GOOD, 32, 0400);
	keys_free(keys);
	keys = keys_new();
	assert_int_equal(keys_load(keys, place->path, &problems), 1);
	assert_non_null(strstr(buf_cstr(&problems), "keys_.hs256: "));
	keys_free(keys);
	buf_done(&problems);
}

static void a_kid_is_taken_once(void **state)
{
	struct keys *keys = keys_new();
	struct secret secret = { mem_alloc(32), 32 };

	(void)state;
	assert_int_equal(keys_add(keys, "a", KEY_HS256, &secret), 0);
	secret = (struct secret){ mem_alloc(32), 32 };
	assert_int_equal(keys_add(keys, "a", KEY_HS256, &secret), -EEXIST);
	for (size_t i = 1; i < KEYS_MAX; i++) {
		char kid[16];

		snprintf(kid, sizeof(kid), "k%zu", i);
		assert_int_equal(keys_add(keys, kid, KEY_HS256, &secret), 0);
		secret = (struct secret){ mem_alloc(32), 32 };
	}
	assert_int_equal(keys_add(keys, "one-more", KEY_HS256, &secret), -ENOSPC);
	secret_done(&secret);
	keys_free(keys);
	keys_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_keys_are_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_keys_are_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(every_kind_has_its_name, setup, teardown),
		cmocka_unit_test_setup_teardown(no_directory_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_credential_has_the_kid_of_its_file, setup, teardown),
		cmocka_unit_test(a_kid_is_taken_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
