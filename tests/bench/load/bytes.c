/* bytes.c - bytes that wait, on the heap */
/* SPDX-License-Identifier: MIT */
#include "tests/bench/load/load.h"

#include <stdlib.h>
#include <string.h>

void *need(void *memory)
{
	if (!memory)
		fail("out of memory");
	return memory;
}

void bytes_add(struct bytes *bytes, const void *data, size_t len)
{
	bytes->data = need(realloc(bytes->data, bytes->len + len));
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

void bytes_keep(struct bytes *bytes, const char *from, size_t len)
{
	char *kept = NULL;

	if (len) {
		kept = need(malloc(len));
		memcpy(kept, from, len);
	}
	free(bytes->data);
	bytes->data = kept;
	bytes->len = len;
}
