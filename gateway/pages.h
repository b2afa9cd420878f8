/* pages.h - the directory that files are served from */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_PAGES_H
#define GATEWAY_PAGES_H

#include "gateway/reply.h"
#include "gateway/static.h"

struct pages {
	int dir; /* -1: there is none */
};

/* `path`: static_dir; empty: where `make install` puts them, seen from the program. */
void pages_init(struct pages *pages, const char *path);
void pages_open(struct pages *pages, const char *path); /* it is another, or another is there */
void pages_done(struct pages *pages);

/*
 * The head of a reply with a file; the file too is to follow, if `ret_file` is set: it is then the
 * caller's, who is to send so many bytes of it.
 */
enum refusal pages_put(const struct pages *pages, const struct reply *reply, struct slice name,
	const struct static_ask *ask, int *ret_file, uint64_t *ret_size);

#endif
