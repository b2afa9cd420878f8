/* jwks.h - keys in the form of RFC 7517 */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_JWKS_H
#define AUTH_JWKS_H

#include "auth/keys.h"

enum { JWKS_MAX = 256 * 1024 }; /* bytes */

/*
 * Adds the keys of a set. Each is pinned to its `alg`; one without is taken only if it is EC, by
 * its curve. Keys that are not for verifying signatures (`use`, `key_ops`) are passed over. Those
 * that cannot be taken are left out, with a line in problems; returns how many. `open_to_all`: the
 * file may be read by all, so it must have no secrets.
 */
int jwks_read(struct keys *keys, struct slice text, bool open_to_all, const char *file,
	struct buf *problems);

#endif
