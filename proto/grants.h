/* grants.h - which rights someone has in which rooms, as it travels between processes */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_GRANTS_H
#define PROTO_GRANTS_H

#include <stdbool.h>

#include "proto/base/buf.h"

enum right {
#define RIGHT(NAME, name, letter) RIGHT_##NAME,
#include "proto/rights.def"
#undef RIGHT
	RIGHTS,
};

enum {
	GRANTS_MAX = 256,
	GRANTS_PATTERN_MAX = 255, /* bytes, as a room's name */
};

/*
 * A line for each: letters of rights in the order of rights.def, a space, a pattern (glob.h). Text
 * without control characters and NUL bytes, so that it can be kept as a C string.
 */
const char *right_name(enum right right);
enum right right_named(struct slice name); /* RIGHTS: none is */
bool grants_pattern_valid(struct slice pattern);

/* `rights`: 1 << right of each, at least one; the pattern is valid. */
void grants_add(struct buf *out, unsigned rights, struct slice pattern);

bool grants_valid(struct slice grants); /* empty is */
/* Of valid ones. */
bool grants_allow(struct slice grants, enum right right, struct slice room);

#endif
