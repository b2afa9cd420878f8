/* wsproto.c - RFC 6455 as a server reads it: frames to messages; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/wsproto.h"

#include <errno.h>

#include "proto/base/utf8.h"
#include "proto/counters.h"

/* Section 5.2. */
enum { FIN = 0x80, RSV1 = 0x40, RESERVED = 0x70, OPCODE = 0x0f, MASKED = 0x80, LEN = 0x7f };
enum { LEN_16 = 126, LEN_64 = 127, MASK_LEN = 4 };
enum { OP_MORE = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };
enum { NORMAL_CLOSURE = 1000 };

void wsproto_done(struct wsproto *ws)
{
	assembly_done(&ws->assembly);
	buf_done(&ws->control);
}

size_t wsproto_memory(const struct wsproto *ws)
{
	return ws->assembly.buf.cap + ws->control.cap;
}

bool wsproto_is_clean(struct slice close_payload)
{
	const unsigned char *p = (const unsigned char *)close_payload.ptr;

	return close_payload.len < 2 || (p[0] << 8 | p[1]) == NORMAL_CLOSURE;
}

static void fail(struct wsproto *ws, enum close_reason reason, struct ws_event *ret_event)
{
	ws->over = true;
	wsproto_done(ws);
	*ret_event = (struct ws_event){ .type = WS_FAILED, .reason = reason };
}

static int opcode(const struct wsproto *ws)
{
	return ws->header[0] & OPCODE;
}

static bool is_control(const struct wsproto *ws)
{
	return opcode(ws) >= OP_CLOSE;
}

static bool is_final(const struct wsproto *ws)
{
	return ws->header[0] & FIN;
}

/* ---- headers ---- */

/* Known from the second byte on. */
static uint8_t header_need(const struct wsproto *ws)
{
	int len = ws->header_len < 2 ? 0 : ws->header[1] & LEN;

	if (ws->header_len < 2)
		return 2;
	return (uint8_t)(2 + MASK_LEN + (len == LEN_16 ? 2 : len == LEN_64 ? 8 : 0));
}

/* RSV1 says that a message is compressed, in its first frame (RFC 7692 section 6). */
static int reserved_bits(const struct wsproto *ws, const struct ws_limits *limits)
{
	bool may_be_compressed = opcode(ws) == OP_TEXT || opcode(ws) == OP_BINARY;

	return limits->inflater && may_be_compressed ? RESERVED & ~RSV1 : RESERVED;
}

/* What the first two bytes may not say. */
static bool header_breaks_rules(const struct wsproto *ws, const struct ws_limits *limits)
{
	if ((ws->header[0] & reserved_bits(ws, limits)) || !(ws->header[1] & MASKED))
		return true;
	if (is_control(ws))
		return !is_final(ws) || (ws->header[1] & LEN) > WS_CONTROL_MAX ||
			opcode(ws) > OP_PONG;
	if (opcode(ws) > OP_BINARY)
		return true;
	return (opcode(ws) == OP_MORE) != ws->in_message;
}

static uint64_t header_payload(const struct wsproto *ws)
{
	uint64_t len = 0;

	for (int i = 2; i < ws->header_len - MASK_LEN; i++)
		len = len << 8 | ws->header[i];
	return ws->header_len == 2 + MASK_LEN ? (uint64_t)(ws->header[1] & LEN) : len;
}

/* The shortest form that holds it is the only one. */
static bool length_breaks_rules(const struct wsproto *ws, uint64_t payload)
{
	int form = ws->header[1] & LEN;

	if (form == LEN_64)
		return payload <= UINT16_MAX || payload >> 63;
	return form == LEN_16 && payload < LEN_16;
}

/* As it comes: a compressed one may be a little longer than what is in it. */
static size_t max_message(const struct wsproto *ws, const struct ws_limits *limits)
{
	return ws->compressed ? inflater_most(limits->max_message) : limits->max_message;
}

static enum close_reason begin_frame(struct wsproto *ws, const struct ws_limits *limits)
{
	ws->remaining = header_payload(ws);
	ws->mask_at = 0;
	ws->in_payload = true;
	if (length_breaks_rules(ws, ws->remaining))
		return CLOSE_PROTOCOL;
	if (is_control(ws))
		return CLOSE_NORMAL;
	if (opcode(ws) != OP_MORE) {
		ws->binary = opcode(ws) == OP_BINARY;
		ws->compressed = ws->header[0] & RSV1;
		ws->begun = false;
	}
	ws->in_message = !is_final(ws);
	if (ws->binary && !limits->binary)
		return CLOSE_UNSUPPORTED;
	/* told as soon as it is known, not when it has come */
	if (ws->remaining > max_message(ws, limits))
		return CLOSE_TOO_BIG;
	return CLOSE_NORMAL;
}

/* NORMAL: fine as far as it has come. */
static enum close_reason take_header(
	struct wsproto *ws, const struct ws_limits *limits, char **at, size_t *len)
{
	while (*len > 0 && ws->header_len < header_need(ws)) {
		ws->header[ws->header_len++] = (unsigned char)*(*at)++;
		(*len)--;
		if (ws->header_len == 2 && header_breaks_rules(ws, limits))
			return CLOSE_PROTOCOL;
	}
	return ws->header_len == header_need(ws) ? begin_frame(ws, limits) : CLOSE_NORMAL;
}

/* ---- payloads ---- */

