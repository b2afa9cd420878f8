/* keys.h - the keys that tokens may be signed with, each pinned to its algorithm */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_KEYS_H
#define AUTH_KEYS_H

#include "proto/base/buf.h"
#include "proto/keyfile.h"

enum { KEYS_MAX = 256 };

/* Written in tokens and file names; the order is that of key_algorithm_name(). */
enum key_algorithm { KEY_HS256 };

struct key {
	char *kid;
	enum key_algorithm algorithm;
	struct secret secret;
};

struct keys;

struct keys *keys_new(void);
void keys_free(struct keys *keys); /* overwrites the secrets; takes NULL */
size_t keys_count(const struct keys *keys);
const struct key *keys_find(const struct keys *keys, struct slice kid); /* NULL: none */

/*
 * Takes the secret over. -EEXIST: the kid is taken; -ENOSPC: there are KEYS_MAX. Then the secret
 * stays the caller's.
 */
int keys_add(
	struct keys *keys, const char *kid, enum key_algorithm algorithm, struct secret *secret);

/*
 * Loads every <kid>.hs256 of a directory. Files that cannot be taken are left out, and ret_problems
 * gets a line for each: `<file>: <why>`. Returns how many were left out, or -errno of the
 * directory. ret_keys is set unless that fails.
 */
int keys_load(const char *directory, struct keys **ret_keys, struct buf *ret_problems);

#endif
