/* keys.c - the keys that tokens may be signed with, each pinned to its algorithm */
/* SPDX-License-Identifier: MIT */
#include "auth/keys.h"

#include <dirent.h>
#include <errno.h>

#include "auth/jwks.h"
#include "proto/base/mem.h"

struct keys {
	size_t count;
	struct key key[KEYS_MAX];
};

struct keys *keys_new(void)
{
	return mem_alloc(sizeof(struct keys));
}

void keys_free(struct keys *keys)
{
	if (!keys)
		return;
	for (size_t i = 0; i < keys->count; i++) {
		secret_done(&keys->key[i].secret);
		pubkey_free(keys->key[i].pubkey);
		mem_free(keys->key[i].kid);
	}
	mem_free(keys);
}

size_t keys_count(const struct keys *keys)
{
	return keys->count;
}

const struct key *keys_find(const struct keys *keys, struct slice kid)
{
	for (size_t i = 0; i < keys->count; i++)
		if (slice_eq(slice_of(keys->key[i].kid), kid))
			return &keys->key[i];
	return NULL;
}

static int add(struct keys *keys, const char *kid, const struct key *key)
{
	if (keys_find(keys, slice_of(kid)))
		return -EEXIST;
	if (keys->count == KEYS_MAX)
		return -ENOSPC;
	keys->key[keys->count] = *key;
	keys->key[keys->count++].kid = mem_strdup(kid);
	return 0;
}

int keys_add(
	struct keys *keys, const char *kid, enum key_algorithm algorithm, struct secret *secret)
{
	const struct algorithm *row = algorithm_get(algorithm);
	int r;

	if (row->family != FAMILY_HMAC)
		return -EKEYREJECTED;
	if (secret->len < row->bits / 8 || secret->len > KEYFILE_SECRET_MAX)
		return -ERANGE;
	r = add(keys, kid, &(struct key){ .algorithm = algorithm, .secret = *secret });
	if (r == 0)
		*secret = (struct secret){ NULL, 0 };
	return r;
}

int keys_add_public(
	struct keys *keys, const char *kid, enum key_algorithm algorithm, struct pubkey *pubkey)
{
	return add(keys, kid, &(struct key){ .algorithm = algorithm, .pubkey = pubkey });
}

static int load_secret(
	struct keys *keys, const char *path, const char *kid, enum key_algorithm algorithm)
{
	struct secret secret = { NULL, 0 };
	int r = keyfile_read_path(path, algorithm_get(algorithm)->bits / 8, &secret);

	if (r == 0)
		r = keys_add(keys, kid, algorithm, &secret);
	secret_done(&secret);
	return r;
}

static int load_public(
	struct keys *keys, const char *path, const char *kid, enum key_algorithm algorithm)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	struct pubkey *pubkey = NULL;
	int r = keyfile_read_text(path, PUBKEY_FILE_MAX, &text, NULL);

	if (r == 0)
		r = pubkey_from_pem(buf_slice(&text), algorithm, &pubkey);
	if (r == 0)
		r = keys_add_public(keys, kid, algorithm, pubkey);
	if (r < 0)
		pubkey_free(pubkey);
	return r;
}

static const char *problem_of(int error, const struct algorithm *algorithm)
{
	switch (error) {
	case -EEXIST:
		return "another key has this kid";
	case -ENOSPC:
		return "there are 256 keys already";
	case -EKEYREJECTED:
		return algorithm->family == FAMILY_EC ? "the key is not of this algorithm's curve"
						      : "the key is not RSA of 2048 to 8192 bits";
	case -EINVAL:
		return algorithm->family == FAMILY_HMAC
			? keyfile_problem(error)
			: "it has no public key in PEM, or its name is not valid";
	case -ERANGE:
		return algorithm->bits == 256	 ? keyfile_problem(error)
			: algorithm->bits == 384 ? "a key has 48 to 4096 bytes"
						 : "a key has 64 to 4096 bytes";
	default:
		return keyfile_problem(error);
	}
}

/* The name that a key's file had before systemd made a credential of it. */
static struct slice own_name(struct slice file)
{
	const struct slice prefix = SLICE(KEYS_CREDENTIAL);

	if (file.len <= prefix.len || memcmp(file.ptr, prefix.ptr, prefix.len) != 0)
		return file;
	return slice_make(file.ptr + prefix.len, file.len - prefix.len);
}

/* 0, or 1 if it had to be left out. */
static int load_file(
	struct keys *keys, const char *directory, struct slice file, struct buf *problems)
{
	enum key_algorithm algorithm = algorithm_of_file(file);
	const struct algorithm *row = algorithm_get(algorithm);
	struct slice name = own_name(file);
	_cleanup_(mem_freep) char *kid = mem_strndup(name.ptr, name.len - strlen(row->suffix));
	_cleanup_(mem_freep) char *path = mem_printf("%s/%s", directory, file.ptr);
	int r;

	if (!keyfile_kid_valid(slice_of(kid)))
		r = -EINVAL;
	else if (row->family == FAMILY_HMAC)
		r = load_secret(keys, path, kid, algorithm);
	else
		r = load_public(keys, path, kid, algorithm);
	if (r == 0)
		return 0;
	buf_printf(problems, "%s: %s\n", file.ptr, problem_of(r, row));
	return 1;
}

static bool is_jwks(struct slice file)
{
	const struct slice end = SLICE(".jwks");

	return file.len > end.len &&
		slice_eq(slice_make(file.ptr + file.len - end.len, end.len), end);
}

int keys_load(struct keys *keys, const char *directory, struct buf *problems)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int refused = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		struct slice file = slice_of(entry->d_name);

		if (file.ptr[0] == '.')
			continue;
		if (algorithm_of_file(file) != KEY_ALGORITHMS) {
			refused += load_file(keys, directory, file, problems);
		} else if (is_jwks(file)) {
			_cleanup_(mem_freep) char *path = mem_printf("%s/%s", directory, file.ptr);

			refused += keys_load_jwks(keys, path, problems);
		}
	}
	closedir(dir);
	return refused;
}

int keys_load_jwks(struct keys *keys, const char *path, struct buf *problems)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	bool open_to_all = false;
	int r = keyfile_read_text(path, JWKS_MAX, &text, &open_to_all);

	if (r == 0) {
		r = jwks_read(keys, buf_slice(&text), open_to_all, file, problems);
		explicit_bzero(text.data, text.len);
		return r;
	}
	buf_printf(problems, "%s: %s\n", file, r == -ERANGE ? "it is too big" : keyfile_problem(r));
	return 1;
}