/* Eight bytes at a time; the mask is turned so that it begins with the byte that is next. */
static void unmask(struct wsproto *ws, char *bytes, size_t len)
{
	const unsigned char *mask = ws->header + ws->header_len - MASK_LEN;
	unsigned char turned[8];
	uint64_t wide, word;
	size_t i = 0;

	for (size_t j = 0; j < sizeof(turned); j++)
		turned[j] = mask[(ws->mask_at + j) % MASK_LEN];
	memcpy(&wide, turned, sizeof(wide));
	for (; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		word ^= wide;
		memcpy(bytes + i, &word, sizeof(word));
	}
	for (; i < len; i++)
		bytes[i] = (char)(bytes[i] ^ (char)turned[i % MASK_LEN]);
	ws->mask_at = (uint8_t)((ws->mask_at + len) % MASK_LEN);
}

/* Section 7.4: those that may stand in a frame, and those of applications. */
static bool close_code_valid(unsigned code)
{
	return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
		(code >= 3000 && code <= 4999);
}

static void end_close(struct wsproto *ws, struct slice payload, struct ws_event *ret_event)
{
	const unsigned char *p = (const unsigned char *)payload.ptr;

	if (payload.len == 1 ||
		(payload.len >= 2 && !close_code_valid((unsigned)p[0] << 8 | p[1]))) {
		fail(ws, CLOSE_PROTOCOL, ret_event);
		return;
	}
	if (payload.len > 2 && !utf8_valid(slice_make(payload.ptr + 2, payload.len - 2))) {
		fail(ws, CLOSE_BAD_UTF8, ret_event);
		return;
	}
	ws->over = true;
	*ret_event = (struct ws_event){ .type = WS_CLOSE, .payload = payload };
}

/* A control frame is whole. The buffer behind the payload is emptied by the next one. */
static void end_control(struct wsproto *ws, struct slice payload, struct ws_event *ret_event)
{
	if (opcode(ws) == OP_CLOSE)
		end_close(ws, payload, ret_event);
	else
		*ret_event = (struct ws_event){ .type = opcode(ws) == OP_PING ? WS_PING : WS_PONG,
			.payload = payload };
}

static void take_control(
	struct wsproto *ws, struct slice bytes, bool first, struct ws_event *ret_event)
{
	if (first)
		buf_done(&ws->control);
	if (first && ws->remaining == 0) {
		end_control(ws, bytes, ret_event);
		return;
	}
	buf_put(&ws->control, bytes);
	if (ws->remaining == 0)
		end_control(ws, buf_slice(&ws->control), ret_event);
}

/* Text is checked now, not as it comes: only now it is there. */
static enum close_reason inflate_message(
	const struct wsproto *ws, const struct ws_limits *limits, struct slice *message)
{
	int r = inflater_take(limits->inflater, *message, limits->max_message, message);

	if (r == -EMSGSIZE) {
		counter_add(COUNTER_GATEWAY_INFLATE_TOO_BIG, 1);
		return CLOSE_TOO_BIG;
	}
	if (r < 0)
		return CLOSE_BAD_DEFLATE;
	return ws->binary || utf8_valid(*message) ? CLOSE_NORMAL : CLOSE_BAD_UTF8;
}

static void end_message(struct wsproto *ws, const struct ws_limits *limits, struct slice message,
	struct ws_event *ret_event)
{
	enum close_reason reason = CLOSE_NORMAL;

	if (ws->compressed)
		reason = inflate_message(ws, limits, &message);
	if (reason != CLOSE_NORMAL)
		fail(ws, reason, ret_event);
	else
		*ret_event = (struct ws_event){
			.type = WS_MESSAGE, .binary = ws->binary, .payload = message
		};
}

static void take_data(struct wsproto *ws, const struct ws_limits *limits, struct slice bytes,
	struct ws_event *ret_event)
{
	struct piece piece = {
		.bytes = bytes,
		.remaining = (size_t)ws->remaining,
		.first = !ws->begun,
		.last = !ws->in_message && ws->remaining == 0,
		.binary = ws->binary || ws->compressed,
	};
	struct slice message;
	int r = assembly_add(&ws->assembly, &piece, max_message(ws, limits), &message);

	ws->begun = true;
	if (r < 0)
		fail(ws, r == -EMSGSIZE ? CLOSE_TOO_BIG : CLOSE_BAD_UTF8, ret_event);
	else if (r == 1)
		end_message(ws, limits, message, ret_event);
}

static void take_payload(struct wsproto *ws, const struct ws_limits *limits, char **at, size_t *len,
	struct ws_event *ret_event)
{
	size_t take = ws->remaining < *len ? (size_t)ws->remaining : *len;
	struct slice bytes = slice_make(*at, take);
	bool first = ws->remaining == header_payload(ws);

	unmask(ws, *at, take);
	*at += take;
	*len -= take;
	ws->remaining -= take;
	if (is_control(ws))
		take_control(ws, bytes, first, ret_event);
	else
		take_data(ws, limits, bytes, ret_event);
	if (ws->remaining == 0) {
		ws->in_payload = false;
		ws->header_len = 0;
	}
}

void wsproto_next(struct wsproto *ws, const struct ws_limits *limits, char **at, size_t *len,
	struct ws_event *ret_event)
{
	*ret_event = (struct ws_event){ .type = WS_NOTHING };
	if (ws->assembly.buf.len && !ws->in_message && !ws->in_payload)
		assembly_taken(&ws->assembly);
	while (ret_event->type == WS_NOTHING && !ws->over) {
		if (!ws->in_payload) {
			enum close_reason reason = take_header(ws, limits, at, len);

			if (reason != CLOSE_NORMAL) {
				fail(ws, reason, ret_event);
				return;
			}
			if (!ws->in_payload)
				return;
		}
		if (*len == 0 && ws->remaining > 0)
			return;
		take_payload(ws, limits, at, len, ret_event);
	}
}
