/* api_call.c - a request to the server API taken apart; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/api_call.h"

#include <assert.h>
#include <errno.h>

#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/json.h"

enum { NAME_SHOWN = 128 /* bytes of a member's name in an error */ };

enum member {
	MEMBER_ROOM,
	MEMBER_TYPE,
	MEMBER_MID,
	MEMBER_EXCEPT,
	MEMBER_EPHEMERAL,
	MEMBER_CONNECTION,
	MEMBER_USER,
	MEMBER_ROOMS,
	MEMBER_ALL,
	MEMBER_CODE,
	MEMBER_REASON,
	MEMBER_LIMIT,
	MEMBER_AFTER,
	MEMBER_MATCH,
	MEMBER_SEARCH,
	MEMBER_SINCE,
	MEMBER_REQUESTS,
	MEMBER_METHOD,
	MEMBERS,
};

/* Where a member's value goes, if it is good. */
typedef bool (*take_fn)(struct api_command *call, struct json_value value, struct slice plain);

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
	return event_room_valid(plain);
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

static bool take_method(struct api_command *call, struct json_value value, struct slice plain)
{
	(void)call;
	(void)value;
	(void)plain;
	return true;
}

enum kinds {
	KIND_STRING = 1 << JSON_TYPE_STRING,
	KIND_NUMBER = 1 << JSON_TYPE_NUMBER,
	KIND_BOOL = 1 << JSON_TYPE_TRUE | 1 << JSON_TYPE_FALSE,
	KIND_ARRAY = 1 << JSON_TYPE_ARRAY,
};

/* clang-format off */
#define NAME(text) { text, sizeof(text) - 1 }
#define PRINTABLE "is a text of 1 to 255 bytes without control characters"
/* clang-format on */

static const struct {
	struct slice name;
	unsigned kinds;
	take_fn take;
	const char *why; /* what it must be */
} members[MEMBERS] = {
	[MEMBER_ROOM] = { NAME("room"), KIND_STRING, take_room,
		"is a room's name: 1 to 255 bytes without control characters" },
	[MEMBER_TYPE] = { NAME("type"), KIND_STRING, take_type,
		"is a type: 1 to 64 bytes without control characters" },
	[MEMBER_MID] = { NAME("mid"), KIND_STRING, take_mid, "is a text of 1 to 64 bytes" },
	[MEMBER_EXCEPT] = { NAME("except"), KIND_STRING, take_except, "is the id of a connection" },
	[MEMBER_EPHEMERAL] = { NAME("ephemeral"), KIND_BOOL, take_ephemeral, "is true or false" },
	[MEMBER_CONNECTION] = { NAME("connection"), KIND_STRING, take_connection,
		"is the id of a connection" },
	[MEMBER_USER] = { NAME("user"), KIND_STRING, take_user, PRINTABLE },
	[MEMBER_ROOMS] = { NAME("rooms"), KIND_STRING | KIND_ARRAY, take_rooms,
		"is \"*\", or 1 to 128 names of rooms" },
	[MEMBER_ALL] = { NAME("all"), KIND_BOOL, take_all, "is true, or not there" },
	[MEMBER_CODE] = { NAME("code"), KIND_NUMBER, take_code,
		"is one of 4400, 4401, 4403, 4409, 4410, 4501, 4508, 4513 and 4529" },
	[MEMBER_REASON] = { NAME("reason"), KIND_STRING, take_reason,
		"is a text of 1 to 123 bytes without control characters" },
	[MEMBER_LIMIT] = { NAME("limit"), KIND_NUMBER, take_limit, "is a number of at least 1" },
	[MEMBER_AFTER] = { NAME("after"), KIND_STRING, take_after, "is `next` of the page before" },
	[MEMBER_MATCH] = { NAME("match"), KIND_STRING, take_match, PRINTABLE },
	[MEMBER_SEARCH] = { NAME("search"), KIND_STRING, take_search, PRINTABLE },
	[MEMBER_SINCE] = { NAME("since"), KIND_NUMBER, take_since, "is an offset" },
	[MEMBER_REQUESTS] = { NAME("requests"), KIND_ARRAY, take_requests,
		"is a list of 1 to 100 objects" },
	[MEMBER_METHOD] = { NAME("method"), KIND_STRING, take_method, "is the name of a method" },
};

