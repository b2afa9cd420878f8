/* done.c - numbers that are dealt with beyond the first that is not: ranges of them, in order */
/* SPDX-License-Identifier: MIT */
#include "hub/done.h"

#include <string.h>

static size_t count_of(const struct buf *done)
{
	return done->len / sizeof(struct done_range);
}

/* They are in bytes that may lie anywhere. */
static struct done_range at(const struct buf *done, size_t i)
{
	struct done_range range;

	memcpy(&range, done->data + i * sizeof(range), sizeof(range));
	return range;
}

/* `count` ranges from `i` on become this one. */
static void put(struct buf *done, size_t i, size_t count, struct done_range range)
{
	size_t from = i * sizeof(range), rest = done->len - from - count * sizeof(range);

	if (count == 0)
		buf_add(done, &range, sizeof(range));
	memmove(done->data + from + sizeof(range), done->data + from + count * sizeof(range), rest);
	memcpy(done->data + from, &range, sizeof(range));
	done->len = from + sizeof(range) + rest;
}

bool done_add(struct buf *done, uint64_t first, uint64_t last)
{
	struct done_range range = { first, last };
	size_t i = count_of(done), all = i, touched = 0;

	/* most come after those that there are */
	while (i > 0 && at(done, i - 1).last + 1 >= first) {
		struct done_range other = at(done, --i);

		if (other.first > last + 1)
			continue;
		touched++;
		range.first = other.first < range.first ? other.first : range.first;
		range.last = other.last > range.last ? other.last : range.last;
	}
	while (i < all && at(done, i).last + 1 < range.first)
		i++;
	if (touched == 0 && all >= DONE_MAX)
		return false;
	put(done, i, touched, range);
	return true;
}

uint64_t done_reach(struct buf *done, uint64_t seen)
{
	size_t gone = 0;

	while (gone < count_of(done) && at(done, gone).first <= seen + 1) {
		if (at(done, gone).last > seen)
			seen = at(done, gone).last;
		gone++;
	}
	if (gone == 0)
		return seen;
	done->len -= gone * sizeof(struct done_range);
	memmove(done->data, done->data + gone * sizeof(struct done_range), done->len);
	return seen;
}

uint64_t done_count(const struct buf *done, uint64_t first, uint64_t last)
{
	uint64_t count = 0;

	for (size_t i = 0; i < count_of(done); i++) {
		struct done_range range = at(done, i);
		uint64_t from = range.first > first ? range.first : first;
		uint64_t to = range.last < last ? range.last : last;

		if (from <= to)
			count += to - from + 1;
	}
	return count;
}
