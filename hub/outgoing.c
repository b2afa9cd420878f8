/* outgoing.c - what a gateway is sent: gathered in a turn, kept until the gateway has seen it */
/* SPDX-License-Identifier: MIT */
#include "hub/outgoing.h"

#include <assert.h>

#include "proto/base/mem.h"

static struct parcel *entry(struct list *link)
{
	return LIST_ENTRY(link, struct parcel, link);
}

void outgoing_init(struct outgoing *out)
{
	*out = (struct outgoing){ .bytes = 0 };
	list_init(&out->parcels);
	out->next = &out->parcels;
}

static struct parcel *parcel_new(struct outgoing *out)
{
	struct parcel *parcel = mem_alloc(sizeof(*parcel));

	list_init(&parcel->link);
	list_append(&out->parcels, &parcel->link);
	if (out->next == &out->parcels)
		out->next = &parcel->link;
	return parcel;
}

static void parcel_free(struct outgoing *out, struct parcel *parcel)
{
	if (out->next == &parcel->link)
		out->next = parcel->link.next;
	out->bytes -= parcel->bytes.len;
	list_remove(&parcel->link);
	buf_done(&parcel->bytes);
	mem_free(parcel);
}

void outgoing_done(struct outgoing *out)
{
	while (!list_empty(&out->parcels))
		parcel_free(out, entry(out->parcels.next));
}

unsigned outgoing_count(const struct outgoing *out)
{
	unsigned count = 0;

	for (struct list *link = out->parcels.next; link != &out->parcels; link = link->next)
		count += entry(link)->count;
	return count;
}

uint64_t outgoing_first(const struct outgoing *out)
{
	for (struct list *link = out->parcels.next; link != &out->parcels; link = link->next)
		if (entry(link)->first)
			return entry(link)->first;
	return 0;
}

/* The parcel that this turn's messages are put in. */
static struct parcel *open_parcel(struct outgoing *out)
{
	struct parcel *last = list_empty(&out->parcels) ? NULL : entry(out->parcels.prev);

	return last && !last->stored && last->bytes.len < PARCEL_MAX ? last : parcel_new(out);
}

void outgoing_add(struct outgoing *out, const struct msg *msg)
{
	struct parcel *parcel = open_parcel(out);
	size_t before = parcel->bytes.len;
	uint64_t seq = msg_seq(msg);

	msg_encode(&parcel->bytes, msg);
	out->bytes += parcel->bytes.len - before;
	parcel->count++;
	if (seq == 0) {
		parcel->loose = true;
		return;
	}
	if (parcel->first == 0)
		parcel->first = seq;
	parcel->last = seq;
}

void outgoing_restore(struct outgoing *out, uint64_t first, uint64_t last, struct slice bytes)
{
	struct parcel *parcel = parcel_new(out);

	parcel->first = first;
	parcel->last = last;
	parcel->count = (unsigned)(last - first + 1);
	parcel->stored = true;
	buf_put(&parcel->bytes, bytes);
	out->bytes += bytes.len;
}

/* They are at the end. */
struct parcel *outgoing_fresh(const struct outgoing *out, const struct parcel *parcel)
{
	struct list *link = parcel ? parcel->link.prev : out->parcels.prev;

	return link == &out->parcels || entry(link)->stored ? NULL : entry(link);
}

/* What it holds was encoded here, so it can be decoded. */
struct slice parcel_numbered(const struct parcel *parcel, struct buf *raw)
{
	struct slice bytes = buf_slice(&parcel->bytes);

	if (!parcel->loose)
		return bytes;
	buf_clear(raw);
	while (bytes.len) {
		const char *from = bytes.ptr;
		struct msg msg;
		int r = msg_decode(&bytes, &msg);

		assert(r == 0);
		if (msg_seq(&msg))
			buf_add(raw, from, (size_t)(bytes.ptr - from));
	}
	return buf_slice(raw);
}

/* Leaves what has a number. */
static void tighten(struct outgoing *out, struct parcel *parcel)
{
	struct buf kept = { .cap = 0 };

	if (parcel->last == 0) {
		parcel_free(out, parcel);
		return;
	}
	if (!parcel->loose)
		return;
	out->bytes -= parcel->bytes.len;
	(void)parcel_numbered(parcel, &kept);
	buf_done(&parcel->bytes);
	parcel->bytes = kept;
	parcel->count = (unsigned)(parcel->last - parcel->first + 1);
	parcel->loose = false;
	out->bytes += kept.len;
}

void outgoing_stored(struct outgoing *out, uint64_t round, bool away)
{
	struct parcel *parcel = outgoing_fresh(out, NULL);

	while (parcel) {
		struct list *before = parcel->link.prev;

		parcel->stored = true;
		parcel->round = round;
		if (away)
			tighten(out, parcel);
		parcel = before == &out->parcels || entry(before)->stored ? NULL : entry(before);
	}
}

void outgoing_seen(struct outgoing *out, uint64_t seen)
{
	if (seen > out->seen)
		out->seen = seen;
	while (!list_empty(&out->parcels)) {
		struct parcel *parcel = entry(out->parcels.next);

		if (!parcel->stored || parcel->last == 0 || parcel->last > out->seen)
			break;
		parcel_free(out, parcel);
	}
}

void outgoing_rewind(struct outgoing *out)
{
	struct list *link = out->parcels.next;

	while (link != &out->parcels) {
		struct list *next = link->next;

		if (entry(link)->stored)
			tighten(out, entry(link));
		link = next;
	}
	out->next = out->parcels.next;
}

int outgoing_drain(struct outgoing *out, uint64_t round,
	int (*send)(void *arg, struct slice messages, unsigned count), void *arg)
{
	while (outgoing_waits(out)) {
		struct parcel *parcel = entry(out->next);
		int r;

		if (!parcel->stored || parcel->round > round)
			break;
		r = send(arg, buf_slice(&parcel->bytes), parcel->count);
		if (r < 0)
			return r;
		out->next = parcel->link.next;
		tighten(out, parcel);
	}
	return 0;
}
