/* utf8.h - is it well-formed UTF-8 (RFC 3629)? */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_UTF8_H
#define PROTO_BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

bool utf8_valid(struct slice text); /* no overlong forms, no surrogates, nothing over U+10FFFF */
bool utf8_printable(struct slice text); /* valid, and without control characters (C0, DEL, C1) */
/* The code point that text begins with, and how many bytes it has; 0 if it is not well formed. */
size_t utf8_get(struct slice text, uint32_t *ret_code_point);
/* bytes added; code_point is a valid scalar value */
size_t utf8_put(struct buf *out, uint32_t code_point);

#endif
