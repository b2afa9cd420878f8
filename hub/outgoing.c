/* outgoing.c - what a gateway is sent: gathered in a turn, kept until the gateway has seen it */
/* SPDX-License-Identifier: MIT */
#include "hub/outgoing.h"

#include <assert.h>

#include "hub/done.h"
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
	buf_done(&out->done);
	buf_done(&out->gone);
}

/* What it holds was encoded here, so it can be decoded. */
static uint64_t take(struct slice *bytes)
{
	struct msg msg;
	int r = msg_decode(bytes, &msg);

	assert(r == 0);
	return msg_seq(&msg);
}

static unsigned count_numbered(struct slice bytes)
{
	unsigned count = 0;

	while (bytes.len)
		count += take(&bytes) != 0;
	return count;
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

/* Leaves what has no number, if that is still to be sent. */
static uint64_t shed(struct outgoing *out, struct parcel *parcel, bool loose)
{
	struct slice bytes = buf_slice(&parcel->bytes);
	struct buf kept = { .cap = 0 };
	uint64_t gone = count_numbered(bytes);
	struct msg msg;

	parcel->count = 0;
	while (loose && parcel->loose && bytes.len) {
		const char *from = bytes.ptr;
		int r = msg_decode(&bytes, &msg);

		assert(r == 0);
		if (msg_seq(&msg) == 0) {
			buf_add(&kept, from, (size_t)(bytes.ptr - from));
			parcel->count++;
		}
	}
	out->bytes -= parcel->bytes.len - kept.len;
	buf_done(&parcel->bytes);
	parcel->bytes = kept;
	parcel->first = parcel->last = 0;
	if (parcel->count == 0)
		parcel_free(out, parcel);
	return gone;
}

uint64_t outgoing_shed(struct outgoing *out, size_t max, bool loose)
{
	struct list *link = out->parcels.next, *next;
	bool sent = link != out->next;
	uint64_t gone = 0;

	for (; out->bytes > max && link->next != &out->parcels; link = next) {
		next = link->next;
		sent = sent && link != out->next;
		if (!entry(link)->stored)
			break;
		gone += shed(out, entry(link), loose && !sent);
	}
	return gone;
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
	parcel->stored = true;
	buf_put(&parcel->bytes, bytes);
	parcel->count = out->gaps ? count_numbered(bytes) : (unsigned)(last - first + 1);
	parcel->holes = parcel->count != last - first + 1;
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
	parcel->count = count_numbered(buf_slice(&kept));
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
	if (out->done.len)
		out->seen = done_reach(&out->done, out->seen);
	if (out->told < out->seen)
		out->told = out->seen;
	while (!list_empty(&out->parcels)) {
		struct parcel *parcel = entry(out->parcels.next);

		if (!parcel->stored || parcel->last == 0 || parcel->last > out->seen)
			break;
		parcel_free(out, parcel);
	}
}

/* Leaves what is not dealt with. */
static void prune(struct outgoing *out, struct parcel *parcel)
{
	struct slice bytes = buf_slice(&parcel->bytes);
	struct buf kept = { .cap = 0 };

	while (bytes.len) {
		const char *from = bytes.ptr;
		uint64_t seq = take(&bytes);

		if (seq && done_count(&out->done, seq, seq))
			parcel->count--;
		else
			buf_add(&kept, from, (size_t)(bytes.ptr - from));
	}
	out->bytes -= parcel->bytes.len - kept.len;
	parcel->holes |= parcel->bytes.len != kept.len;
	parcel->pruned |= parcel->bytes.len != kept.len;
	buf_done(&parcel->bytes);
	parcel->bytes = kept;
	if (count_numbered(buf_slice(&kept)))
		return;
	buf_add(&out->gone, &parcel->last, sizeof(parcel->last));
	parcel->first = parcel->last = 0;
	if (parcel->count == 0)
		parcel_free(out, parcel);
}

void outgoing_handled(struct outgoing *out, uint64_t first, uint64_t last)
{
	struct list *link, *next;

	if (first <= out->seen)
		first = out->seen + 1;
	if (first > last || !done_add(&out->done, first, last))
		return;
	for (link = out->parcels.next; link != &out->parcels; link = next) {
		struct parcel *parcel = entry(link);

		next = link->next;
		if (parcel->stored && parcel->last && parcel->last >= first &&
			parcel->first <= last)
			prune(out, parcel);
	}
	outgoing_seen(out, out->seen);
}

/* What has been seen of the first parcel goes, and all of it if there is no more. */
static bool trim_first(struct outgoing *out)
{
	struct parcel *parcel = entry(out->parcels.next);
	struct slice bytes = buf_slice(&parcel->bytes), rest = bytes;
	uint64_t first = 0;
	unsigned gone = 0;
	struct msg msg;

	while (rest.len && first == 0) {
		int r = msg_decode(&rest, &msg);

		assert(r == 0);
		if (msg_seq(&msg) > out->seen) {
			first = msg_seq(&msg);
		} else {
			bytes = rest;
			gone++;
		}
	}
	if (first == 0) {
		parcel_free(out, parcel);
		return true;
	}
	out->bytes -= parcel->bytes.len - bytes.len;
	memmove(parcel->bytes.data, bytes.ptr, bytes.len);
	parcel->bytes.len = bytes.len;
	parcel->count -= gone;
	parcel->first = first;
	return false;
}

/*
 * Of a handler, which may also say that it has seen what was not sent to it yet. What is left of
 * what is stored has numbers (tighten()).
 */
static void trim(struct outgoing *out)
{
	bool more = true;

	while (more && !list_empty(&out->parcels)) {
		const struct parcel *parcel = entry(out->parcels.next);

		more = parcel->stored && parcel->first && parcel->first <= out->seen &&
			trim_first(out);
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
	if (out->gaps)
		trim(out);
	out->told = out->seen;
	out->next = out->parcels.next;
}

/* What is not told of the numbers after `told`, up to `last`, if there are any: why. */
static unsigned put_gap(const struct outgoing *out, uint64_t told, uint64_t last, struct buf *raw)
{
	struct msg msg = { .type = MSG_SKIPPED, .skipped = { .seq = last } };
	uint64_t count;

	if (last <= told)
		return 0;
	count = last - told;
	if (out->skips)
		count -= done_count(&out->done, told + 1, last);
	if (count) {
		msg.type = MSG_MISSED;
		msg.missed = (struct msg_missed){ .seq = last, .count = count };
	}
	msg_encode(raw, &msg);
	return 1;
}

/* What is missing before the parcel. */
static int tell_gap(struct outgoing *out, const struct parcel *parcel,
	int (*send)(void *arg, struct slice messages, unsigned count), void *arg)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	int r;

	if (!out->gaps || parcel->first == 0 ||
		put_gap(out, out->told, parcel->first - 1, &raw) == 0)
		return 0;
	r = send(arg, buf_slice(&raw), 1);
	if (r == 0)
		out->told = parcel->first - 1;
	return r;
}

/* The parcel, and what is missing in it. */
static int send_holes(const struct outgoing *out, const struct parcel *parcel,
	int (*send)(void *arg, struct slice messages, unsigned count), void *arg)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct slice bytes = buf_slice(&parcel->bytes);
	unsigned count = parcel->count;
	uint64_t told = out->told;

	while (bytes.len) {
		const char *from = bytes.ptr;
		uint64_t seq = take(&bytes);

		if (seq) {
			count += put_gap(out, told, seq - 1, &raw);
			told = seq;
		}
		buf_add(&raw, from, (size_t)(bytes.ptr - from));
	}
	count += put_gap(out, told, parcel->last, &raw);
	return send(arg, buf_slice(&raw), count);
}

int outgoing_drain(struct outgoing *out, uint64_t round,
	int (*send)(void *arg, struct slice messages, unsigned count), void *arg)
{
	while (outgoing_waits(out)) {
		struct parcel *parcel = entry(out->next);
		int r;

		if (!parcel->stored || parcel->round > round)
			break;
		r = tell_gap(out, parcel, send, arg);
		if (r == 0 && parcel->holes && parcel->last)
			r = send_holes(out, parcel, send, arg);
		else if (r == 0)
			r = send(arg, buf_slice(&parcel->bytes), parcel->count);
		if (r < 0)
			return r;
		if (parcel->last)
			out->told = parcel->last;
		out->next = parcel->link.next;
		tighten(out, parcel);
	}
	return 0;
}
