/* frame.c - an encoded WebSocket frame of the server's, shared by all who receive it */
/* SPDX-License-Identifier: MIT */
#include "gateway/frame.h"

#include <assert.h>

#include "proto/base/mem.h"
#include "proto/counters.h"

enum { FIN = 0x80, RSV1 = 0x40, OPCODE = 0x0f, LEN_16 = 126, LEN_64 = 127 };

size_t frame_header(char header[FRAME_HEADER_MAX], enum frame_opcode opcode, size_t payload_len)
{
	size_t bytes = payload_len < LEN_16 ? 0 : payload_len <= UINT16_MAX ? 2 : 8;

	header[0] = (char)(FIN | (int)opcode);
	header[1] = (char)(bytes == 0 ? payload_len : bytes == 2 ? LEN_16 : LEN_64);
	for (size_t i = 0; i < bytes; i++)
		header[2 + i] = (char)(payload_len >> (8 * (bytes - 1 - i)));
	return 2 + bytes;
}

static struct frame *join(struct slice header, struct slice payload)
{
	struct frame *frame;

	assert(payload.len <= UINT32_MAX - FRAME_HEADER_MAX);
	frame = mem_realloc(NULL, 1, sizeof(*frame) + header.len + payload.len);
	frame->refs = 1;
	frame->compressed = NULL;
	frame->key = 0;
	frame->len = (uint32_t)(header.len + payload.len);
	counter_add(COUNTER_GATEWAY_MEMORY_BYTES, sizeof(*frame) + frame->len);
	memcpy(frame->bytes, header.ptr, header.len);
	if (payload.len)
		memcpy(frame->bytes + header.len, payload.ptr, payload.len);
	return frame;
}

struct frame *frame_new(enum frame_opcode opcode, struct slice payload)
{
	char header[FRAME_HEADER_MAX];
	size_t len = frame_header(header, opcode, payload.len);

	return join(slice_make(header, len), payload);
}

struct frame *frame_new_raw(struct slice bytes)
{
	return join(SLICE(""), bytes);
}

struct frame *frame_new_compressed(enum frame_opcode opcode, struct slice payload)
{
	struct frame *frame = frame_new(opcode, payload);

	frame->bytes[0] = (char)(frame->bytes[0] | RSV1);
	return frame;
}

enum frame_opcode frame_opcode(const struct frame *frame)
{
	return (enum frame_opcode)(frame->bytes[0] & OPCODE);
}

bool frame_is_control(const struct frame *frame)
{
	return frame_opcode(frame) >= FRAME_CLOSE;
}

struct slice frame_payload(const struct frame *frame)
{
	size_t header = frame->bytes[1] == LEN_64 ? 10 : frame->bytes[1] == LEN_16 ? 4 : 2;

	return slice_make(frame->bytes + header, frame->len - header);
}

struct frame *frame_ref(struct frame *frame)
{
	frame->refs++;
	assert(frame->refs > 1);
	return frame;
}

void frame_unref(struct frame *frame)
{
	if (!frame)
		return;
	assert(frame->refs > 0);
	if (--frame->refs > 0)
		return;
	counter_sub(COUNTER_GATEWAY_MEMORY_BYTES, sizeof(*frame) + frame->len);
	if (frame->compressed != frame)
		frame_unref(frame->compressed);
	mem_free(frame);
}
