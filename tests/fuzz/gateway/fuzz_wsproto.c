/* fuzz_wsproto.c - frames mean the same wherever the stream is cut, and no limit is passed */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "gateway/wsproto.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 300 };

static void note(struct buf *out, const struct ws_event *event)
{
	size_t control = event->type == WS_MESSAGE ? MAX : WS_CONTROL_MAX;

	assert(event->payload.len <= control);
	assert(event->type != WS_MESSAGE || event->binary || utf8_valid(event->payload));
	assert(event->type != WS_CLOSE || event->payload.len != 1);
	buf_printf(out, "%d %d %d %zu ", (int)event->type, event->binary, (int)event->reason,
		event->payload.len);
	buf_put(out, event->payload);
}

/* Pieces of `step` bytes: all that the stream says. */
static void run(const uint8_t *data, size_t size, size_t step, bool binary, bool compressed,
	struct buf *out)
{
	const struct ws_limits limits = {
		.max_message = MAX,
		.binary = binary,
		.inflater = compressed ? inflater_new() : NULL,
	};
	struct wsproto ws = { .header_len = 0 };
	struct ws_event event;

	for (size_t begin = 0; begin < size; begin += step) {
		size_t len = size - begin < step ? size - begin : step;
		_cleanup_(mem_freep) char *piece = mem_strndup(data + begin, len);
		char *at = piece;

		do {
			wsproto_next(&ws, &limits, &at, &len, &event);
			if (event.type != WS_NOTHING)
				note(out, &event);
		} while (event.type != WS_NOTHING);
		assert(ws.over || len == 0);
	}
	wsproto_done(&ws);
	inflater_free(limits.inflater);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf whole = { .cap = 0 };

	if (size < 2)
		return 0;
	run(data + 1, size - 1, size, data[0] & 1, data[0] & 2, &whole);
	for (size_t step = 1; step < 9; step += 1 + (data[0] >> 6)) {
		_cleanup_(buf_done) struct buf cut = { .cap = 0 };

		run(data + 1, size - 1, step, data[0] & 1, data[0] & 2, &cut);
		assert(slice_eq(buf_slice(&cut), buf_slice(&whole)));
	}
	return 0;
}
