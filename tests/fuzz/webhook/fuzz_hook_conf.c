/* fuzz_hook_conf.c - lines of headers that are taken break no request; URLs have a host */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "webhook/conf.h"
#include "webhook/headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(struct slice line)
{
	assert(line.len > 2 && line.len <= HEADER_LINE_MAX);
	assert(line.ptr[0] != ':' && memchr(line.ptr, ':', line.len - 1));
	for (size_t i = 0; i < line.len; i++)
		assert(line.ptr[i] != '\r' && line.ptr[i] != '\n' && line.ptr[i] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size), left = text, line;
	size_t before = left.len;
	int r;

	while ((r = headers_next(&left, &line)) != 0) {
		assert(left.len < before);
		before = left.len;
		if (r > 0)
			check_line(line);
	}
	assert(left.len == 0);
	if (size && !conf_url_check(text)) {
		assert(slice_starts(text, SLICE("http")) && size > 7);
		assert(!memchr(text.ptr, ' ', size) && !memchr(text.ptr, '\n', size));
	}
	return 0;
}