/*
 * What a message says of its sender and its place is the server's to say: as content it would be
 * taken for that.
 */
static const struct slice reserved[] = { NAME("id"), NAME("nickname"), NAME("user"), NAME("room"),
	NAME("offset"), NAME("ref"), NAME("mid"), NAME("echo"), NAME("ephemeral"), NAME("token") };

/* clang-format off */
#define M(NAME) (1u << MEMBER_##NAME)
#define MEMBER_TARGET MEMBERS
static const struct {
	struct slice name;
	bool content;
	unsigned needs, may;
} methods[API_METHOD_NONE] = {
#define METHOD(NAME_, name, content, needs, may, help) \
	[API_METHOD_##NAME_] = { NAME(#name), content, needs, may },
#include "gateway/api_methods.def"
#undef METHOD
	[API_METHOD_BATCH] = { NAME("batch"), false, M(REQUESTS), 0 },
};
/* clang-format on */

struct slice api_method_name(enum api_method method)
{
	return methods[method].name;
}

enum api_method api_method_named(struct slice name)
{
	unsigned method = 0;

	while (method < API_METHOD_NONE && !slice_eq(name, methods[method].name))
		method++;
	return (enum api_method)method;
}

static bool fail(struct api_fault *fault, const char *code, struct slice member, const char *why)
{
	*fault = (struct api_fault){ .code = code, .member = member, .why = why };
	return false;
}

static bool bad(struct api_fault *fault, struct slice member, const char *why)
{
	return fail(fault, "bad_params", member, why);
}

/* Members of this method; `in_batch`: and of what is around it. */
static unsigned allowed(enum api_method method, bool in_batch)
{
	unsigned mask = methods[method].needs | methods[method].may;

	if (mask & M(TARGET))
		mask |= M(CONNECTION) | M(USER);
	return in_batch ? mask | M(METHOD) : mask;
}

static enum member member_named(struct slice name)
{
	unsigned member = 0;

	while (member < MEMBERS && !slice_eq(name, members[member].name))
		member++;
	return (enum member)member;
}

static bool is_reserved(struct slice name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (slice_eq(name, reserved[i]))
			return true;
	return false;
}

/* What a string means; `scratch` has room for it. */
static struct slice plain_of(struct slice text, struct buf *scratch)
{
	size_t start = scratch->len;

	json_string_decode(scratch, text);
	return slice_make(scratch->data + start, scratch->len - start);
}

static bool take_member(struct api_command *call, enum member member, struct json_value value,
	struct buf *scratch, struct api_fault *fault)
{
	struct slice plain = { NULL, 0 };

	if (!(members[member].kinds & 1u << value.type))
		return bad(fault, members[member].name, members[member].why);
	if (value.type == JSON_TYPE_STRING)
		plain = plain_of(value.text, scratch);
	return members[member].take(call, value, plain) ||
		bad(fault, members[member].name, members[member].why);
}

/* A list of members as they were sent, each with a comma before but for the first. */
static void add_content(struct buf *body, struct slice text)
{
	if (body->len)
		buf_putc(body, ',');
	buf_put(body, text);
}

static bool take_members(struct slice object, bool in_batch, struct buf *scratch, struct buf *body,
	struct api_command *call, unsigned *ret_there, struct api_fault *fault)
{
	unsigned mine = allowed(call->method, in_batch);
	struct json_member member;
	struct json_walk walk;

	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member)) {
		struct slice name = plain_of(member.key, scratch);
		enum member own = member_named(name);

		if (own < MEMBERS && mine & 1u << own) {
			if (*ret_there & 1u << own)
				return bad(fault, name, "is there twice");
			*ret_there |= 1u << own;
			if (!take_member(call, own, member.value, scratch, fault))
				return false;
		} else if (!methods[call->method].content) {
			return bad(fault, name, "is no member of this request");
		} else if (is_reserved(name)) {
			return bad(fault, name, "is the server's own, and no content");
		} else {
			add_content(body, member.text);
		}
	}
	return true;
}

/* A connection, or a user: in `target` as of DIRECT. */
static bool check_target(
	struct api_command *call, unsigned there, struct buf *scratch, struct api_fault *fault)
{
	size_t start = scratch->len;

