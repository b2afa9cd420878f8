/* body.h - bodies of messages as users give them, and as the wire has them */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_BODY_H
#define HANDLER_BODY_H

#include "proto/atrium.h"
#include "proto/base/buf.h"

enum {
	BODY_MAX = 16 * 1024 * 1024, /* bytes; the hub's settings say how many it takes */
	BODY_DEPTH = 32, /* of its JSON */
};

/*
 * A user's body into the wire's format and bytes, borrowed. `len` 0: up to its NUL, but of
 * ATRIUM_BINARY. -EINVAL: it is not what it is said to be; -EMSGSIZE.
 */
int body_take(enum atrium_format format, const char *body, size_t len, uint8_t *ret_format,
	struct slice *ret_body);

#endif
