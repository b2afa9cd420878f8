/* posthead.c - the head of a request that wants something done; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/posthead.h"

#include <strings.h>

#include "gateway/api_call.h"
#include "gateway/httpval.h"
#include "gateway/origin.h"

static const struct slice folder = SLICE("/api/");

static struct slice trim(struct slice text)
{
	while (text.len && (*text.ptr == ' ' || *text.ptr == '\t'))
		text = slice_make(text.ptr + 1, text.len - 1);
	while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static bool same(struct slice text, struct slice word)
{
	return text.len == word.len && strncasecmp(text.ptr, word.ptr, word.len) == 0;
}

/* NULL: it is not there. Such ends are short and rare: memmem() prepares for long ones. */
static const char *find(struct slice text, struct slice end)
{
	const char *at = text.len ? memchr(text.ptr, *end.ptr, text.len) : NULL;

	while (at) {
		size_t left = text.len - (size_t)(at - text.ptr);

		if (left < end.len)
			return NULL;
		if (memcmp(at, end.ptr, end.len) == 0)
			return at;
		at = left > 1 ? memchr(at + 1, *end.ptr, left - 1) : NULL;
	}
	return NULL;
}

/* Takes what is before `end` off the front, and `end` itself; all if it is not there. */
static struct slice cut(struct slice *rest, struct slice end)
{
	const char *at = find(*rest, end);
	size_t len = at ? (size_t)(at - rest->ptr) : rest->len;
	size_t skip = at ? end.len : 0;
	struct slice before = slice_make(rest->ptr, len);

	*rest = slice_make(rest->ptr + len + skip, rest->len - len - skip);
	return before;
}

/* `METHOD target HTTP/1.x` */
static struct slice read_request(struct slice line, struct posthead *head)
{
	struct slice method = cut(&line, SLICE(" "));
	struct slice target = cut(&line, SLICE(" "));

	head->post = slice_eq(method, SLICE("POST"));
	head->head = slice_eq(method, SLICE("HEAD"));
	head->path = cut(&target, SLICE("?"));
	head->old = slice_eq(line, SLICE("HTTP/1.0"));
	return method;
}

static bool names_method(struct slice path)
{
	struct slice name = slice_make(path.ptr + folder.len, path.len - folder.len);

	return api_method_named(name) != API_METHOD_NONE;
}

bool posthead_wanted(struct slice bytes)
{
	struct slice method;
	struct posthead head;

	method = read_request(cut(&bytes, SLICE("\r\n")), &head);
	if (!slice_starts(head.path, folder) || slice_eq(head.path, SLICE("/api/ws")) ||
		slice_starts(head.path, SLICE("/api/auth/")) ||
		slice_starts(head.path, SLICE("/api/series/")))
		return false; /* these are route.c's */
	return names_method(head.path) || !(head.head || slice_eq(method, SLICE("GET")));
}

static bool take_length(struct slice value, struct posthead *head)
{
	uint64_t length;

	if (!httpval_length(value, &length) || (head->sized && length != head->length))
		return false;
	head->length = length;
	head->sized = true;
	return true;
}

static enum refusal take_line(struct slice name, struct slice value, struct posthead *head)
{
	if (same(name, SLICE("Content-Length")) && !take_length(value, head))
		return REFUSAL_BAD_REQUEST;
	if (same(name, SLICE("Host")) && !origin_host_valid(value))
		return REFUSAL_NO_HOST;
	if (same(name, SLICE("Content-Type")))
		head->type = value;
	else if (same(name, SLICE("Authorization")))
		head->authorization = value;
	else if (same(name, SLICE("X-Forwarded-For")))
		head->forwarded = value;
	else if (same(name, SLICE("Expect")))
		head->expects = same(value, SLICE("100-continue"));
	else if (same(name, SLICE("Connection")) && httpval_list_has(value, "close"))
		head->keep = false;
	else if (same(name, SLICE("Connection")) && httpval_list_has(value, "keep-alive"))
		head->keep = true;
	return REFUSAL_NONE;
}

enum refusal posthead_read(struct slice bytes, struct posthead *ret_head)
{
	struct posthead head = { .length = 0 };
	enum refusal refusal = REFUSAL_NONE;

	read_request(cut(&bytes, SLICE("\r\n")), &head);
	head.keep = !head.old;
	while (refusal == REFUSAL_NONE) {
		struct slice value = cut(&bytes, SLICE("\r\n"));
		struct slice name;

		if (value.len == 0)
			break;
		name = cut(&value, SLICE(":"));
		refusal = take_line(name, trim(value), &head);
	}
	*ret_head = head;
	return refusal;
}

bool posthead_is_json(struct slice type)
{
	struct slice media = trim(cut(&type, SLICE(";")));
	struct slice parameter = trim(type), name;

	if (!same(media, SLICE("application/json")))
		return false;
	if (parameter.len == 0)
		return true;
	name = cut(&parameter, SLICE("="));
	return same(name, SLICE("charset")) &&
		(same(parameter, SLICE("utf-8")) || same(parameter, SLICE("\"utf-8\"")));
}
