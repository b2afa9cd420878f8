/* history.c - the last messages of a room: a ring; knows no store */
/* SPDX-License-Identifier: MIT */
#include "hub/history.h"

#include <assert.h>
#include <stdlib.h>

#include "hub/record.h"
#include "proto/base/mem.h"

enum { CAP_MIN = 8 };

static size_t size_of(const struct kept *kept)
{
	return record_size(kept->type.len + kept->id.len + kept->nickname.len + kept->user.len +
		kept->body.len);
}

static void drop_first(struct history *history)
{
	if (history->total)
		*history->total -= size_of(history->ring[history->first]);
	mem_free(history->ring[history->first]);
	history->first = (history->first + 1) % history->cap;
	history->count--;
}

void history_done(struct history *history)
{
	while (history->count)
		drop_first(history);
	mem_free(history->ring);
	*history = (struct history){ .total = history->total };
}

static void grow(struct history *history)
{
	unsigned cap = history->cap ? history->cap * 2 : CAP_MIN;
	struct kept **ring = mem_array(cap, sizeof(*ring));

	for (unsigned i = 0; i < history->count; i++)
		ring[i] = history->ring[(history->first + i) % history->cap];
	mem_free(history->ring);
	history->ring = ring;
	history->cap = cap;
	history->first = 0;
}

static struct slice copy(char **at, struct slice text)
{
	struct slice copied = { *at, text.len };

	if (text.len)
		memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return copied;
}

static void push(struct history *history, const struct event *event)
{
	size_t len = event->type.len + event->id.len + event->nickname.len + event->user.len +
		event->body.len;
	struct kept *kept = mem_alloc(sizeof(*kept) + len);
	char *at = kept->bytes;

	kept->offset = event->offset;
	kept->time = event->time;
	kept->format = event->format;
	kept->type = copy(&at, event->type);
	kept->id = copy(&at, event->id);
	kept->nickname = copy(&at, event->nickname);
	kept->user = copy(&at, event->user);
	kept->body = copy(&at, event->body);
	if (history->count == history->cap)
		grow(history);
	history->ring[(history->first + history->count) % history->cap] = kept;
	history->count++;
	if (history->total)
		*history->total += size_of(kept);
}

void history_add(struct history *history, struct event *event, unsigned max)
{
	assert(max > 0);
	while (history->count >= max)
		drop_first(history);
	event->offset = ++history->offset;
	push(history, event);
}

const struct kept *history_at(const struct history *history, uint64_t offset)
{
	uint64_t i = offset - history_first(history);

	assert(i < history->count);
	return history->ring[(history->first + i) % history->cap];
}

void history_restore(struct history *history, const struct event *event)
{
	if (event->offset > history->offset)
		push(history, event);
}

static int by_offset(const void *a, const void *b)
{
	const struct kept *first = *(struct kept *const *)a, *second = *(struct kept *const *)b;

	return (first->offset > second->offset) - (first->offset < second->offset);
}

void history_restored(struct history *history)
{
	unsigned i = history->count;

	if (i == 0)
		return;
	/* Nothing was dropped yet, so the ring begins at its first place. */
	assert(history->first == 0);
	qsort(history->ring, i, sizeof(*history->ring), by_offset);
	while (--i > 0 && history->ring[i - 1]->offset + 1 == history->ring[i]->offset)
		;
	while (i-- > 0)
		drop_first(history);
	history->offset = history_last(history)->offset;
}

unsigned history_trim(struct history *history, unsigned max, uint64_t time)
{
	unsigned before = history->count;

	while (history->count > max ||
		(history->count && history->ring[history->first]->time < time))
		drop_first(history);
	return before - history->count;
}
