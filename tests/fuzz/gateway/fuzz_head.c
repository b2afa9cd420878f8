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

static bool is_inside_one(struct slice part, struct slice head, const struct buf *memory)
{
	return is_inside(part, head) || is_inside(part, buf_slice(memory));
}

/* Whatever it says, to read it takes no more memory than was announced. */
static void read_request(struct slice head)
{
	_cleanup_(buf_done) struct buf memory = { .cap = 0 };
	struct ws_request request;
	const char *before = buf_reserve(&memory, 2 * head.len);

	ws_request_read(head, &memory, &request);
	assert(memory.data == before && memory.len <= 2 * head.len);
	assert(is_inside_one(request.path, head, &memory));
	assert(is_inside_one(request.query.room, head, &memory));
	for (int i = 0; i < WS_FIELDS; i++)
		assert(is_inside_one(request.fields[i], head, &memory));
}

static int check(struct slice bytes)
{
	struct head head;

	return head_check(bytes, MAX, &head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf once = { .cap = 0 }, twice = { .cap = 0 };
	struct slice bytes = slice_make(data, size);
	struct head head, edited;
	int verdict = head_check(bytes, MAX, &head);

	/* what is not whole may become anything; what was refused stays so, whatever follows */
	for (size_t len = 0; len < size && verdict == 1; len += 1 + size / 64)
		assert(check(slice_make(data, len)) == 0 || check(slice_make(data, len)) == 1);
	if (verdict != 1)
		return 0;
	assert(head_plain(bytes) <= size);
	assert(head.len <= size);
	if (head.upgrade)
		read_request(slice_make(data, head.len));
	if (!head_edit(bytes, &once)) {
		assert(once.len == 0);
		return 0;
	}
	assert(head.odd);
	/* a room's name is made safe again: ~ may be how it begins */
	assert(!head_edit(buf_slice(&once), &twice) || has(&twice, "/ws/~") ||
		has(&twice, "/socket/~"));
	assert(head_check(buf_slice(&once), SIZE_MAX, &edited) == 1);
	assert(edited.upgrade == head.upgrade);
	return 0;
}
