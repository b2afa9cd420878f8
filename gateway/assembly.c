/* assembly.c - messages put together from pieces, checked as they come; no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/assembly.h"

#include <errno.h>

#include "proto/base/utf8.h"

enum { KEEP = 1024 };

/*
 * What may follow a first byte (RFC 3629 section 4): no overlong forms, no surrogates, nothing over
 * U+10FFFF.
 */
static bool first_byte(struct utf8_stream *stream, unsigned char c)
{
	*stream = (struct utf8_stream){ .want = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3 };
	if (c < 0x80)
		return true;
	if (c < 0xc2 || c > 0xf4)
		return false;
	if (c == 0xe0)
		stream->low = 0xa0;
	else if (c == 0xed)
		stream->high = 0x9f;
	else if (c == 0xf0)
		stream->low = 0x90;
	else if (c == 0xf4)
		stream->high = 0x8f;
	return true;
}

bool utf8_stream_feed(struct utf8_stream *stream, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.ptr[i];

		if (stream->want == 0) {
			if (!first_byte(stream, c))
				return false;
			continue;
		}
		if (c < (stream->low ? stream->low : 0x80) ||
			c > (stream->high ? stream->high : 0xbf))
			return false;
		stream->low = stream->high = 0;
		stream->want--;
	}
	return true;
}

bool utf8_stream_end(const struct utf8_stream *stream)
{
	return stream->want == 0;
}

static int fail(struct assembly *assembly, int error)
{
	assembly_done(assembly);
	return error;
}

int assembly_add(
	struct assembly *assembly, const struct piece *piece, size_t max, struct slice *ret_message)
{
	if (piece->first) {
		assembly_taken(assembly);
		assembly->utf8 = (struct utf8_stream){ .want = 0 };
	}
	/* what is left is compared first: no sum of a peer's numbers can overflow */
	if (piece->remaining > max || assembly->buf.len + piece->bytes.len > max - piece->remaining)
		return fail(assembly, -EMSGSIZE);
	if (piece->first && piece->last) {
		if (!piece->binary && !utf8_valid(piece->bytes))
			return fail(assembly, -EILSEQ);
		*ret_message = piece->bytes;
		return 1;
	}
	if (!piece->binary && !utf8_stream_feed(&assembly->utf8, piece->bytes))
		return fail(assembly, -EILSEQ);
	buf_put(&assembly->buf, piece->bytes);
	if (!piece->last)
		return 0;
	if (!piece->binary && !utf8_stream_end(&assembly->utf8))
		return fail(assembly, -EILSEQ);
	*ret_message = buf_slice(&assembly->buf);
	return 1;
}

void assembly_taken(struct assembly *assembly)
{
	buf_clear(&assembly->buf);
	buf_shrink(&assembly->buf, KEEP);
}

void assembly_done(struct assembly *assembly)
{
	buf_done(&assembly->buf);
	assembly->utf8 = (struct utf8_stream){ .want = 0 };
}
