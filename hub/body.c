/* body.c - what a handler gives as a message's body, or an answer's: may clients be told it? */
/* SPDX-License-Identifier: MIT */
#include "hub/body.h"

#include "proto/base/utf8.h"
#include "proto/json.h"

static bool members_valid(struct slice body, struct buf *scratch)
{
	struct json_value value;

	buf_clear(scratch);
	buf_putc(scratch, '{');
	buf_put(scratch, body);
	buf_putc(scratch, '}');
	return json_check(buf_slice(scratch), BODY_DEPTH, &value) == 0;
}

bool body_valid(enum event_format format, struct slice body, struct buf *scratch)
{
	switch (format) {
	case EVENT_TEXT:
		return utf8_valid(body);
	case EVENT_BINARY:
		return true;
	default:
		return members_valid(body, scratch);
	}
}
