/* dialect_command_decode.c - the command dialect: what a client says */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect_call.h"
#include "gateway/dialect_command.h"

/* Members beside `param`, and what they are called in the room dialect. Others are passed over. */
static const struct {
	struct slice name;
	enum own own;
} outer[] = {
	{ SLICE("cmd"), OWN_TYPE },
	{ SLICE("channel"), OWN_ROOM },
	{ SLICE("ref"), OWN_REF },
	{ SLICE("mid"), OWN_MID },
	{ SLICE("echo"), OWN_ECHO },
	{ SLICE("ephemeral"), OWN_EPHEMERAL },
};

static struct json_value *find_outer(struct parts *parts, struct slice key)
{
	for (size_t i = 0; i < sizeof(outer) / sizeof(outer[0]); i++) {
		if (!parts_named(key, outer[i].name))
			continue;
		parts->count[outer[i].own]++;
		return &parts->value[outer[i].own];
	}
	return NULL;
}

/* How often there is a `param`. */
static unsigned take_outer(struct slice object, struct parts *parts, struct json_value *ret_param)
{
	struct json_member member;
	struct json_walk walk;
	unsigned params = 0;

	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member)) {
		struct json_value *value = find_outer(parts, member.key);

		if (value) {
			*value = member.value;
		} else if (parts_named(member.key, SLICE("param"))) {
			*ret_param = member.value;
			params++;
		}
	}
	/* who sends it always, and has none, sends an empty one */
	if (parts->count[OWN_ROOM] == 1 && slice_eq(parts->value[OWN_ROOM].text, SLICE("\"\"")))
		parts->count[OWN_ROOM] = 0;
	return params;
}

/* The members of an object, without the blanks around them. */
static struct slice inside(struct slice object)
{
	static const char blanks[] = " \t\r\n";
	const char *at = object.ptr + 1, *end = object.ptr + object.len - 1;

	while (at < end && strchr(blanks, *at))
		at++;
	while (at < end && strchr(blanks, end[-1]))
		end--;
	return slice_make(at, (size_t)(end - at));
}

/* Of `param`: where it stands for what the room dialect has outside. */
static bool is_asked(enum own own, enum request_kind kind)
{
	switch (own) {
	case OWN_ROOM:
		return kind == REQUEST_JOIN || kind == REQUEST_LEAVE || kind == REQUEST_USERS ||
			kind == REQUEST_HISTORY || kind == REQUEST_STATE ||
			kind == REQUEST_STATE_GET || kind == REQUEST_CALL;
	case OWN_TOKEN:
		return kind == REQUEST_AUTH;
	default:
		return own >= OWN_SHARED && own < OWN_MAX && parts_belongs(own, kind);
	}
}

/*
 * The room in it wins over the channel, which a client sends always. A member that would be taken
 * for the server's own beside `type` and `room` makes the room dialect get all as `param`.
 */
static void take_object(
	struct slice object, enum request_kind kind, struct buf *scratch, struct parts *parts)
{
	struct json_member member;
	struct json_walk walk;
	bool named = false;

	parts->body = kind == REQUEST_CALL ? call_body(object, 1u << OWN_ROOM, scratch)
					   : inside(object);
	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member)) {
		enum own own = parts_own(member.key);

		if (own < OWN_SHARED)
			parts->format = EVENT_PARAM;
		if (!is_asked(own, kind))
			continue;
		if (own == OWN_ROOM && !named)
			parts->count[OWN_ROOM] = 0;
		named |= own == OWN_ROOM;
		parts_add(parts, own, member.value);
	}
}

static void take_value(struct slice text, struct buf *scratch, struct parts *parts)
{
	size_t start = scratch->len;

	buf_put(scratch, SLICE("\"content\":"));
	buf_put(scratch, text);
	parts->body = slice_make(scratch->data + start, scratch->len - start);
}

enum error dialect_command_decode(struct slice text, bool binary,
	const struct dialect_limits *limits, struct buf *scratch, struct request *ret_request)
{
	struct parts parts = { .format = EVENT_MEMBERS, .command = true };
	struct json_value param = { .type = JSON_TYPE_NULL };
	enum request_kind kind;
	struct slice object;
	enum error error = parts_open(text, binary, limits, scratch, &object);
	unsigned params;

	*ret_request = (struct request){ 0 };
	if (error)
		return error;
	/* A body that is no object once, or that of a call, every string twice: no slice moves. */
	buf_reserve(scratch, 3 * text.len + 64);
	params = take_outer(object, &parts, &param);
	(void)parts_kind(&parts, scratch, &kind);
	if (params && param.type == JSON_TYPE_OBJECT)
		take_object(param.text, kind, scratch, &parts);
	else if (params)
		take_value(param.text, scratch, &parts);
	error = parts_request(&parts, scratch, ret_request);
	if (error || params <= 1)
		return error;
	*ret_request = (struct request){ .ref = ret_request->ref };
	return ERROR_BAD_MESSAGE;
}
