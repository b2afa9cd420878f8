/* dialect_parts.c - a client's JSON taken apart: what is the server's own, and what it asks for */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect_parts.h"

#include <assert.h>
#include <errno.h>

#include "gateway/dialect_state.h"
#include "gateway/kinds.h"
#include "gateway/tap_filter.h"
#include "proto/base/mem.h"

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
	[OWN_BEFORE] = { NAME("before"), KIND_NUMBER, 1u << REQUEST_HISTORY },
	[OWN_LIMIT] = { NAME("limit"), KIND_NUMBER, 1u << REQUEST_HISTORY },
	[OWN_ROOMS] = { NAME("rooms"), KIND_STRING | KIND_ARRAY, 1u << REQUEST_BROADCAST },
	[OWN_ALL] = { NAME("all"), KIND_BOOL, 1u << REQUEST_BROADCAST },
	[OWN_OPS] = { NAME("ops"), KIND_ARRAY, 1u << REQUEST_STATE },
	[OWN_IF] = { NAME("if"), KIND_OBJECT, 1u << REQUEST_STATE },
	[OWN_STATE] = { NAME("state"), KIND_BOOL | KIND_OBJECT, 1u << REQUEST_JOIN },
	[OWN_FILTER] = { NAME("filter"), KIND_OBJECT, 1u << REQUEST_TAP },
	[OWN_CMD] = { NAME("cmd"), KIND_STRING, 1u << REQUEST_CALL },
};

/* Those whose names have so many bytes: most members of most messages are none of them. */
#define OWN(NAME) (1u << OWN_##NAME)
static const unsigned owns_by_len[] = {
	[2] = OWN(ID) | OWN(IF),
	[3] = OWN(REF) | OWN(MID) | OWN(ALL) | OWN(OPS) | OWN(CMD),
	[4] = OWN(TYPE) | OWN(ROOM) | OWN(USER) | OWN(ECHO),
	[5] = OWN(TOKEN) | OWN(SINCE) | OWN(EPOCH) | OWN(LIMIT) | OWN(ROOMS) | OWN(STATE),
	[6] = OWN(OFFSET) | OWN(BEFORE) | OWN(TARGET) | OWN(FILTER),
	[8] = OWN(NICKNAME),
	[9] = OWN(EPHEMERAL),
};
#undef OWN

/* A token longer than this is none; so it always fits into a message to auth. */
enum { TOKEN_MAX = 16384, MID_MAX = 64 /* bytes */ };

static const struct word {
	struct slice type;
	enum request_kind kind;
	enum error error;
	struct slice means; /* empty: no alias */
} words[] = {
#define WORD(type, KIND, ERROR) { NAME(type), REQUEST_##KIND, ERROR_##ERROR, { NULL, 0 } },
#define ALIAS(type, KIND, means) { NAME(type), REQUEST_##KIND, ERROR_NONE, NAME(means) },
#include "gateway/words.def"
#undef WORD
#undef ALIAS
};

static struct slice unquoted(struct slice text)
{
	return slice_make(text.ptr + 1, text.len - 2);
}

static bool key_is(struct slice key, bool escaped, struct slice name)
{
	return escaped ? json_string_eq(key, name) : slice_eq(unquoted(key), name);
}

bool parts_named(struct slice key, struct slice name)
{
	return key_is(key, memchr(key.ptr, '\\', key.len), name);
}

enum own parts_own(struct slice key)
{
	bool escaped = memchr(key.ptr, '\\', key.len);
	size_t len = key.len - 2;
	unsigned left = (1u << OWN_MAX) - 1;

	if (!escaped)
		left = len < sizeof(owns_by_len) / sizeof(*owns_by_len) ? owns_by_len[len] : 0;
	for (; left; left &= left - 1) {
		enum own own = (enum own)__builtin_ctz(left);

		if (key_is(key, escaped, owns[own].name))
			return own;
	}
	return OWN_MAX;
}

