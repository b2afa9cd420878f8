/* pathname.h - the name of a room as a part of a path; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_PATHNAME_H
#define GATEWAY_PATHNAME_H

#include <stdbool.h>

#include "proto/base/buf.h"

/*
 * libwebsockets decodes a path, and then takes what it has decoded for more of it: `..` and `//`
 * vanish, `&` and `;` end it, `+` becomes a blank. So a name of a room behind /ws/ or /socket/ is
 * decoded here, once, and is given to it as ~ and hexadecimal digits, unless it is plain.
 */

/*
 * A request's target, with such a name made safe. False, and nothing is appended: it can stay as it
 * is. What cannot be a room becomes ~ alone.
 */
bool pathname_protect(struct slice target, struct buf *out);

/* A path as libwebsockets gives it begins with `folder`, and is a single name behind that. */
bool pathname_below(struct slice path, struct slice folder, struct slice *ret_name);

/* What such a name means, appended. What cannot be a room stays as it is, or is empty. */
struct slice pathname_room(struct slice name, struct buf *out);

#endif
