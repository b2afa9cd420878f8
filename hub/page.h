/* page.h - a page of a long list, in any order, found in one pass; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_PAGE_H
#define HUB_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

/* Where something stands: by number, then by text, then by serial. No two are alike. */
struct page_key {
	uint64_t number;
	struct slice text; /* borrowed for as long as the page lives */
	uint64_t serial;
};

struct page_item {
	struct page_key key;
	const void *what;
};

/* `most` and one more, which tells that there are others. */
struct page {
	struct page_item *items;
	size_t count, most;
	bool descending;
	bool goes_on; /* behind this: */
	struct page_key after;
	uint32_t total; /* of all that were offered */
};

void page_init(struct page *page, size_t most, bool descending);
void page_go_on(struct page *page, const struct page_key *after);
void page_done(struct page *page);

void page_add(struct page *page, const struct page_key *key, const void *what);

int page_order(const struct page_key *a, const struct page_key *b);

#endif
