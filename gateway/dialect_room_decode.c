/* dialect_room_decode.c - the room dialect: what a client says */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>

#include "gateway/dialect_room.h"
#include "proto/json.h"

/*
 * Members that are the server's own. They are taken out of what a client sends, each may be there
 * once, and those that have a kind must be of it. From OWN_SHARED on they are so only in the types
 * that they belong to, and stay in the body: `target` is given to the receiver of `private` like
 * the rest, and elsewhere they are an application's own.
 */
enum own {
	OWN_TYPE,
	OWN_ROOM,
	OWN_NICKNAME,
	OWN_ID,
	OWN_USER,
	OWN_OFFSET,
	OWN_REF,
	OWN_MID,
	OWN_ECHO,
	OWN_EPHEMERAL,
	OWN_TOKEN,
	OWN_SHARED,
	OWN_TARGET = OWN_SHARED,
	OWN_SINCE,
	OWN_EPOCH,
	OWN_LIMIT,
	OWN_MAX,
};

enum kinds {
	KIND_STRING = 1 << JSON_TYPE_STRING,
	KIND_NUMBER = 1 << JSON_TYPE_NUMBER,
	KIND_BOOL = 1 << JSON_TYPE_TRUE | 1 << JSON_TYPE_FALSE,
	KIND_ANY = 0xFF,
};

enum { ALL = (2 << REQUEST_KINDS) - 1 /* requests of no kind too */ };

/* clang-format off */
#define NAME(text) { text, sizeof(text) - 1 }
/* clang-format on */

static const struct {
	struct slice name;
	unsigned kinds;
	unsigned requests; /* kinds of them that it belongs to */
} owns[OWN_MAX] = {
	[OWN_TYPE] = { NAME("type"), KIND_STRING, ALL },
	[OWN_ROOM] = { NAME("room"), KIND_STRING, ALL },
	[OWN_NICKNAME] = { NAME("nickname"), KIND_ANY, ALL },
	[OWN_ID] = { NAME("id"), KIND_ANY, ALL },
	[OWN_USER] = { NAME("user"), KIND_ANY, ALL },
	[OWN_OFFSET] = { NAME("offset"), KIND_ANY, ALL },
	[OWN_REF] = { NAME("ref"), KIND_STRING | KIND_NUMBER, ALL },
	[OWN_MID] = { NAME("mid"), KIND_STRING, ALL },
	[OWN_ECHO] = { NAME("echo"), KIND_BOOL, ALL },
	[OWN_EPHEMERAL] = { NAME("ephemeral"), KIND_BOOL, ALL },
	[OWN_TOKEN] = { NAME("token"), KIND_STRING, ALL },
	[OWN_TARGET] = { NAME("target"), KIND_STRING, 1u << REQUEST_DIRECT },
	[OWN_SINCE] = { NAME("since"), KIND_NUMBER, 1u << REQUEST_JOIN | 1u << REQUEST_HISTORY },
	[OWN_EPOCH] = { NAME("epoch"), KIND_STRING, 1u << REQUEST_JOIN },
	[OWN_LIMIT] = { NAME("limit"), KIND_NUMBER, 1u << REQUEST_HISTORY },
};

/* A token longer than this is none; so it always fits into a message to auth. */
enum { TOKEN_MAX = 16384, MID_MAX = 64 /* bytes */ };

/*
 * Types that are not an application's own: what the server answers, and what only the server says.
 */
