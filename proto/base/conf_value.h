/* conf_value.h - the value of one setting: read from text, written, compared */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_CONF_VALUE_H
#define PROTO_BASE_CONF_VALUE_H

#include "proto/base/conf.h"

enum { CONF_VALUE_MAX = 2000 }; /* bytes: quoted, it still fits into a line of the file */

/*
 * Reads `text`, as it is meant (no quotes, no comment), into the key's member of `section`, which
 * frees what it held. 0, or -EINVAL with what is wrong in ret_why; then the member is untouched.
 */
int conf_value_read(
	const struct conf_key *key, struct slice text, void *section, struct buf *ret_why);
void conf_value_print(const struct conf_key *key, const void *section, struct buf *out);
bool conf_value_eq(const struct conf_key *key, const void *a, const void *b);
void conf_value_free(const struct conf_key *key, void *section);

/*
 * What stands after the `=` in the file: a bare text, or one in double quotes where \" and \\ are
 * escapes; then perhaps a comment, ` ;` or ` #`. Appends what is meant; NULL, or what is wrong.
 */
const char *conf_value_unquote(struct slice text, struct buf *out);
/* Reads one text in quotes, which `text` begins with, and moves on to what follows it. */
const char *conf_value_quoted(struct slice *text, struct buf *out);
bool conf_value_comment(struct slice text); /* nothing, or blanks, or a comment */
void conf_value_put_quoted(struct buf *out, struct slice text);

#endif
