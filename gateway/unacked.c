/* unacked.c - what was said to the hub and is not acknowledged; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/unacked.h"

#include <assert.h>
#include <errno.h>

#include "proto/counters.h"

enum { KEEP = 64 * 1024 };

static const uint64_t NO_CONN = UINT64_MAX; /* the number of none */

void unacked_done(struct unacked *unacked)
{
	counter_sub(COUNTER_GATEWAY_UNACKED_BYTES, unacked_bytes(unacked));
	buf_done(&unacked->bytes);
	buf_done(&unacked->voided);
	*unacked = (struct unacked){ .max = unacked->max };
}

size_t unacked_bytes(const struct unacked *unacked)
{
	return unacked->bytes.len - unacked->head;
}

static uint32_t length_at(const struct unacked *unacked, size_t at)
{
	uint32_t len;

	memcpy(&len, unacked->bytes.data + at, sizeof(len));
	return len;
}

static size_t after(const struct unacked *unacked, size_t at)
{
	return at + sizeof(uint32_t) + length_at(unacked, at);
}

/* Every message of the sequence has its number first, so that any name of it will do. */
static void set_seq(struct msg *msg, uint64_t seq)
{
	msg->publish.seq = seq;
	assert(msg_seq(msg) == seq);
}

uint64_t unacked_push(struct unacked *unacked, struct msg *msg)
{
	size_t at = unacked->bytes.len;
	uint32_t len = 0;

	set_seq(msg, unacked->last + 1);
	buf_add(&unacked->bytes, &len, sizeof(len));
	msg_encode(&unacked->bytes, msg);
	len = (uint32_t)(unacked->bytes.len - at - sizeof(len));
	memcpy(unacked->bytes.data + at, &len, sizeof(len));
	counter_add(COUNTER_GATEWAY_UNACKED_BYTES, unacked->bytes.len - at);
	if (unacked_bytes(unacked) >= unacked->max)
		unacked->full = true;
	return ++unacked->last;
}

/* Where in `voided` this number is, or would be: how many bytes are before it. */
static size_t voided_before(const struct unacked *unacked, uint64_t seq)
{
	size_t low = 0, high = unacked->voided.len / sizeof(seq);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t there;

		memcpy(&there, unacked->voided.data + middle * sizeof(there), sizeof(there));
		if (there < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low * sizeof(seq);
}

static bool is_voided(const struct unacked *unacked, uint64_t seq)
{
	size_t at = voided_before(unacked, seq);

	return at < unacked->voided.len &&
		memcmp(unacked->voided.data + at, &seq, sizeof(seq)) == 0;
}

int unacked_void(struct unacked *unacked, uint64_t seq)
{
	size_t at = voided_before(unacked, seq);
	char *data;

	if (seq > unacked->last)
		return -EINVAL;
	if (seq <= unacked->acked || is_voided(unacked, seq))
		return 0;
	buf_add(&unacked->voided, &seq, sizeof(seq));
	data = unacked->voided.data;
	memmove(data + at + sizeof(seq), data + at, unacked->voided.len - sizeof(seq) - at);
	memcpy(data + at, &seq, sizeof(seq));
	return 0;
}

static struct slice first_unsent(const struct unacked *unacked)
{
	return slice_make(unacked->bytes.data + unacked->unsent + sizeof(uint32_t),
		length_at(unacked, unacked->unsent));
}

struct slice unacked_newest(const struct unacked *unacked)
{
	assert(unacked->sent + 1 == unacked->last);
	return first_unsent(unacked);
}

bool unacked_peek(const struct unacked *unacked, struct msg *ret_msg)
{
	struct slice bytes;
	int r;

	if (unacked->sent == unacked->last)
		return false;
	bytes = first_unsent(unacked);
	r = msg_decode(&bytes, ret_msg);
	assert(r == 0);
	if (is_voided(unacked, unacked->sent + 1))
		*ret_msg = (struct msg){ .type = MSG_DISCONNECT,
			.disconnect = { .seq = unacked->sent + 1, .conn = NO_CONN } };
	return true;
}

void unacked_sent(struct unacked *unacked)
{
	assert(unacked->sent < unacked->last);
	unacked->unsent = after(unacked, unacked->unsent);
	unacked->sent++;
	if (unacked->said < unacked->sent)
		unacked->said = unacked->sent;
}

bool unacked_withdraw(struct unacked *unacked, uint64_t seq)
{
	return seq > unacked->said && seq > unacked->acked && unacked_void(unacked, seq) == 0;
}

void unacked_rewind(struct unacked *unacked)
{
	unacked->sent = unacked->acked;
	unacked->unsent = unacked->head;
}

/*
 * Moves what is left to the front when it is the smaller part: each byte is moved at most once or
 * so.
 */
static void compact(struct unacked *unacked)
{
	if (unacked->head <= unacked->bytes.len / 2)
		return;
	buf_drop(&unacked->bytes, unacked->head);
	unacked->unsent -= unacked->head;
	unacked->head = 0;
	if (unacked->bytes.len == 0)
		buf_shrink(&unacked->bytes, KEEP);
}

int unacked_ack(struct unacked *unacked, uint64_t seq)
{
	size_t before = unacked_bytes(unacked);

	if (seq > unacked->last)
		return -EINVAL;
	while (unacked->acked < seq) {
		unacked->head = after(unacked, unacked->head);
		unacked->acked++;
	}
	if (unacked->sent < unacked->acked) {
		unacked->sent = unacked->acked;
		unacked->unsent = unacked->head;
	}
	buf_drop(&unacked->voided, voided_before(unacked, unacked->acked + 1));
	compact(unacked);
	counter_sub(COUNTER_GATEWAY_UNACKED_BYTES, before - unacked_bytes(unacked));
	if (unacked_bytes(unacked) <= unacked->max / 2)
		unacked->full = false;
	return 0;
}
