/* claims.h - what a token says, once its signature is good */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_CLAIMS_H
#define AUTH_CLAIMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

enum {
	CLAIMS_USER_MAX = 128, /* bytes */
	CLAIMS_JTI_MAX = 128, /* bytes */
};

#define CLAIMS_TIME_MAX 253402300799 /* the last second of the year 9999 */

struct claim_rules {
	int64_t leeway_s;
	int64_t max_ttl_s; /* 0: a token may be good for any time */
	const char *issuer; /* "": any */
	const char *audience; /* "": any */
	unsigned max_grants; /* at most GRANTS_MAX */
	size_t max_meta; /* bytes of JSON, at most META_MAX */
};

/* The caller frees it. Times are seconds since 1970. */
struct claims {
	char *user; /* "": a guest */
	char *nickname;
	char *jti; /* "" if there is none, as are: */
	char *meta; /* compact JSON, an object (meta.h) */
	struct buf grants; /* the claim `rooms` (grants.h) */
	int64_t issued; /* 0 if it does not say */
	int64_t expires; /* 0: never */
	bool admin;
	bool api; /* may use the server API, but for what is an administrator's */
};

void claims_done(struct claims *claims);

enum claims_result {
	CLAIMS_GOOD,
	CLAIMS_TIME, /* expired, or not yet valid */
	CLAIMS_META, /* its `meta` is longer than it may be */
	CLAIMS_BAD, /* something is missing or of the wrong kind, or for someone else */
};

/* On anything but CLAIMS_GOOD ret_claims is untouched. */
enum claims_result claims_read(const json_t *object, const struct claim_rules *rules, int64_t now_s,
	struct claims *ret_claims);

#endif