	if (!(there & M(CONNECTION)) == !(there & M(USER)))
		return bad(fault, SLICE("connection"), "or `user` is needed, and not both");
	if (there & M(CONNECTION))
		return true;
	buf_put(scratch, SLICE("user:"));
	buf_put(scratch, call->user);
	call->target = slice_make(scratch->data + start, scratch->len - start);
	return true;
}

static bool check_needs(
	struct api_command *call, unsigned there, struct buf *scratch, struct api_fault *fault)
{
	unsigned needs = methods[call->method].needs;

	for (unsigned member = 0; member < MEMBERS; member++)
		if (needs & 1u << member && !(there & 1u << member))
			return bad(fault, members[member].name, "is needed");
	if (call->method != API_METHOD_ROOMS && there & M(AFTER) &&
		!event_offset_parse(call->after, &call->since))
		return bad(fault, members[MEMBER_AFTER].name, members[MEMBER_AFTER].why);
	if (call->method == API_METHOD_BROADCAST && !(there & M(ROOMS)) == !(there & M(ALL)))
		return bad(fault, SLICE("rooms"), "or `all` is needed, and not both");
	return !(needs & M(TARGET)) || check_target(call, there, scratch, fault);
}

/* In a batch the request itself says what it is. */
static bool find_method(struct slice object, struct buf *scratch, enum api_method *ret_method,
	struct api_fault *fault)
{
	struct json_member member;
	struct json_walk walk;

	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member)) {
		if (!json_string_eq(member.key, members[MEMBER_METHOD].name))
			continue;
		if (member.value.type != JSON_TYPE_STRING)
			break;
		*ret_method = api_method_named(plain_of(member.value.text, scratch));
		return *ret_method < API_METHODS ||
			fail(fault, "unknown_method", members[MEMBER_METHOD].name,
				"is no method that a batch may have");
	}
	return bad(fault, members[MEMBER_METHOD].name, "is the name of a method, and needed");
}

bool api_call_read(struct slice object, enum api_method method, struct buf *scratch,
	struct api_command *ret_call, struct api_fault *ret_fault)
{
	struct api_command call = { .method = method, .limit = API_LIMIT, .reason = CLOSE_KICKED };
	_cleanup_(buf_done) struct buf body = { .cap = 0 };
	bool in_batch = method == API_METHOD_NONE;
	const char *memory;
	unsigned there = 0;
	size_t start;

	*ret_fault = (struct api_fault){ .code = NULL };
	buf_clear(scratch);
	/* strings, names, the body, a target: no slice moves while others are added */
	memory = buf_reserve(scratch, 3 * object.len + 512);
	if (in_batch && !find_method(object, scratch, &call.method, ret_fault))
		return false;
	if (!take_members(object, in_batch, scratch, &body, &call, &there, ret_fault) ||
		!check_needs(&call, there, scratch, ret_fault))
		return false;
	start = scratch->len;
	buf_put(scratch, buf_slice(&body));
	call.body = slice_make(scratch->data + start, scratch->len - start);
	assert(scratch->data == memory);
	*ret_call = call;
	return true;
}

bool api_body_check(
	struct slice body, unsigned depth, struct slice *ret_object, struct api_fault *ret_fault)
{
	static const struct slice none = { NULL, 0 };
	struct json_value value;
	int r;

	*ret_fault = (struct api_fault){ .code = NULL };
	*ret_object = SLICE("{}");
	if (body.len == 0)
		return true;
	r = json_check(body, depth, &value);
	if (r == -EMLINK)
		return fail(ret_fault, "too_deep", none, "the body's JSON is nested too deeply");
	if (r < 0)
		return fail(ret_fault, "bad_json", none, "the body is not valid JSON");
	if (value.type != JSON_TYPE_OBJECT)
		return bad(ret_fault, none, "the body is a JSON object");
	*ret_object = value.text;
	return true;
}

void api_put_fault(struct buf *out, const struct api_fault *fault)
{
	_cleanup_(buf_done) struct buf message = { .cap = 0 };

	if (fault->member.len && fault->member.len <= NAME_SHOWN) {
		buf_putc(&message, '`');
		buf_put(&message, fault->member);
		buf_put(&message, SLICE("` "));
	}
	buf_put(&message, slice_of(fault->why));
	json_begin(out, '{');
	json_key(out, "error");
	json_begin(out, '{');
	json_add_string(out, "code", slice_of(fault->code));
	json_add_string(out, "message", buf_slice(&message));
	json_end(out, '}');
	json_end(out, '}');
}
