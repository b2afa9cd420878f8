/* head.c - the head of a connection's first request, before libwebsockets sees it; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/head.h"

#include <strings.h>

/* A header's line: `name: value`, without the CR LF. */
struct line {
	struct slice text;
	struct slice name;
	struct slice value;
};

static struct slice trim(struct slice text)
{
	while (text.len && (*text.ptr == ' ' || *text.ptr == '\t'))
		text = slice_make(text.ptr + 1, text.len - 1);
	while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static bool name_is(struct slice name, struct slice wanted)
{
	return name.len == wanted.len && strncasecmp(name.ptr, wanted.ptr, name.len) == 0;
}

/* Takes `separator` and what is before it off the front; false if there is none. */
static bool cut(struct slice *rest, struct slice separator, struct slice *ret_before)
{
	const char *at = rest->len ? memmem(rest->ptr, rest->len, separator.ptr, separator.len)
				   : NULL;

	if (!at)
		return false;
	*ret_before = slice_make(rest->ptr, (size_t)(at - rest->ptr));
	*rest = slice_make(at + separator.len, rest->len - ret_before->len - separator.len);
	return true;
}

/* The next line of a whole head; false at its empty last one. */
static bool next_line(struct slice *rest, struct line *ret_line)
{
	struct slice value;

	if (!cut(rest, SLICE("\r\n"), &ret_line->text) || ret_line->text.len == 0)
		return false;
	value = ret_line->text;
	if (!cut(&value, SLICE(":"), &ret_line->name))
		ret_line->name = SLICE("");
	ret_line->value = trim(value);
	return true;
}

static bool is_request_line(struct slice line)
{
	struct slice method, target;

	if (!cut(&line, SLICE(" "), &method) || !cut(&line, SLICE(" "), &target))
		return false;
	for (size_t i = 0; i < method.len; i++)
		if (method.ptr[i] < 'A' || method.ptr[i] > 'Z')
			return false;
	return method.len && target.len &&
		(slice_eq(line, SLICE("HTTP/1.1")) || slice_eq(line, SLICE("HTTP/1.0")));
}

/* Not HTTP from its first byte on: told at once, not when the time is over. */
static bool can_be_http(struct slice bytes)
{
	return bytes.len == 0 || (*bytes.ptr >= 'A' && *bytes.ptr <= 'Z');
}

static int check_lines(struct slice rest)
{
	struct slice request = { NULL, 0 };
	struct line line;
	int hosts = 0;

	if (!cut(&rest, SLICE("\r\n"), &request) || !is_request_line(request))
		return 400;
	while (next_line(&rest, &line)) {
		if (line.name.len == 0 || memchr(line.text.ptr, '\0', line.text.len) ||
			memchr(line.name.ptr, ' ', line.name.len))
			return 400;
		if (name_is(line.name, SLICE("Host")))
			hosts += line.value.len ? 1 : 2;
		if (name_is(line.name, SLICE("Transfer-Encoding")))
			return 411;
	}
	return hosts == 1 || (hosts == 0 && request.ptr[request.len - 1] == '0') ? 1 : 400;
}

int head_check(struct slice bytes)
{
	struct slice rest = bytes, head;

	if (!can_be_http(bytes))
		return 400;
	if (!cut(&rest, SLICE("\r\n\r\n"), &head))
		return bytes.len >= HEAD_MAX ? 431 : 0;
	if (head.len + 4 > HEAD_MAX)
		return 431;
	return check_lines(slice_make(bytes.ptr, head.len + 4));
}

/* Of `bearer, <token>`: the token; else empty. */
static struct slice bearer_of(struct slice value)
{
	struct slice first;

	if (!cut(&value, SLICE(","), &first) || !name_is(trim(first), SLICE("bearer")))
		return SLICE("");
	value = trim(value);
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] <= ' ' || value.ptr[i] == ',' || value.ptr[i] == 0x7f)
			return SLICE("");
	return value;
}

bool head_edit(struct slice bytes, struct buf *out)
{
	struct slice rest = bytes, request = { NULL, 0 }, token = { NULL, 0 };
	bool authorized = false;
	struct line line;

	cut(&rest, SLICE("\r\n"), &request);
	while (next_line(&rest, &line)) {
		if (name_is(line.name, SLICE("Sec-WebSocket-Protocol")) && token.len == 0)
			token = bearer_of(line.value);
		authorized |= name_is(line.name, SLICE("Authorization"));
	}
	if (token.len == 0)
		return false;
	buf_put(out, slice_make(bytes.ptr, request.len + 2));
	rest = slice_make(bytes.ptr + request.len + 2, bytes.len - request.len - 2);
	while (next_line(&rest, &line)) {
		if (name_is(line.name, SLICE("Sec-WebSocket-Protocol")) &&
			bearer_of(line.value).len)
			buf_put(out, SLICE("Sec-WebSocket-Protocol: bearer"));
		else
			buf_put(out, line.text);
		buf_put(out, SLICE("\r\n"));
	}
	if (!authorized) {
		buf_put(out, SLICE("Authorization: Bearer "));
		buf_put(out, token);
		buf_put(out, SLICE("\r\n"));
	}
	buf_put(out, SLICE("\r\n"));
	buf_put(out, rest);
	return true;
}

struct slice head_refusal(int status)
{
#define REFUSAL(line) SLICE("HTTP/1.1 " line "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	switch (status) {
	case 408:
		return REFUSAL("408 Request Timeout");
	case 411:
		return REFUSAL("411 Length Required");
	case 431:
		return REFUSAL("431 Request Header Fields Too Large");
	case 503:
		return REFUSAL("503 Service Unavailable");
	default:
		return REFUSAL("400 Bad Request");
	}
#undef REFUSAL
}
