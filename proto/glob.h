/* glob.h - patterns of names: `*` is any run of characters, `?` is one */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_GLOB_H
#define PROTO_GLOB_H

#include <stdbool.h>

#include "proto/base/buf.h"

/* Both are valid UTF-8. Takes time in proportion to the product of their lengths at most. */
bool glob_matches(struct slice pattern, struct slice text);

#endif
