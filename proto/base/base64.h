/* base64.h - bytes as text (RFC 4648 section 4) */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_BASE64_H
#define PROTO_BASE_BASE64_H

#include "proto/base/buf.h"

/* appends, with padding, without line breaks */
void base64_put(struct buf *out, struct slice bytes);
/* Appends the bytes; false, and nothing is appended: base64_put() would not have made this. */
bool base64_get(struct buf *out, struct slice text);

#endif
