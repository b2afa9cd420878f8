/* dialect_room_decode.c - the room dialect: what a client says */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect_call.h"
#include "gateway/dialect_room.h"

/* All that are the server's own in whatever is said. */
enum { SERVERS = (1 << OWN_SHARED) - 1 };

/* The body is put into scratch, which has room for it. */
static void take_apart(struct slice object, struct buf *scratch, struct parts *ret_parts)
{
	struct json_member member;
	struct json_walk walk;
	size_t start = scratch->len;

	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member)) {
		enum own own = parts_own(member.key);

		if (own != OWN_MAX)
			parts_add(ret_parts, own, member.value);
		if (own < OWN_SHARED)
			continue;
		if (scratch->len > start)
			buf_putc(scratch, ',');
		buf_put(scratch, member.text);
	}
	ret_parts->body = slice_make(scratch->data + start, scratch->len - start);
}

enum error dialect_room_decode(struct slice text, bool binary, const struct dialect_limits *limits,
	struct buf *scratch, struct request *ret_request)
{
	struct parts parts = { .format = EVENT_MEMBERS };
	enum request_kind kind;
	struct slice object;
	enum error error = parts_open(text, binary, limits, scratch, &object);

	*ret_request = (struct request){ 0 };
	if (error)
		return error;
	/* The body twice, every string once, or `target` twice: no slice moves for another. */
	buf_reserve(scratch, 3 * text.len + 64);
	take_apart(object, scratch, &parts);
	if (parts.count[OWN_CMD] && parts_kind(&parts, scratch, &kind) == ERROR_NONE &&
		kind == REQUEST_CALL)
		parts.body = call_body(object, SERVERS, scratch);
	return parts_request(&parts, scratch, ret_request);
}