static const struct word {
	struct slice type;
	enum request_kind kind;
	enum error error;
} words[] = {
	{ NAME("private"), REQUEST_DIRECT, ERROR_NONE },
	{ NAME("join"), REQUEST_JOIN, ERROR_NONE },
	{ NAME("leave"), REQUEST_LEAVE, ERROR_NONE },
	{ NAME("users"), REQUEST_USERS, ERROR_NONE },
	{ NAME("rooms"), REQUEST_ROOMS, ERROR_NONE },
	{ NAME("ping"), REQUEST_PING, ERROR_NONE },
	{ NAME("auth"), REQUEST_AUTH, ERROR_NONE },
	{ NAME("history"), REQUEST_HISTORY, ERROR_NONE },
	{ NAME("state"), REQUEST_KINDS, ERROR_UNSUPPORTED },
	{ NAME("state_get"), REQUEST_KINDS, ERROR_UNSUPPORTED },
	{ NAME("call"), REQUEST_KINDS, ERROR_UNSUPPORTED },
	{ NAME("welcome"), REQUEST_KINDS, ERROR_FORBIDDEN },
	{ NAME("joined"), REQUEST_KINDS, ERROR_FORBIDDEN },
	{ NAME("left"), REQUEST_KINDS, ERROR_FORBIDDEN },
	{ NAME("users_update"), REQUEST_KINDS, ERROR_FORBIDDEN },
	{ NAME("system"), REQUEST_KINDS, ERROR_FORBIDDEN },
	{ NAME("ack"), REQUEST_KINDS, ERROR_FORBIDDEN },
	{ NAME("error"), REQUEST_KINDS, ERROR_FORBIDDEN },
	{ NAME("pong"), REQUEST_KINDS, ERROR_FORBIDDEN },
	{ NAME("authorized"), REQUEST_KINDS, ERROR_FORBIDDEN },
};

/* A client's message, taken apart. */
struct parts {
	struct json_value value[OWN_MAX];
	unsigned count[OWN_MAX];
	struct slice body;
};

static struct slice unquoted(struct slice text)
{
	return slice_make(text.ptr + 1, text.len - 2);
}

/* OWN_MAX for a member that is the application's own. */
static enum own own_of(struct slice key)
{
	struct slice plain = unquoted(key);
	bool escaped = memchr(plain.ptr, '\\', plain.len);
	enum own own;

	for (own = 0; own < OWN_MAX; own++) {
		struct slice name = owns[own].name;

		if (escaped ? json_string_eq(key, name) : slice_eq(plain, name))
			break;
	}
	return own;
}

/* The body is put into scratch, which has room for it. */
static void take_apart(struct slice object, struct buf *scratch, struct parts *ret_parts)
{
	struct json_member member;
	struct json_walk walk;
	size_t start = scratch->len;

	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member)) {
		enum own own = own_of(member.key);

		if (own != OWN_MAX) {
			ret_parts->count[own]++;
			ret_parts->value[own] = member.value;
		}
		if (own < OWN_SHARED)
			continue;
		if (scratch->len > start)
			buf_putc(scratch, ',');
		buf_put(scratch, member.text);
	}
	ret_parts->body = slice_make(scratch->data + start, scratch->len - start);
}

/* What a string means, or a number's text; empty if the member is not there. */
static struct slice plain_of(const struct parts *parts, enum own own, struct buf *scratch)
{
	struct json_value value = parts->value[own];
	struct slice plain;
	size_t start = scratch->len;

	if (parts->count[own] == 0)
		return (struct slice){ 0 };
	if (value.type != JSON_TYPE_STRING)
		return value.text;
	plain = unquoted(value.text);
	if (!memchr(plain.ptr, '\\', plain.len))
		return plain;
	json_string_decode(scratch, value.text);
	return slice_make(scratch->data + start, scratch->len - start);
}

static bool part_is_good(const struct parts *parts, enum own own)
{
	return parts->count[own] == 0 ||
		(parts->count[own] == 1 && (owns[own].kinds & 1u << parts->value[own].type));
}

static bool part_is_false(const struct parts *parts, enum own own)
{
	return parts->count[own] && parts->value[own].type == JSON_TYPE_FALSE;
}

static bool part_is_true(const struct parts *parts, enum own own)
{
	return parts->count[own] && parts->value[own].type == JSON_TYPE_TRUE;
}

