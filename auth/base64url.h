/* base64url.h - RFC 4648 section 5 without padding, as JWTs write it; strict */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_BASE64URL_H
#define AUTH_BASE64URL_H

#include "proto/base/buf.h"

/*
 * Appends the bytes that `text` stands for. -EINVAL for any other character, an impossible length,
 * or bits left over that are not zero (the same bytes would have two spellings); `out` then holds
 * what it held before.
 */
int base64url_decode(struct buf *out, struct slice text);

#endif
