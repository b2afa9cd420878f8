/* api_call.c - a request to the server API taken apart; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/api_call.h"

#include <assert.h>
#include <errno.h>

#include "gateway/api_members.h"
#include "gateway/api_order.h"
#include "proto/base/mem.h"
#include "proto/revoked.h"

enum { NAME_SHOWN = 128 /* bytes of a member's name in an error */ };

/* clang-format off */
#define NAME(text) { text, sizeof(text) - 1 }
/* clang-format on */

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

bool api_method_is_admins(enum api_method method)
{
	return method == API_METHOD_REVOKE;
}

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

static enum api_member member_named(struct slice name)
{
	unsigned member = 0;

	while (member < MEMBERS && !slice_eq(name, api_members[member].name))
		member++;
	return (enum api_member)member;
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

static bool take_member(struct api_command *call, enum api_member member, struct json_value value,
	struct buf *scratch, struct api_fault *fault)
{
	struct slice plain = { NULL, 0 };

	if (!(api_members[member].kinds & 1u << value.type))
		return bad(fault, api_members[member].name, api_members[member].why);
	if (value.type == JSON_TYPE_STRING)
		plain = plain_of(value.text, scratch);
	return api_members[member].take(call, value, plain) ||
		bad(fault, api_members[member].name, api_members[member].why);
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
		enum api_member own = member_named(name);

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

/* It reads, or it changes. */
static bool check_state(unsigned there, struct api_fault *fault)
{
	if (there & M(KEYS) && there & M(PREFIX))
		return bad(fault, SLICE("keys"), "or `prefix`, and not both");
	if (there & M(OPS) && there & (M(KEYS) | M(PREFIX)))
		return bad(
			fault, SLICE("ops"), "is there for a change, `keys` and `prefix` are not");
	if (!(there & M(OPS)) && there & (M(IF) | M(MID)))
		return bad(fault, SLICE("ops"), "is needed for a change");
	return true;
}

static bool check_revoke(const struct api_command *call, unsigned there, struct api_fault *fault)
{
	if (!(there & M(USER)) == !(there & M(JTI)))
		return bad(fault, SLICE("user"), "or `jti` is needed, and not both");
	if (there & M(JTI) && there & M(BEFORE))
		return bad(fault, SLICE("before"), "goes with `user`");
	if (call->user.len > REVOKED_NAME_MAX)
		return bad(fault, SLICE("user"), "has at most 128 bytes here");
	return true;
}

static bool check_needs(
	struct api_command *call, unsigned there, struct buf *scratch, struct api_fault *fault)
{
	unsigned needs = methods[call->method].needs;

	for (unsigned member = 0; member < MEMBERS; member++)
		if (needs & 1u << member && !(there & 1u << member))
			return bad(fault, api_members[member].name, "is needed");
	if (!api_order_read(call))
		return bad(fault, api_members[MEMBER_ORDER].name, api_members[MEMBER_ORDER].why);
	if (there & M(AFTER) && !api_after_read(call))
		return bad(fault, api_members[MEMBER_AFTER].name, api_members[MEMBER_AFTER].why);
	if (call->closed && there & M(ROOM))
		return bad(
			fault, api_members[MEMBER_ROOM].name, "is not known of those that ended");
	if (call->method == API_METHOD_BROADCAST && !(there & M(ROOMS)) == !(there & M(ALL)))
		return bad(fault, SLICE("rooms"), "or `all` is needed, and not both");
	if (call->method == API_METHOD_REVOKE && !check_revoke(call, there, fault))
		return false;
	if (call->method == API_METHOD_STATE)
		return check_state(there, fault);
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
		if (!json_string_eq(member.key, api_members[MEMBER_METHOD].name))
			continue;
		if (member.value.type != JSON_TYPE_STRING)
			break;
		*ret_method = api_method_named(plain_of(member.value.text, scratch));
		return *ret_method < API_METHODS ||
			fail(fault, "unknown_method", api_members[MEMBER_METHOD].name,
				"is no method that a batch may have");
	}
	return bad(fault, api_members[MEMBER_METHOD].name, "is the name of a method, and needed");
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
