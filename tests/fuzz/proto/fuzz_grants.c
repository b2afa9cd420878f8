/* fuzz_grants.c - grants of any shape: what is valid is well formed; patterns and names */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "proto/glob.h"
#include "proto/grants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The obvious way to match, to hold the other against. */
static bool matches(struct slice p, struct slice t)
{
	if (p.len == 0)
		return t.len == 0;
	if (p.ptr[0] == '*')
		return matches(slice_make(p.ptr + 1, p.len - 1), t) ||
			(t.len && matches(p, slice_make(t.ptr + 1, t.len - 1)));
	return t.len && (p.ptr[0] == '?' || p.ptr[0] == t.ptr[0]) &&
		matches(slice_make(p.ptr + 1, p.len - 1), slice_make(t.ptr + 1, t.len - 1));
}

static bool is_ascii(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] & 0x80)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size), pattern, name;
	const char *line = size ? memchr(data, '\n', size) : NULL;
	bool valid = grants_valid(text);

	for (enum right i = 0; i < RIGHTS; i++)
		(void)grants_allow(text, i, SLICE("chat-1"));
	assert(!valid || size == 0 || text.ptr[size - 1] == '\n');
	assert(!valid || !memchr(text.ptr ? text.ptr : "", 0, size));
	if (!line)
		return 0;
	pattern = slice_make(text.ptr, (size_t)(line - text.ptr));
	name = slice_make(line + 1, size - pattern.len - 1);
	if (pattern.len < 12 && name.len < 12 && is_ascii(text))
		assert(glob_matches(pattern, name) == matches(pattern, name));
	else
		(void)glob_matches(pattern, name);
	return 0;
}
