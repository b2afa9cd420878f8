/* keyfile.h - the secrets that tokens are signed with: DIRECTORY/<kid>.hs256 */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_KEYFILE_H
#define PROTO_KEYFILE_H

#include <stdbool.h>

#include "proto/base/buf.h"

/*
 * A file holds one secret, as it is; one newline at its end does not belong to it. Who may only
 * look at it as "other" must not be able to: a file that others may read or write is refused.
 */
#define KEYFILE_SUFFIX ".hs256"
#define KEYFILE_DEFAULT "default" /* the kid of tokens that name none */

enum {
	KEYFILE_SECRET_MIN = 32, /* bytes: RFC 7518 section 3.2 */
	KEYFILE_SECRET_MAX = 4096,
	KEYFILE_KID_MAX = 64,
};

struct secret {
	unsigned char *bytes;
	size_t len;
};

void secret_done(struct secret *secret); /* overwrites, then frees */

bool keyfile_kid_valid(struct slice kid); /* 1 to 64 of A-Z a-z 0-9 . _ -, and no dot first */

/*
 * A whole file of 1 to `max` bytes, less a newline at its end; others may not read or write it if
 * it is private. 0, or an error as below; -ERANGE: it is empty or too long.
 */
int secret_read(const char *path, size_t max, bool private, struct secret *ret_secret);

/*
 * Returns 0, or: -ENOENT there is none; -EPERM others may read or write it; -ERANGE too short
 * or too long; -EINVAL the kid is not valid, or it is no plain file; or what the system says.
 */
int keyfile_read(const char *directory, const char *kid, struct secret *ret_secret);
int keyfile_read_path(const char *path, size_t min, struct secret *ret_secret);
/*
 * Appends any file of at most `max` bytes (else -ERANGE), with the same errors; here others may
 * read it, and ret_open (or NULL) says whether they may.
 */
int keyfile_read_text(const char *path, size_t max, struct buf *out, bool *ret_open);
const char *keyfile_problem(int error); /* what such an error means, for a log or a person */

/* Makes a new random key, mode 0600, whole or not at all. -EEXIST: there is one, and it stays. */
int keyfile_make(const char *directory, const char *kid);

#endif
