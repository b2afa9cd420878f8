/* lines.c - cuts a stream of output into lines */
/* SPDX-License-Identifier: MIT */
#include "ctl/lines.h"

static void give(struct lines *lines, lines_fn fn, void *arg)
{
	struct slice line = buf_slice(&lines->part);

	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	fn(arg, line);
	buf_clear(&lines->part);
}

void lines_feed(struct lines *lines, struct slice bytes, lines_fn fn, void *arg)
{
	while (bytes.len) {
		size_t room = LINES_MAX - lines->part.len;
		size_t take = bytes.len < room ? bytes.len : room;
		const char *newline = memchr(bytes.ptr, '\n', take);

		if (newline)
			take = (size_t)(newline - bytes.ptr);
		buf_add(&lines->part, bytes.ptr, take);
		if (newline || lines->part.len == LINES_MAX)
			give(lines, fn, arg);
		take += newline != NULL;
		bytes = slice_make(bytes.ptr + take, bytes.len - take);
	}
}

void lines_end(struct lines *lines, lines_fn fn, void *arg)
{
	if (lines->part.len)
		give(lines, fn, arg);
}

void lines_done(struct lines *lines)
{
	buf_done(&lines->part);
}
