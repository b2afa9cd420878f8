/* body.c - bodies of messages as users give them, and as the wire has them; members of them */
/* SPDX-License-Identifier: MIT */
#include "handler/body.h"

#include <errno.h>
#include <limits.h>

#include "handler/store.h"
#include "proto/base/utf8.h"
#include "proto/event.h"
#include "proto/json.h"

#include <stdlib.h>

/*
 * Names that are the server's own in the room dialect: a body with one of them arrives as `param`.
 */
static const struct slice own[] = { { "type", 4 }, { "room", 4 }, { "nickname", 8 }, { "id", 2 },
	{ "user", 4 }, { "offset", 6 }, { "ref", 3 }, { "mid", 3 }, { "echo", 4 },
	{ "ephemeral", 9 }, { "token", 5 } };

static int check_object(struct slice text, struct json_value *ret_value)
{
	if (json_check(text, BODY_DEPTH, ret_value) < 0 || ret_value->type != JSON_TYPE_OBJECT)
		return -EINVAL;
	return 0;
}

/* What a string means: of the text if it has no escapes, else of scratch. -ENOMEM. */
static int plain_of(struct slice text, struct buf *scratch, struct slice *ret_plain)
{
	if (!memchr(text.ptr, '\\', text.len)) {
		*ret_plain = slice_make(text.ptr + 1, text.len - 2);
		return 0;
	}
	buf_clear(scratch);
	if (store_room(scratch, text.len + 4) < 0) /* which it takes at most */
		return -ENOMEM;
	json_string_decode(scratch, text);
	*ret_plain = buf_slice(scratch);
	return 0;
}

static bool is_own(struct slice name)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (slice_eq(name, own[i]))
			return true;
	return false;
}

/* 1: a member has a name of the server's; 0; -ENOMEM. */
static int has_own(struct slice object)
{
	struct buf scratch = { 0 };
	struct json_member member;
	struct json_walk walk;
	struct slice name;
	int r = 0;

	json_walk_init(&walk, object);
	while (r == 0 && json_next_member(&walk, &member)) {
		r = plain_of(member.key, &scratch, &name);
		if (r == 0)
			r = is_own(name);
	}
	free(scratch.data);
	return r;
}

static int take_object(struct slice text, uint8_t *ret_format, struct slice *ret_body)
{
	struct json_value value;
	int r = check_object(text, &value);

	if (r == 0)
		r = has_own(value.text);
	if (r < 0)
		return r;
	*ret_format = r ? EVENT_PARAM : EVENT_MEMBERS;
	*ret_body = slice_make(value.text.ptr + 1, value.text.len - 2);
	return 0;
}

int body_take(enum atrium_format format, const char *body, size_t len, uint8_t *ret_format,
	struct slice *ret_body)
{
	struct slice text;

	if (!body && len > 0)
		return -EINVAL;
	if (!body)
		body = format == ATRIUM_JSON ? "{}" : "";
	if (len == 0 && format != ATRIUM_BINARY)
		len = strlen(body);
	if (len > BODY_MAX)
		return -EMSGSIZE;
	text = slice_make(body, len);
	switch (format) {
	case ATRIUM_JSON:
		return take_object(text, ret_format, ret_body);
	case ATRIUM_TEXT:
		if (!utf8_valid(text))
			return -EINVAL;
		*ret_format = EVENT_TEXT;
		break;
	case ATRIUM_BINARY:
		*ret_format = EVENT_BINARY;
		break;
	default:
		return -EINVAL;
	}
	*ret_body = text;
	return 0;
}

/* ---- members ---- */

static int find(struct slice text, const char *key, struct json_value *ret_value)
{
	struct buf scratch = { 0 };
	struct json_member member;
	struct json_value value;
	struct json_walk walk;
	struct slice name;
	int r = check_object(text, &value), found = -ENOENT;

	if (r < 0)
		return r;
	json_walk_init(&walk, value.text);
	while (found == -ENOENT && json_next_member(&walk, &member)) {
		r = plain_of(member.key, &scratch, &name);
		if (r < 0)
			found = r;
		else if (slice_eq(name, slice_of(key)))
			found = 0;
	}
	if (found == 0)
		*ret_value = member.value;
	free(scratch.data);
	return found;
}

static int find_as(const char *body, size_t len, const char *key, enum json_type type,
	struct json_value *ret_value)
{
	int r = body && key ? find(slice_make(body, len), key, ret_value) : -EINVAL;

	return r == 0 && ret_value->type != type ? -ENOENT : r;
}

int atrium_get_string(const char *body, size_t body_len, const char *key, char *out, size_t size)
{
	struct buf scratch = { 0 };
	struct json_value value;
	struct slice plain;
	int r = out ? find_as(body, body_len, key, JSON_TYPE_STRING, &value) : -EINVAL;

	if (r == 0)
		r = plain_of(value.text, &scratch, &plain);
	if (r == 0 && (plain.len >= size || plain.len > INT_MAX))
		r = -ENOSPC;
	if (r == 0) {
		if (plain.len)
			memcpy(out, plain.ptr, plain.len);
		out[plain.len] = '\0';
		r = (int)plain.len;
	}
	free(scratch.data);
	return r;
}

int atrium_get_int(const char *body, size_t body_len, const char *key, int64_t *ret_number)
{
	struct json_value value;
	int r = find_as(body, body_len, key, JSON_TYPE_NUMBER, &value);

	if (r < 0)
		return r;
	return json_number_i64(value.text, ret_number) ? 0 : -ENOENT;
}

int atrium_get_json(
	const char *body, size_t body_len, const char *key, const char **ret_value, size_t *ret_len)
{
	struct json_value value;
	int r = body && key ? find(slice_make(body, body_len), key, &value) : -EINVAL;

	if (r < 0)
		return r;
	*ret_value = value.text.ptr;
	*ret_len = value.text.len;
	return 0;
}