static enum error ref_of(const struct parts *parts, struct slice *ret_ref)
{
	struct slice text = parts->value[OWN_REF].text;

	if (parts->count[OWN_REF] == 0)
		return ERROR_NONE;
	if (!part_is_good(parts, OWN_REF) || text.len > EVENT_REF_MAX)
		return ERROR_BAD_MESSAGE;
	*ret_ref = text;
	return ERROR_NONE;
}

static enum error kind_of(struct slice type, enum request_kind *ret_kind)
{
	*ret_kind = REQUEST_PUBLISH;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!slice_eq(type, words[i].type))
			continue;
		*ret_kind = words[i].kind;
		return words[i].error;
	}
	return event_type_valid(type) ? ERROR_NONE : ERROR_BAD_MESSAGE;
}

/* The id of a connection, or user:NAME. */
static bool target_valid(struct slice target)
{
	struct slice user = SLICE("user:");

	if (!slice_starts(target, user))
		return event_id_valid(target);
	return event_nickname_valid(
		slice_make(target.ptr + user.len, target.len - user.len), EVENT_NICKNAME_MAX);
}

static enum error check_room(const struct parts *parts, struct request *request)
{
	if (parts->count[OWN_ROOM] == 0)
		return request->kind == REQUEST_JOIN ? ERROR_BAD_ROOM : ERROR_NONE;
	return event_room_valid(request->room) ? ERROR_NONE : ERROR_BAD_ROOM;
}

static enum error check_kind(const struct parts *parts, struct request *request)
{
	switch (request->kind) {
	case REQUEST_PUBLISH:
	case REQUEST_JOIN:
	case REQUEST_LEAVE:
	case REQUEST_USERS:
	case REQUEST_HISTORY:
		return check_room(parts, request);
	case REQUEST_DIRECT:
		return target_valid(request->target) ? ERROR_NONE : ERROR_BAD_TARGET;
	case REQUEST_AUTH:
		if (parts->count[OWN_TOKEN] == 0)
			return ERROR_BAD_MESSAGE;
		return request->token.len && request->token.len <= TOKEN_MAX ? ERROR_NONE
									     : ERROR_UNAUTHORIZED;
	default:
		return ERROR_NONE;
	}
}

/* Duplicates and wrong kinds. The token is looked at in `auth` only. */
static enum error check_parts(const struct parts *parts, enum request_kind kind)
{
	for (enum own own = 0; own < OWN_MAX; own++) {
		if (!(owns[own].requests & 1u << kind))
			continue;
		if (own == OWN_TOKEN && kind != REQUEST_AUTH && parts->count[own] <= 1)
			continue;
		if (!part_is_good(parts, own))
			return ERROR_BAD_MESSAGE;
	}
	return ERROR_NONE;
}

/* Where a client goes on in a room: both, or neither. */
static bool take_place(const struct parts *parts, struct buf *scratch, struct request *request)
{
	request->recover = parts->count[OWN_SINCE] > 0;
	if (parts->count[OWN_SINCE] != parts->count[OWN_EPOCH])
		return false;
	return !request->recover ||
		(event_offset_parse(parts->value[OWN_SINCE].text, &request->since) &&
			event_epoch_parse(plain_of(parts, OWN_EPOCH, scratch), &request->epoch));
}

/* More than the most is as good as the most. */
static bool take_limit(const struct parts *parts, struct request *request)
{
	uint64_t limit = HISTORY_DEFAULT;

	if (parts->count[OWN_SINCE] &&
		!event_offset_parse(parts->value[OWN_SINCE].text, &request->since))
		return false;
	if (parts->count[OWN_LIMIT] &&
		(!event_offset_parse(parts->value[OWN_LIMIT].text, &limit) || limit == 0))
		return false;
	request->limit = (uint32_t)(limit < HISTORY_MAX ? limit : HISTORY_MAX);
	return true;
}

