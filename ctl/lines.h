/* lines.h - cuts a stream of output into lines */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_LINES_H
#define CTL_LINES_H

#include "proto/base/buf.h"

enum { LINES_MAX = 8192 }; /* bytes; a longer line is cut into several */

/* All-zero is a good start. */
struct lines {
	struct buf part; /* what has come of a line that is not over */
};

/* A line, without its newline (and a carriage return before it); it may be empty. */
typedef void (*lines_fn)(void *arg, struct slice line);

void lines_feed(struct lines *lines, struct slice bytes, lines_fn fn, void *arg);
void lines_end(struct lines *lines, lines_fn fn, void *arg); /* gives what had no newline */
void lines_done(struct lines *lines);

#endif
