/* api_members.c - the values that a request to the server API may have; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/api_members.h"

#include "gateway/dialect_state.h"
#include "gateway/kinds.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/revoked.h"

static bool take_room(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->room = plain;
	return event_room_valid(plain);
}

static bool take_type(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->type = plain;
	return event_type_valid(plain);
}

static bool take_mid(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->mid = plain;
	return plain.len >= 1 && plain.len <= 64;
}

static bool take_except(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->except = plain;
	return event_id_valid(plain);
}

static bool take_ephemeral(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)plain;
	if (value.type == JSON_TYPE_TRUE)
		call->flags |= EVENT_EPHEMERAL;
	return true;
}

static bool take_connection(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->target = plain;
	return event_id_valid(plain);
}

/* What a name of a user may be, a name of a room may be too. */
static bool take_user(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->user = plain;
	return event_room_valid(plain);
}

static bool take_rooms(struct api_command *call, struct json_value value, struct slice plain)
{
	_cleanup_(buf_done) struct buf name = { .cap = 0 };
	struct json_value room;
	struct json_walk walk;
	unsigned count = 0;

	call->scope = value.type == JSON_TYPE_STRING ? SCOPE_ALL_ROOMS : SCOPE_ROOMS;
	if (value.type == JSON_TYPE_STRING)
		return slice_eq(plain, SLICE("*"));
	call->rooms = value.text;
	json_walk_init(&walk, value.text);
	while (json_next_element(&walk, &room))
		if (room.type != JSON_TYPE_STRING || ++count > BROADCAST_MAX ||
			!event_room_valid(json_string_plain(room.text, &name)))
			return false;
	return count > 0;
}

static bool take_all(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)plain;
	call->scope = SCOPE_CONNECTIONS;
	return value.type == JSON_TYPE_TRUE;
}

/* Those of close.def that say why an application would close someone. */
static bool take_code(struct api_command *call, struct json_value value, struct slice plain)
{
	int64_t code;

	(void)plain;
	if (!json_number_i64(value.text, &code) || code < 4400 || code > 4599)
		return false;
	for (unsigned reason = 0; reason < CLOSE_MAX; reason++) {
		call->reason = (enum close_reason)reason;
		if (close_row(call->reason)->code == code)
			return true;
	}
	return false;
}

static bool take_reason(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->text = plain;
	return plain.len >= 1 && plain.len <= API_REASON_MAX && utf8_printable(plain);
}

/* More than the most is as good as the most. */
static bool take_limit(struct api_command *call, struct json_value value, struct slice plain)
{
	uint64_t limit;

	(void)plain;
	if (!event_offset_parse(value.text, &limit) || limit == 0)
		return false;
	call->limit = (uint32_t)(limit < API_LIMIT_MAX ? limit : API_LIMIT_MAX);
	return true;
}

static bool take_after(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->after = plain;
	return plain.len >= 1 && plain.len <= API_AFTER_MAX && utf8_printable(plain);
}

static bool take_order(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->ordered = plain;
	return plain.len >= 1;
}

static bool take_figures(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)plain;
	call->figures = value.type == JSON_TYPE_TRUE;
	return true;
}

static bool take_command(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->command = plain;
	return event_type_valid(plain);
}

static bool take_timeout(struct api_command *call, struct json_value value, struct slice plain)
{
	int64_t ms;

	(void)plain;
	if (!json_number_i64(value.text, &ms) || ms < 1 || ms > API_TIMEOUT_MAX)
		return false;
	call->timeout = (uint32_t)ms;
	return true;
}

static bool take_match(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->match = plain;
	return event_room_valid(plain);
}

static bool take_search(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->search = plain;
	return event_room_valid(plain);
}

static bool take_since(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)plain;
	return event_offset_parse(value.text, &call->since);
}

static bool take_closed(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)plain;
	call->closed = value.type == JSON_TYPE_TRUE;
	return true;
}

static bool take_keys(struct api_command *call, struct json_value value, struct slice plain)
{
	_cleanup_(buf_done) struct buf name = { .cap = 0 };
	struct json_value key;
	struct json_walk walk;
	unsigned count = 0;

	(void)plain;
	call->keys = value.text;
	json_walk_init(&walk, value.text);
	while (json_next_element(&walk, &key))
		if (key.type != JSON_TYPE_STRING || ++count > API_KEYS_MAX ||
			!event_key_valid(json_string_plain(key.text, &name)))
			return false;
	return count > 0;
}

static bool take_prefix(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->prefix = plain;
	return event_key_valid(plain);
}

static bool take_ops(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)plain;
	call->ops = value.text;
	return state_ops_valid(value.text);
}

static bool take_if(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)plain;
	call->checks = value.text;
	return state_checks_valid(value.text);
}

static bool take_requests(struct api_command *call, struct json_value value, struct slice plain)
{
	struct json_value request;
	struct json_walk walk;
	unsigned count = 0;

	(void)plain;
	call->requests = value.text;
	json_walk_init(&walk, value.text);
	while (json_next_element(&walk, &request))
		if (request.type != JSON_TYPE_OBJECT || ++count > API_BATCH_MAX)
			return false;
	return count > 0;
}

static bool take_jti(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)value;
	call->jti = plain;
	return plain.len >= 1 && plain.len <= REVOKED_NAME_MAX && utf8_printable(plain);
}

static bool take_before(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)plain;
	return json_number_i64(value.text, &call->before) && call->before > 0;
}

static bool take_method(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)call;
	(void)value;
	(void)plain;
	return true;
}

/* clang-format off */
#define PRINTABLE "is a text of 1 to 255 bytes without control characters"
const struct api_member_row api_members[MEMBERS] = {
#define MEMBER(NAME, name, kinds, why) \
	[MEMBER_##NAME] = { { #name, sizeof(#name) - 1 }, kinds, take_##name, why },
#include "gateway/api_members.def"
#undef MEMBER
};
/* clang-format on */
