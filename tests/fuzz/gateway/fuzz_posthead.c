/* fuzz_posthead.c - what a head says is in it, and what is there twice is joined in one place */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "gateway/head.h"
#include "gateway/posthead.h"
#include "proto/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct slice part, struct slice whole)
{
	return part.len == 0 ||
		(part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void check_fields(const struct posthead *head, struct slice text, struct slice joined)
{
	const struct slice fields[] = { head->host, head->origin, head->type, head->authorization,
		head->cookie, head->forwarded };

	assert(is_inside(head->path, text));
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		assert(is_inside(fields[i], text) || is_inside(fields[i], joined));
	assert(joined.len <= text.len);
	assert(head->sized || head->length == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf memory = { .cap = 0 };
	struct slice text = slice_make(data, size);
	const struct operation *operation;
	struct posthead head;
	struct head checked;
	enum refusal refusal = posthead_read(text, &memory, &head);

	check_fields(&head, text, buf_slice(&memory));
	operation = operation_find(head.path);
	if (operation && operation->by != BY_HTTP)
		assert(posthead_wanted(text));
	if (posthead_wanted(text))
		assert(slice_starts(head.path, OPERATION_FOLDER));
	(void)posthead_is_json(text);
	/* of a head that the door lets through only its length and its host can still be wrong */
	if (head_check(text, HEAD_MAX, &checked) == 1)
		assert(refusal == REFUSAL_NONE || refusal == REFUSAL_BAD_REQUEST ||
			refusal == REFUSAL_NO_HOST);
	return 0;
}
