/* conf_hint.h - which of the known names was perhaps meant by a wrong one */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_CONF_HINT_H
#define PROTO_BASE_CONF_HINT_H

#include <stddef.h>

/* All-zero at first; after conf_hint_try() of each known name, `name` is the nearest or NULL. */
struct conf_hint {
	const char *name;
	size_t distance;
};

void conf_hint_try(struct conf_hint *hint, const char *wrong, const char *name);

#endif
