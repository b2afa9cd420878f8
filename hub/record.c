/* record.c - a kept message as bytes, as the journal has them one after the other */
/* SPDX-License-Identifier: MIT */
#include "hub/record.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>

static inline void put_number(char **at, uint64_t value, size_t bytes)
{
	value = htole64(value);
	memcpy(*at, &value, bytes);
	*at += bytes;
}

static inline uint64_t get_number(const char **at, size_t bytes)
{
	uint64_t value = 0;

	memcpy(&value, *at, bytes);
	*at += bytes;
	return le64toh(value);
}

static void put_text(char **at, struct slice text)
{
	if (text.len)
		memcpy(*at, text.ptr, text.len);
	*at += text.len;
}

void record_put(struct buf *out, uint64_t room, const struct event *event)
{
	const struct slice texts[] = { event->type, event->id, event->nickname, event->user };
	size_t size = record_size(event->body.len);
	char *at;

	assert(event->body.len <= UINT32_MAX);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert(texts[i].len <= UINT16_MAX);
		size += texts[i].len;
	}
	at = buf_reserve(out, size);
	put_number(&at, room, 8);
	put_number(&at, event->offset, 8);
	put_number(&at, event->time, 8);
	put_number(&at, event->body.len, 4);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		put_number(&at, texts[i].len, 2);
	put_number(&at, event->format, 1);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		put_text(&at, texts[i]);
	put_text(&at, event->body);
	out->len += size;
}

static struct slice get_text(const char **at, size_t len)
{
	struct slice text = { *at, len };

	*at += len;
	return text;
}

int record_next(struct slice *in, uint64_t *ret_room, struct event *ret_event)
{
	struct event event = { .room = { NULL, 0 } };
	struct slice *texts[] = { &event.type, &event.id, &event.nickname, &event.user,
		&event.body };
	const char *at = in->ptr;
	size_t size = RECORD_HEAD;
	uint64_t room, format;

	if (in->len == 0)
		return 0;
	if (in->len < RECORD_HEAD)
		return -EBADMSG;
	room = get_number(&at, 8);
	event.offset = get_number(&at, 8);
	event.time = get_number(&at, 8);
	event.body.len = get_number(&at, 4);
	for (size_t i = 0; i < 4; i++)
		texts[i]->len = get_number(&at, 2);
	format = get_number(&at, 1);
	for (size_t i = 0; i < 5; i++)
		size += texts[i]->len;
	if (size > in->len || format >= EVENT_FORMATS)
		return -EBADMSG;
	event.format = (enum event_format)format;
	for (size_t i = 0; i < 5; i++)
		*texts[i] = get_text(&at, texts[i]->len);
	*in = slice_make(at, in->len - size);
	*ret_room = room;
	*ret_event = event;
	return 1;
}
