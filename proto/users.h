/* users.h - the file of users and their hashed passwords: NAME:admin:HASH, a line each */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_USERS_H
#define PROTO_USERS_H

#include <stdbool.h>

#include "proto/base/buf.h"

enum {
	USERS_NAME_MAX = 64, /* bytes */
	USERS_PASSWORD_MIN = 8, /* bytes, of a new one */
	USERS_PASSWORD_MAX = 256,
	USERS_FILE_MAX = 64 * 1024 * 1024,
};

struct user_line {
	struct slice name;
	struct slice hash; /* as crypt(5) has it */
	bool admin;
};

bool users_name_valid(struct slice name); /* printable UTF-8 without a colon */
bool users_password_valid(struct slice password); /* without a NUL byte; may be short */

/*
 * Takes the next user off the front of a file's text; lines that are none are passed over. False:
 * there are no more.
 */
bool users_next(struct slice *rest, struct user_line *ret_user);
bool users_find(struct slice text, struct slice name, struct user_line *ret_user);
void users_write(struct buf *out, const struct user_line *user);

/* yescrypt, slow on purpose: not for the loop. NULL: it cannot be done; else mem_free(). */
char *users_hash(const char *password);
/* For a hash that is empty it takes as long, and is false. */
bool users_check(struct slice hash, const char *password);

#endif
