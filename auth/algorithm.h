/* algorithm.h - what tokens may be signed with, from algorithms.def */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_ALGORITHM_H
#define AUTH_ALGORITHM_H

#include "proto/base/buf.h"

enum key_algorithm {
#define ALGORITHM(NAME, suffix, family, bits) KEY_##NAME,
#include "auth/algorithms.def"
#undef ALGORITHM
	KEY_ALGORITHMS,
};

enum key_family { FAMILY_HMAC, FAMILY_RSA, FAMILY_EC };

struct algorithm {
	const char *name;
	const char *suffix; /* of a key's file */
	enum key_family family;
	unsigned bits; /* of the hash */
};

const struct algorithm *algorithm_get(enum key_algorithm algorithm);
enum key_algorithm algorithm_named(struct slice name); /* KEY_ALGORITHMS: none is; case counts */
enum key_algorithm algorithm_of_file(struct slice file); /* KEY_ALGORITHMS: it is no key's */

#endif
