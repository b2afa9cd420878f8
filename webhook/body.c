/* body.c - what an endpoint is sent: ids, and the JSON of events and of several in one request */
/* SPDX-License-Identifier: MIT */
#include "webhook/body.h"

#include "proto/base/base64.h"
#include "proto/base/mem.h"
#include "proto/json.h"

void body_put_id(struct buf *out, const char *endpoint, const struct body_id *id)
{
	buf_put(out, slice_of(endpoint));
	buf_putc(out, '-');
	buf_put_u64(out, id->seq);
	buf_putc(out, '-');
	buf_put_u64(out, id->stamp);
	if (id->of_room)
		buf_put(out, SLICE("-room"));
}

static void begin(
	struct buf *out, const char *endpoint, const struct body_id *id, const char *event)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };

	body_put_id(&text, endpoint, id);
	json_begin(out, '{');
	json_add_string(out, "id", buf_slice(&text));
	json_add_string(out, "event", slice_of(event));
}

static void put_connection(
	struct buf *out, struct slice id, struct slice nickname, struct slice user)
{
	json_key(out, "connection");
	json_begin(out, '{');
	json_add_string(out, "id", id);
	json_add_string(out, "nickname", nickname);
	if (user.len)
		json_add_string(out, "user", user);
	json_end(out, '}');
}

void body_put_people(struct buf *out, const char *endpoint, const struct body_id *id,
	enum webhook_event event, const struct msg_came *came)
{
	begin(out, endpoint, id, conf_event_name(event));
	json_add_string(out, "room", came->room);
	json_add_u64(out, "time", came->time);
	put_connection(out, came->id, came->nickname, came->user);
	json_add_u64(out, "count", came->count);
	json_end(out, '}');
}

/* Members as the client wrote them, the text of a raw frame, or its bytes in base64. */
static void put_content(struct buf *out, const struct msg_said *said)
{
	if (said->format == EVENT_TEXT) {
		json_add_string(out, "text", said->body);
	} else if (said->format == EVENT_BINARY) {
		json_key(out, "binary");
		buf_putc(out, '"');
		base64_put(out, said->body);
		buf_putc(out, '"');
	} else {
		json_key(out, "body");
		json_begin(out, '{');
		json_add_members(out, said->body);
		json_end(out, '}');
	}
}

void body_put_said(struct buf *out, const char *endpoint, const struct body_id *id,
	const struct msg_said *said)
{
	begin(out, endpoint, id, conf_event_name(WEBHOOK_MESSAGE));
	json_add_string(out, "room", said->room);
	json_add_u64(out, "time", said->time);
	put_connection(out, said->id, said->nickname, said->user);
	json_key(out, "message");
	json_begin(out, '{');
	json_add_string(out, "type", said->type);
	if (said->offset) {
		json_add_u64(out, "offset", said->offset);
		json_add_hex(out, "epoch", said->epoch);
	}
	put_content(out, said);
	json_end(out, '}');
	json_end(out, '}');
}

void body_put_missed(
	struct buf *out, const char *endpoint, const struct body_id *id, uint64_t count)
{
	begin(out, endpoint, id, "missed");
	json_add_u64(out, "count", count);
	json_end(out, '}');
}
