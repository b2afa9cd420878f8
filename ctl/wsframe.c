/* wsframe.c - frames that a WebSocket server sends (RFC 6455, 5.2) */
/* SPDX-License-Identifier: MIT */
#include "ctl/wsframe.h"

#include <errno.h>
#include <stdint.h>

int wsframe_next(struct slice in, size_t max, struct wsframe *ret_frame)
{
	const unsigned char *bytes = (const unsigned char *)in.ptr;
	size_t head = 2, extended;
	uint64_t len;

	if (in.len < head)
		return 0;
	len = bytes[1];
	if ((bytes[0] & 0x70) || len > 127)
		return -EPROTO;
	extended = len == 126 ? 2 : len == 127 ? 8 : 0;
	head += extended;
	if (in.len < head)
		return 0;
	for (size_t i = 0; i < extended; i++)
		len = (i ? len << 8 : 0) | bytes[2 + i];
	if (len > max)
		return -EMSGSIZE;
	if (in.len - head < len)
		return 0;
	*ret_frame = (struct wsframe){ .op = bytes[0] & 15,
		.last = bytes[0] & 128,
		.payload = slice_make(bytes + head, (size_t)len),
		.size = head + (size_t)len };
	return 1;
}