void parts_add(struct parts *parts, enum own own, struct json_value value)
{
	parts->count[own]++;
	parts->value[own] = value;
}

bool parts_belongs(enum own own, enum request_kind kind)
{
	return owns[own].requests & 1u << kind;
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

static const struct word *word_of(struct slice type, bool command)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_eq(type, words[i].type) && (command || words[i].means.len == 0))
			return &words[i];
	return NULL;
}

/* The type is what the word means. */
static enum error kind_of(bool command, struct slice *type, enum request_kind *ret_kind)
{
	const struct word *word = word_of(*type, command);

	*ret_kind = word ? word->kind : REQUEST_PUBLISH;
	if (word && word->means.len)
		*type = word->means;
	if (word)
		return word->error;
	return event_type_valid(*type) ? ERROR_NONE : ERROR_BAD_MESSAGE;
}

static bool has_type(const struct parts *parts)
{
	return parts->count[OWN_TYPE] == 1 && parts->value[OWN_TYPE].type == JSON_TYPE_STRING;
}

enum error parts_kind(const struct parts *parts, struct buf *scratch, enum request_kind *ret_kind)
{
	struct slice type;

	*ret_kind = REQUEST_KINDS;
	if (!has_type(parts))
		return ERROR_BAD_MESSAGE;
	type = plain_of(parts, OWN_TYPE, scratch);
	return kind_of(parts->command, &type, ret_kind);
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

/* All are names of rooms, and not too many. */
static bool rooms_valid(struct slice array)
{
	_cleanup_(buf_done) struct buf name = { .cap = 0 };
	struct json_value value;
	struct json_walk walk;
	unsigned count = 0;

	json_walk_init(&walk, array);
	while (json_next_element(&walk, &value))
		if (value.type != JSON_TYPE_STRING || ++count > BROADCAST_MAX ||
			!event_room_valid(json_string_plain(value.text, &name)))
			return false;
	return count > 0;
}

/* To some rooms, to each there is, or to all connections: one of them. */
static enum error check_scope(const struct parts *parts, struct request *request)
{
	struct json_value rooms = parts->value[OWN_ROOMS];
	bool all = part_is_true(parts, OWN_ALL);

