/* fuzz_head.c - a head that is let through is still one after it was edited, and needs no more */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "gateway/head.h"
#include "gateway/ws_request.h"
#include "proto/base/mem.h"

enum { MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has(const struct buf *text, const char *part)
{
	return memmem(text->data, text->len, part, strlen(part));
}

static bool is_inside(struct slice part, struct slice whole)
{
	return part.len == 0 ||
		(part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/* Whatever it says, to read it takes no more memory than was announced. */
static void read_request(struct slice head)
{
	_cleanup_(buf_done) struct buf memory = { .cap = 0 };
	struct ws_request request;
	const char *before = buf_reserve(&memory, 2 * head.len);

	ws_request_read(head, &memory, &request);
	assert(memory.data == before && memory.len <= 2 * head.len);
	assert(is_inside(request.path, buf_slice(&memory)));
	assert(is_inside(request.query.room, buf_slice(&memory)));
	for (int i = 0; i < WS_FIELDS; i++)
		assert(is_inside(request.fields[i], head) ||
			is_inside(request.fields[i], buf_slice(&memory)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf once = { .cap = 0 }, twice = { .cap = 0 };
	struct slice bytes = slice_make(data, size);
	int verdict = head_check(bytes, MAX);
	size_t upgrade;

	/* what is not whole may become anything; what was refused stays so, whatever follows */
	for (size_t len = 0; len < size && verdict == 1; len += 1 + size / 64)
		assert(head_check(slice_make(data, len), MAX) == 0 ||
			head_check(slice_make(data, len), MAX) == 1);
	if (verdict != 1)
		return 0;
	assert(head_plain(bytes) <= size);
	upgrade = head_upgrade(bytes);
	assert(upgrade <= size);
	if (upgrade)
		read_request(slice_make(data, upgrade));
	if (!head_edit(bytes, &once)) {
		assert(once.len == 0);
		return 0;
	}
	/* a token's own header may make it longer than is let through from outside */
	if (once.len <= MAX)
		assert(head_check(buf_slice(&once), MAX) == 1);
	/* a room's name is made safe again: ~ may be how it begins */
	assert(!head_edit(buf_slice(&once), &twice) || has(&twice, "/ws/~") ||
		has(&twice, "/socket/~"));
	assert((head_upgrade(buf_slice(&once)) > 0) == (upgrade > 0));
	return 0;
}
