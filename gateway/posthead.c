/* posthead.c - the head of a request that wants something done; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/posthead.h"

#include <strings.h>

#include "gateway/httpval.h"
#include "gateway/operation.h"
#include "gateway/origin.h"

/* Fields whose value is kept as it is; several of a name are one list (RFC 9110 section 5.3). */
static const struct field {
	struct slice name;
	struct slice joint;
	size_t at; /* in a posthead */
} fields[] = {
	{ SLICE("Host"), SLICE(", "), offsetof(struct posthead, host) },
	{ SLICE("Origin"), SLICE(", "), offsetof(struct posthead, origin) },
	{ SLICE("Content-Type"), SLICE(", "), offsetof(struct posthead, type) },
	{ SLICE("Authorization"), SLICE(", "), offsetof(struct posthead, authorization) },
	{ SLICE("Cookie"), SLICE("; "), offsetof(struct posthead, cookie) },
	{ SLICE("X-Forwarded-For"), SLICE(", "), offsetof(struct posthead, forwarded) },
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

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

static enum http_method method_of(struct slice name)
{
	if (slice_eq(name, SLICE("POST")))
		return HTTP_POST;
	if (slice_eq(name, SLICE("GET")))
		return HTTP_GET;
	return slice_eq(name, SLICE("HEAD")) ? HTTP_HEAD : HTTP_OTHER;
}

/* `METHOD target HTTP/1.x` */
static void read_request(struct slice line, struct posthead *head)
{
	struct slice method = cut(&line, SLICE(" "));
	struct slice target = cut(&line, SLICE(" "));

	head->method = method_of(method);
	head->path = cut(&target, SLICE("?"));
	head->old = slice_eq(line, SLICE("HTTP/1.0"));
}

bool posthead_wanted(struct slice bytes)
{
	const struct operation *operation;
	struct posthead head = { .length = 0 };

	read_request(cut(&bytes, SLICE("\r\n")), &head);
	if (!slice_starts(head.path, OPERATION_FOLDER) || slice_eq(head.path, SLICE("/api/ws")))
		return false;
	if (head.method != HTTP_GET && head.method != HTTP_HEAD)
		return true;
	operation = operation_find(head.path);
	return operation && operation->by != BY_HTTP;
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

/* A line of the head, without its end; false: the head is over. */
static bool next_line(struct slice *rest, struct slice *ret_name, struct slice *ret_value)
{
	struct slice line = cut(rest, SLICE("\r\n"));

	if (line.len == 0)
		return false;
	*ret_name = cut(&line, SLICE(":"));
	*ret_value = trim(line);
	return true;
}

/* Which of `fields` it is; FIELDS: none. */
static unsigned field_named(struct slice name)
{
	unsigned i = 0;

	while (i < FIELDS && !same(name, fields[i].name))
		i++;
	return i;
}

static struct slice *value_at(struct posthead *head, unsigned field)
{
	return (struct slice *)(void *)((char *)head + fields[field].at);
}

static void join(struct slice lines, unsigned field, struct buf *memory, struct slice *ret_value)
{
	size_t start = memory->len;
	struct slice name, value;

	while (next_line(&lines, &name, &value)) {
		if (field_named(name) != field)
			continue;
		if (memory->len > start)
			buf_put(memory, fields[field].joint);
		buf_put(memory, value);
	}
	*ret_value = slice_make(memory->data + start, memory->len - start);
}

static void read_fields(struct slice lines, struct buf *memory, struct posthead *head)
{
	struct slice rest = lines, name, value;
	unsigned seen = 0, again = 0;

	while (next_line(&rest, &name, &value)) {
		unsigned field = field_named(name);

		if (field == FIELDS)
			continue;
		again |= seen & 1u << field;
		seen |= 1u << field;
		*value_at(head, field) = value;
	}
	if (again)
		buf_reserve(memory,
			lines.len); /* nothing moves: a joint is shorter than a line's rest */
	for (unsigned field = 0; field < FIELDS; field++)
		if (again & 1u << field)
			join(lines, field, memory, value_at(head, field));
}

/* What is no more than yes or no, or a number. */
static bool take_line(struct slice name, struct slice value, struct posthead *head)
{
	if (same(name, SLICE("Content-Length")))
		return take_length(value, head);
	if (same(name, SLICE("Expect")))
		head->expects = same(value, SLICE("100-continue"));
	else if (same(name, SLICE("Connection")) && httpval_list_has(value, "close"))
		head->keep = false;
	else if (same(name, SLICE("Connection")) && httpval_list_has(value, "keep-alive"))
		head->keep = true;
	return true;
}

enum refusal posthead_read(struct slice bytes, struct buf *memory, struct posthead *ret_head)
{
	struct posthead head = { .length = 0 };
	struct slice rest, name, value;
	bool good = true;

	read_request(cut(&bytes, SLICE("\r\n")), &head);
	head.keep = !head.old;
	rest = bytes;
	while (good && next_line(&rest, &name, &value))
		good = take_line(name, value, &head);
	read_fields(bytes, memory, &head);
	*ret_head = head;
	if (!good)
		return REFUSAL_BAD_REQUEST;
	return head.host.len && !origin_host_valid(head.host) ? REFUSAL_NO_HOST : REFUSAL_NONE;
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
