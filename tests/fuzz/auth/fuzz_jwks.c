/* fuzz_jwks.c - sets of keys of any shape: what is taken is fit for its algorithm */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "auth/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What all may read has no secrets in the end; and what is refused has its line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf problems = { .cap = 0 };
	struct keys *keys = keys_new(), *open = keys_new();
	int refused = jwks_read(keys, slice_make(data, size), false, "f", &problems);
	int lines = 0;

	for (size_t i = 0; i < problems.len; i++)
		lines += problems.data[i] == '\n';
	assert(lines == refused);
	assert(keys_count(keys) == 0 || size > 40);
	(void)jwks_read(open, slice_make(data, size), true, "f", &problems);
	assert(keys_count(open) <= keys_count(keys));
	keys_free(keys);
	keys_free(open);
	buf_done(&problems);
	return 0;
}
