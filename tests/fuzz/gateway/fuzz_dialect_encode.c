/* fuzz_dialect_encode.c - whatever names people have, what the server says of them is JSON */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>

#include "gateway/dialect.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STRINGS = 64, MEMBERS = 6 };

/* What names are made of, and numbers: the rest of the input. */
struct source {
	const uint8_t *at, *end;
	struct buf texts[STRINGS]; /* of each that was taken */
	size_t taken;
};

static uint64_t number(struct source *source)
{
	uint64_t value = 0;

	for (int i = 0; i < 8 && source->at < source->end; i++)
		value = value << 8 | *source->at++;
	return value;
}

/* UTF-8 without NUL, as all text is that was let in. */
static struct slice text(struct source *source)
{
	struct buf *out = &source->texts[source->taken++];
	size_t len = source->at < source->end ? *source->at++ : 0;
	struct slice rest;
	uint32_t code;

	assert(source->taken <= STRINGS);
	if (len > (size_t)(source->end - source->at))
		len = (size_t)(source->end - source->at);
	rest = slice_make(source->at, len);
	source->at += len;
	while (rest.len) {
		size_t n = utf8_get(rest, &code);

		if (n && code)
			buf_put(out, slice_make(rest.ptr, n));
		else
			buf_putc(out, '?');
		n = n ? n : 1;
		rest = slice_make(rest.ptr + n, rest.len - n);
	}
	return buf_slice(out);
}

static void expect_json(struct buf *out, bool always)
{
	json_t *tree;

	if (out->len == 0 && !always)
		return;
	tree = json_loadb(out->data, out->len, JSON_REJECT_DUPLICATES, NULL);
	assert(json_is_object(tree));
	json_decref(tree);
	buf_clear(out);
}

static struct msg_list members(struct source *source, struct buf *raw)
{
	struct msg_list list = { .count = 0 };

	for (int i = 0; i < MEMBERS && source->at < source->end; i++) {
		struct msg_member member = {
			.id = text(source), .nickname = text(source), .user = text(source)
		};

		msg_add_member(raw, &list, &member);
	}
	return list;
}

static struct msg_list rooms(struct source *source, struct buf *raw)
{
	struct msg_list list = { .count = 0 };

	for (int i = 0; i < MEMBERS && source->at < source->end; i++) {
		struct msg_roomstat room = { .name = text(source),
			.users = (uint32_t)number(source) };

		msg_add_roomstat(raw, &list, &room);
	}
	return list;
}

/* Of one client: welcome and answers. Numbers are those that jansson takes. */
static void check_own(const struct dialect *dialect, struct source *source, struct buf *out)
{
	struct dialect_welcome welcome = { .id = text(source),
		.nickname = text(source),
		.user = text(source),
		.resume = text(source),
		.room = text(source),
		.epoch = number(source),
		.ping_ms = number(source) >> 1 };
	struct msg_refusal refusal = { .error = (uint16_t)number(source), .code = text(source) };
	struct msg_result result = { .ref = SLICE("1") };
	struct msg_left left = { .room = text(source), .ref = SLICE("1.50") };

	dialect->welcome(out, &welcome);
	expect_json(out, true);
	dialect->left(out, &left);
	expect_json(out, true);
	dialect->authorized(out, text(source), (int64_t)(number(source) >> 1), left.ref);
	expect_json(out, true);
	dialect->pong(out, text(source), number(source) >> 1, left.ref);
	expect_json(out, true);
	dialect->error(out, (enum error)(number(source) % ERROR_MAX), left.ref);
	expect_json(out, true);
	refusal.text = text(source);
	dialect->refused(out, &refusal);
	expect_json(out, true);
	result.room = text(source);
	dialect->result(out, &result);
	expect_json(out, true);
	if (!dialect->closing)
		return;
	dialect->closing(out, close_row((enum close_reason)(number(source) % CLOSE_MAX)), 5);
	expect_json(out, true);
}

/* Of a room: who came, who is there, what there is. Nothing, where a dialect does not say it. */
static void check_room(const struct dialect *dialect, struct source *source, struct buf *out)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 }, raw2 = { .cap = 0 };
	struct msg_joined joined = { .room = text(source),
		.epoch = number(source),
		.offset = number(source) >> 1,
		.members = members(source, &raw) };
	struct msg_presence presence = { .conn = number(source) & 1,
		.room = joined.room,
		.members = joined.members,
		.ref = SLICE("\"r\"") };
	struct msg_roomlist roomlist = {
		.conn = presence.conn, .rooms = rooms(source, &raw2), .ref = presence.ref
	};
	struct msg_notice notice = {
		.room = text(source), .id = text(source), .nickname = text(source)
	};

	dialect->joined(out, &joined);
	expect_json(out, true);
	dialect->presence(out, &presence);
	expect_json(out, presence.conn != 0);
	dialect->roomlist(out, &roomlist);
	expect_json(out, roomlist.conn != 0);
	dialect->notice(out, &notice);
	expect_json(out, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dialect *const dialects[] = { &dialect_room, &dialect_command };
	_cleanup_(buf_done) struct buf out = { .cap = 0 };

	for (size_t i = 0; i < 2; i++) {
		struct source source = { .at = data, .end = data + size };

		check_own(dialects[i], &source, &out);
		check_room(dialects[i], &source, &out);
		for (size_t n = 0; n < STRINGS; n++)
			buf_done(&source.texts[n]);
	}
	return 0;
}
