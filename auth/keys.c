/* keys.c - the keys that tokens may be signed with, each pinned to its algorithm */
/* SPDX-License-Identifier: MIT */
#include "auth/keys.h"

#include <dirent.h>
#include <errno.h>

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

int keys_add(
	struct keys *keys, const char *kid, enum key_algorithm algorithm, struct secret *secret)
{
	if (keys_find(keys, slice_of(kid)))
		return -EEXIST;
	if (keys->count == KEYS_MAX)
		return -ENOSPC;
	keys->key[keys->count++] = (struct key){
		.kid = mem_strdup(kid),
		.algorithm = algorithm,
		.secret = *secret,
	};
	*secret = (struct secret){ NULL, 0 };
	return 0;
}

static bool ends_with(struct slice text, struct slice end)
{
	return text.len > end.len &&
		slice_eq(slice_make(text.ptr + text.len - end.len, end.len), end);
}

static int load_one(const char *directory, const char *kid, struct keys *keys)
{
	struct secret secret = { NULL, 0 };
	int r = keyfile_read(directory, kid, &secret);

	if (r == 0)
		r = keys_add(keys, kid, KEY_HS256, &secret);
	secret_done(&secret);
	return r;
}

int keys_load(const char *directory, struct keys **ret_keys, struct buf *ret_problems)
{
	const struct slice suffix = SLICE(KEYFILE_SUFFIX);
	DIR *dir = opendir(directory);
	struct keys *keys;
	struct dirent *entry;
	int refused = 0;

	if (!dir)
		return -errno;
	keys = keys_new();
	while ((entry = readdir(dir))) {
		struct slice file = slice_of(entry->d_name);
		_cleanup_(mem_freep) char *kid = NULL;
		int r;

		if (!ends_with(file, suffix) || file.ptr[0] == '.')
			continue;
		kid = mem_strndup(file.ptr, file.len - suffix.len);
		r = load_one(directory, kid, keys);
		if (r < 0) {
			buf_printf(ret_problems, "%s: %s\n", entry->d_name, keyfile_problem(r));
			refused++;
		}
	}
	closedir(dir);
	*ret_keys = keys;
	return refused;
}
