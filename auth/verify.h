/* verify.h - whether a token is good, and what it says; knows no files, sockets or clock */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_VERIFY_H
#define AUTH_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/keys.h"
#include "proto/base/buf.h"

enum {
	VERIFY_TOKEN_MAX = 8192, /* bytes */
	VERIFY_USER_MAX = 128, /* bytes */
	VERIFY_GRANTS_MAX = 16384, /* bytes of JSON */
};

#define VERIFY_TIME_MAX 253402300799 /* the last second of the year 9999 */

/* Each is counted: auth_allowed, auth_denied_<name>. */
enum verify_result {
	VERIFY_OK,
	VERIFY_MALFORMED, /* no JWT, or one with a header that we cannot do justice to */
	VERIFY_KEY, /* of a key that we do not have */
	VERIFY_ALGORITHM, /* not its key's */
	VERIFY_SIGNATURE,
	VERIFY_TIME, /* expired, or not yet valid */
	VERIFY_CLAIMS, /* something is missing or of the wrong kind, or for someone else */
};

const char *verify_result_name(enum verify_result result);

struct verify_rules {
	int64_t leeway_s;
	const char *issuer; /* "": any */
	const char *audience; /* "": any */
};

/* What a good token says; the caller frees it. */
struct claims {
	char *user;
	char *nickname;
	char *grants; /* the claim `rooms`, compact JSON; "" if there is none */
	int64_t expires; /* seconds since 1970; 0: never */
	bool admin;
};

void claims_done(struct claims *claims);

/* On anything but VERIFY_OK ret_claims is untouched. */
enum verify_result verify_token(struct slice token, const struct keys *keys,
	const struct verify_rules *rules, int64_t now_s, struct claims *ret_claims);

#endif
