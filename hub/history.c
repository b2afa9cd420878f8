/* history.c - the last messages of a room: a ring; knows no store */
/* SPDX-License-Identifier: MIT */
#include "hub/history.h"

#include <assert.h>

#include "proto/base/mem.h"

enum { CAP_MIN = 8 };

static void drop_first(struct history *history)
{
	mem_free(history->ring[history->first]);
	history->first = (history->first + 1) % history->cap;
	history->count--;
}

void history_done(struct history *history)
{
	while (history->count)
		drop_first(history);
	mem_free(history->ring);
	*history = (struct history){ .cap = 0 };
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
}

void history_add(struct history *history, struct event *event, unsigned max)
{
	assert(max > 0 && !history->unloaded);
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
	const struct kept *last = history->count
		? history->ring[(history->first + history->count - 1) % history->cap]
		: NULL;

	while (last && history->count && last->offset + 1 != event->offset)
		drop_first(history);
	push(history, event);
}

void history_restored(struct history *history)
{
	history->unloaded = false;
	while (history->count && history->ring[history->first]->offset != history_first(history))
		drop_first(history);
}

unsigned history_trim(struct history *history, unsigned max, uint64_t time)
{
	unsigned before = history->count;

	while (history->count > max ||
		(history->count && history->ring[history->first]->time < time))
		drop_first(history);
	return before - history->count;
}