static bool take_mid(const struct parts *parts, struct buf *scratch, struct request *request)
{
	request->mid = plain_of(parts, OWN_MID, scratch);
	return parts->count[OWN_MID] == 0 || (request->mid.len >= 1 && request->mid.len <= MID_MAX);
}

/* What only some kinds of requests have. */
static bool take_own(const struct parts *parts, struct buf *scratch, struct request *request)
{
	switch (request->kind) {
	case REQUEST_DIRECT:
		request->target = plain_of(parts, OWN_TARGET, scratch);
		return take_mid(parts, scratch, request);
	case REQUEST_PUBLISH:
		return take_mid(parts, scratch, request);
	case REQUEST_AUTH:
		request->token = plain_of(parts, OWN_TOKEN, scratch);
		return true;
	case REQUEST_JOIN:
		return take_place(parts, scratch, request);
	case REQUEST_HISTORY:
		return take_limit(parts, request);
	default:
		return true;
	}
}

static enum error request_of(
	const struct parts *parts, struct buf *scratch, struct request *request)
{
	enum error error;

	if (parts->count[OWN_TYPE] != 1 || parts->value[OWN_TYPE].type != JSON_TYPE_STRING)
		return ERROR_BAD_MESSAGE;
	request->type = plain_of(parts, OWN_TYPE, scratch);
	error = kind_of(request->type, &request->kind);
	if (error == ERROR_BAD_MESSAGE)
		return error;
	if (check_parts(parts, request->kind))
		return ERROR_BAD_MESSAGE;
	if (error)
		return error;
	request->room = plain_of(parts, OWN_ROOM, scratch);
	if (!take_own(parts, scratch, request))
		return ERROR_BAD_MESSAGE;
	if (part_is_false(parts, OWN_ECHO))
		request->flags |= EVENT_NO_ECHO;
	if (part_is_true(parts, OWN_EPHEMERAL))
		request->flags |= EVENT_EPHEMERAL;
	request->format = EVENT_MEMBERS;
	request->body = parts->body;
	return check_kind(parts, request);
}

/* A text that is refused because only objects and arrays are taken: JSON it is all the same. */
static bool is_scalar(struct slice text, struct buf *scratch)
{
	struct json_value array, element;
	struct json_walk walk;

	buf_putc(scratch, '[');
	buf_put(scratch, text);
	buf_putc(scratch, ']');
	if (json_check(buf_slice(scratch), 1, &array) != 0)
		return false;
	json_walk_init(&walk, array.text);
	return json_next_element(&walk, &element) && !json_next_element(&walk, &element);
}

static enum error refusal_of(int error, struct slice text, struct buf *scratch)
{
	if (error == -EMLINK)
		return ERROR_TOO_DEEP;
	return is_scalar(text, scratch) ? ERROR_BAD_MESSAGE : ERROR_BAD_JSON;
}

enum error dialect_room_decode(struct slice text, bool binary, const struct dialect_limits *limits,
	struct buf *scratch, struct request *ret_request)
{
	struct request request = { 0 };
	struct parts parts = { 0 };
	struct json_value value;
	enum error error;
	const char *memory;
	int r;

	*ret_request = (struct request){ 0 };
	buf_clear(scratch);
	if (binary)
		return ERROR_BAD_JSON;
	r = json_check(text, limits->json_depth, &value);
	if (r)
		return refusal_of(r, text, scratch);
	if (value.type != JSON_TYPE_OBJECT)
		return ERROR_BAD_MESSAGE;

	/* The body and every string once, `target` twice: no slice moves while others are added. */
	memory = buf_reserve(scratch, 2 * text.len + 64);
	take_apart(value.text, scratch, &parts);
	error = ref_of(&parts, &request.ref);
	if (!error)
		error = request_of(&parts, scratch, &request);
	assert(scratch->data == memory);
	if (error)
		request = (struct request){ .ref = request.ref };
	*ret_request = request;
	return error;
}