	if (all == (parts->count[OWN_ROOMS] > 0))
		return ERROR_BAD_MESSAGE;
	request->scope = all ? SCOPE_CONNECTIONS : SCOPE_ROOMS;
	if (all)
		return ERROR_NONE;
	if (rooms.type == JSON_TYPE_STRING) {
		request->scope = SCOPE_ALL_ROOMS;
		return slice_eq(rooms.text, SLICE("\"*\"")) ? ERROR_NONE : ERROR_BAD_ROOM;
	}
	request->rooms = rooms.text;
	return rooms_valid(rooms.text) ? ERROR_NONE : ERROR_BAD_ROOM;
}

static enum error check_state(const struct parts *parts, struct request *request)
{
	request->ops = parts->value[OWN_OPS].text;
	request->checks = parts->value[OWN_IF].text;
	if (parts->count[OWN_OPS] == 0 || !state_ops_valid(request->ops))
		return ERROR_BAD_MESSAGE;
	if (parts->count[OWN_IF] && !state_checks_valid(request->checks))
		return ERROR_BAD_MESSAGE;
	return check_room(parts, request);
}

static enum error check_kind(const struct parts *parts, struct request *request)
{
	switch (request->kind) {
	case REQUEST_PUBLISH:
	case REQUEST_JOIN:
	case REQUEST_LEAVE:
	case REQUEST_USERS:
	case REQUEST_HISTORY:
	case REQUEST_STATE_GET:
		return check_room(parts, request);
	case REQUEST_STATE:
		return check_state(parts, request);
	case REQUEST_DIRECT:
		return target_valid(request->target) ? ERROR_NONE : ERROR_BAD_TARGET;
	case REQUEST_BROADCAST:
		return check_scope(parts, request);
	case REQUEST_CALL:
		return event_type_valid(request->cmd) ? check_room(parts, request)
						      : ERROR_BAD_MESSAGE;
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
		if (!parts_belongs(own, kind))
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

static struct json_value member_of(struct slice object, struct slice name)
{
	struct json_value found = { .type = JSON_TYPE_NULL };
	struct json_member member;
	struct json_walk walk;

	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member))
		if (json_string_eq(member.key, name))
			found = member.value;
	return found;
}

/* Whether who joins wants the room's state: true, or an object that says what it has. */
static bool take_state(const struct parts *parts, struct request *request)
{
	struct json_value state = parts->value[OWN_STATE], rev, epoch;

	request->state = part_is_true(parts, OWN_STATE) ? STATE_ALL : STATE_NONE;
	if (parts->count[OWN_STATE] == 0 || state.type != JSON_TYPE_OBJECT)
		return true;
	rev = member_of(state.text, SLICE("rev"));
	epoch = member_of(state.text, SLICE("epoch"));
	request->state = STATE_SINCE;
	return rev.type == JSON_TYPE_NUMBER && epoch.type == JSON_TYPE_STRING &&
		event_offset_parse(rev.text, &request->rev) &&
		event_epoch_parse(unquoted(epoch.text), &request->state_epoch);
}

/* Which messages; more than the most is as good as the most. */
static bool take_page(const struct parts *parts, struct request *request)
{
	uint64_t limit = HISTORY_DEFAULT;

	if (parts->count[OWN_SINCE] &&
		!event_offset_parse(parts->value[OWN_SINCE].text, &request->since))
		return false;
	if (parts->count[OWN_BEFORE] &&
		(!event_offset_parse(parts->value[OWN_BEFORE].text, &request->before) ||
			request->before == 0))
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
	case REQUEST_BROADCAST:
	case REQUEST_STATE:
		return take_mid(parts, scratch, request);
	case REQUEST_AUTH:
		request->token = plain_of(parts, OWN_TOKEN, scratch);
		return true;
	case REQUEST_CALL:
		request->cmd = plain_of(parts, OWN_CMD, scratch);
		return true;
	case REQUEST_JOIN:
		return take_place(parts, scratch, request) && take_state(parts, request);
	case REQUEST_HISTORY:
		return take_page(parts, request);
	case REQUEST_TAP:
		return parts->count[OWN_FILTER] == 0 ||
			tap_filter_read(parts->value[OWN_FILTER].text, scratch, &request->filter);
	default:
		return true;
	}
}

static enum error request_of(
	const struct parts *parts, struct buf *scratch, struct request *request)
{
	enum error error;

	if (!has_type(parts))
		return ERROR_BAD_MESSAGE;
	request->type = plain_of(parts, OWN_TYPE, scratch);
	error = kind_of(parts->command, &request->type, &request->kind);
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
	request->format = parts->format;
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

enum error parts_request(
	const struct parts *parts, struct buf *scratch, struct request *ret_request)
{
	struct request request = { 0 };
	const char *memory = scratch->data;
	enum error error = ref_of(parts, &request.ref);

	if (!error)
		error = request_of(parts, scratch, &request);
	assert(scratch->data == memory);
	if (error)
		request = (struct request){ .ref = request.ref };
	*ret_request = request;
	return error;
}

enum error parts_open(struct slice text, bool binary, const struct dialect_limits *limits,
	struct buf *scratch, struct slice *ret_object)
{
	struct json_value value;
	int r;

	buf_clear(scratch);
	if (binary)
		return ERROR_BAD_JSON;
	r = json_check(text, limits->json_depth, &value);
	if (r)
		return refusal_of(r, text, scratch);
	if (value.type != JSON_TYPE_OBJECT)
		return ERROR_BAD_MESSAGE;
	*ret_object = value.text;
	return ERROR_NONE;
}
