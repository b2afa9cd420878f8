/* revoked.h - tokens that are good no longer: by their jti, or a user's of before a time */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_REVOKED_H
#define PROTO_REVOKED_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

enum { REVOKED_NAME_MAX = 128 }; /* bytes of a jti or a user */

/* One of jti and user is set. Borrowed. */
struct revocation {
	struct slice jti;
	struct slice user; /* whose tokens of before `before`; those that do not say when count */
	int64_t before; /* s since 1970 */
	int64_t expires; /* when the last of them has run out and this is over; 0: never */
};

bool revocation_valid(const struct revocation *revocation);

struct revoked;
struct revoked *revoked_new(void);
void revoked_free(struct revoked *revoked); /* takes NULL */
size_t revoked_count(const struct revoked *revoked);

/* If it was there: of a user the later `before` holds, and of both the later end. */
void revoked_add(struct revoked *revoked, const struct revocation *revocation);
/* One of the same jti or user is there. */
bool revoked_knows(const struct revoked *revoked, const struct revocation *revocation);
/* `jti` may be empty; `issued` is 0 if the token does not say. */
bool revoked_has(
	const struct revoked *revoked, struct slice user, struct slice jti, int64_t issued);
/* Before which time tokens of a user are revoked; 0: none are. */
int64_t revoked_before(const struct revoked *revoked, struct slice user);
/* Forgets those that are over. Returns how many. */
size_t revoked_prune(struct revoked *revoked, int64_t now_s);

/* All of them, in no order: start with NULL; returns where to go on, NULL after the last. */
struct revoked_entry;
const struct revoked_entry *revoked_next(const struct revoked *revoked,
	const struct revoked_entry *after, struct revocation *ret_revocation);

/* A line of the file, with its newline; and back (without it). -EINVAL: it is none. */
void revoked_write(struct buf *out, const struct revocation *revocation);
int revoked_read(struct slice line, struct revocation *ret_revocation);

#endif
