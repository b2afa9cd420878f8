/* keys.h - the keys that tokens may be signed with, each pinned to its algorithm */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_KEYS_H
#define AUTH_KEYS_H

#include "auth/pubkey.h"
#include "proto/keyfile.h"

enum { KEYS_MAX = 256 };

/* One of secret and pubkey, by the algorithm's family. */
struct key {
	char *kid;
	enum key_algorithm algorithm;
	struct secret secret;
	struct pubkey *pubkey;
};

struct keys;

struct keys *keys_new(void);
void keys_free(struct keys *keys); /* overwrites the secrets; takes NULL */
size_t keys_count(const struct keys *keys);
const struct key *keys_find(const struct keys *keys, struct slice kid); /* NULL: none */

/*
 * Takes the secret (or public key) over. -EEXIST: the kid is taken; -ENOSPC: there are KEYS_MAX;
 * -ERANGE: the secret is too short for its algorithm. Then it stays the caller's.
 */
int keys_add(
	struct keys *keys, const char *kid, enum key_algorithm algorithm, struct secret *secret);
int keys_add_public(
	struct keys *keys, const char *kid, enum key_algorithm algorithm, struct pubkey *pubkey);

/* LoadCredential=keys:DIRECTORY puts it before the name of each file. */
#define KEYS_CREDENTIAL "keys_"

/*
 * Adds every <kid>.<algorithm> (and .pem) and every *.jwks of a directory; KEYS_CREDENTIAL before a
 * kid is no part of it. Keys that cannot be taken are left out, and problems gets a line for each:
 * `<file>: <why>`. Returns how many were left out, or -errno of the directory.
 */
int keys_load(struct keys *keys, const char *directory, struct buf *problems);
/* The same for one file in the form of RFC 7517; it may be read by all if it has no secrets. */
int keys_load_jwks(struct keys *keys, const char *path, struct buf *problems);

#endif
