/* json.h - a validating reader that yields slices of the text, and a writer; no tree */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_JSON_H
#define PROTO_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

/*
 * Accepts what jansson accepts with JSON_REJECT_DUPLICATES off, its limits on numbers aside:
 * RFC 8259 with an object or an array at the top, well-formed UTF-8, no \u0000, no lone
 * surrogates. (jansson also overlooks a NUL byte after a number; we do not.)
 */
enum json_type {
	JSON_TYPE_OBJECT,
	JSON_TYPE_ARRAY,
	JSON_TYPE_STRING,
	JSON_TYPE_NUMBER,
	JSON_TYPE_TRUE,
	JSON_TYPE_FALSE,
	JSON_TYPE_NULL
};

/* A value as it stands: a string with its quotes and escapes, an object with its braces. */
struct json_value {
	enum json_type type;
	struct slice text;
};

struct json_member {
	struct slice key; /* with quotes and escapes, as it stands */
	struct json_value value;
	struct slice text; /* from the key's first quote to the value's last byte */
};

enum { JSON_DEPTH_MAX = 1024 }; /* however large max_depth is */

/* 0; -EINVAL: not JSON; -EMLINK: deeper than max_depth (the outermost object has depth 1). */
int json_check(struct slice text, unsigned max_depth, struct json_value *ret_value);

/*
 * Walks the members of an object, or the elements of an array, that json_check() has accepted:
 *
 *	struct json_walk walk;
 *	json_walk_init(&walk, value.text);
 *	while (json_next_member(&walk, &member))
 */
struct json_walk {
	const char *at;
	const char *end;
};

void json_walk_init(struct json_walk *walk, struct slice text);
bool json_next_member(struct json_walk *walk, struct json_member *ret_member);
bool json_next_element(struct json_walk *walk, struct json_value *ret_value);

/* Strings; `text` has its quotes. */
/* by what it means: "a" is equal to "\u0061" */
bool json_string_eq(struct slice text, struct slice plain);
void json_string_decode(struct buf *out, struct slice text); /* appends UTF-8 */
/* As UTF-8: a slice of the text if it has no escapes, else of scratch (which is cleared). */
struct slice json_string_plain(struct slice text, struct buf *scratch);
/* only integers without exponent that fit */
bool json_number_i64(struct slice text, int64_t *ret_number);

/*
 * Writer: appends, and puts commas where the last byte asks for one. That plain text is UTF-8 is
 * checked by the caller.
 */
/* with quotes; escapes " \ and control characters, U+2028, U+2029 */
void json_put_string(struct buf *out, struct slice plain);
void json_begin(struct buf *out, char bracket); /* '{' or '[' */
void json_end(struct buf *out, char bracket); /* '}' or ']' */
void json_comma(struct buf *out); /* a comma if needed, before an array's element */
/* A comma if needed, then `"key":`. Keys are our own words, in which nothing has to be escaped. */
void json_put_key(struct buf *out, struct slice key);
static inline void json_key(struct buf *out, const char *key)
{
	json_put_key(out, slice_of(key)); /* its length is known to the compiler, most often */
}
static inline void json_add_string(struct buf *out, const char *key, struct slice plain)
{
	json_key(out, key);
	json_put_string(out, plain);
}
void json_add_i64(struct buf *out, const char *key, int64_t number);
void json_add_u64(struct buf *out, const char *key, uint64_t number);
/* NaN and infinities: null */
void json_add_double(struct buf *out, const char *key, double number, int decimals);
/* a string of 16 digits: an epoch */
void json_add_hex(struct buf *out, const char *key, uint64_t number);
void json_add_bool(struct buf *out, const char *key, bool value);
void json_add_null(struct buf *out, const char *key);
void json_add_raw(struct buf *out, const char *key, struct slice text); /* JSON text as it is */
void json_add_members(struct buf *out, struct slice members); /* `"a":1,"b":2`; nothing if empty */

#endif
