/* verify.h - whether a token is good, and what it says; knows no files, sockets or clock */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_VERIFY_H
#define AUTH_VERIFY_H

#include "auth/claims.h"
#include "auth/keys.h"
#include "proto/revoked.h"

enum { VERIFY_TOKEN_MAX = 8192 }; /* bytes */

/* Each is counted: auth_allowed, auth_denied_<name>. */
enum verify_result {
	VERIFY_OK,
	VERIFY_MALFORMED, /* no JWT, or one with a header that we cannot do justice to */
	VERIFY_KEY, /* of a key that we do not have */
	VERIFY_ALGORITHM, /* not its key's */
	VERIFY_SIGNATURE,
	VERIFY_TIME, /* expired, or not yet valid */
	VERIFY_REVOKED,
	VERIFY_META, /* its `meta` is longer than [auth] max_meta */
	VERIFY_CLAIMS, /* something is missing or of the wrong kind, or for someone else */
};

const char *verify_result_name(enum verify_result result);

/* On anything but VERIFY_OK ret_claims is untouched. */
enum verify_result verify_token(struct slice token, const struct keys *keys,
	const struct claim_rules *rules, const struct revoked *revoked, int64_t now_s,
	struct claims *ret_claims);

#endif
