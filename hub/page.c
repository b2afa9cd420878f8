/* page.c - a page of a long list, in any order, found in one pass; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "hub/page.h"

#include "proto/base/mem.h"

void page_init(struct page *page, size_t most, bool descending)
{
	*page = (struct page){ .most = most, .descending = descending };
	page->items = mem_array(most + 2, sizeof(*page->items));
}

void page_go_on(struct page *page, const struct page_key *after)
{
	page->after = *after;
	page->goes_on = true;
}

void page_done(struct page *page)
{
	mem_free(page->items);
}

static int order_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int order_texts(struct slice a, struct slice b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	int order = least ? memcmp(a.ptr, b.ptr, least) : 0;

	return order ? order : order_numbers(a.len, b.len);
}

int page_order(const struct page_key *a, const struct page_key *b)
{
	int order = order_numbers(a->number, b->number);

	if (order == 0)
		order = order_texts(a->text, b->text);
	return order ? order : order_numbers(a->serial, b->serial);
}

static bool comes_before(
	const struct page *page, const struct page_key *a, const struct page_key *b)
{
	int order = page_order(a, b);

	return page->descending ? order > 0 : order < 0;
}

void page_add(struct page *page, const struct page_key *key, const void *what)
{
	size_t low = 0, high = page->count;

	page->total++;
	if (page->goes_on && !comes_before(page, &page->after, key))
		return;
	if (high > page->most && comes_before(page, &page->items[high - 1].key, key))
		return;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (comes_before(page, &page->items[middle].key, key))
			low = middle + 1;
		else
			high = middle;
	}
	memmove(page->items + low + 1, page->items + low,
		(page->count - low) * sizeof(*page->items));
	page->items[low] = (struct page_item){ .key = *key, .what = what };
	if (page->count <= page->most)
		page->count++;
}
