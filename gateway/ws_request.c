/* ws_request.c - a request to become a WebSocket, as its head says it; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/ws_request.h"

#include <strings.h>

static const struct slice names[WS_FIELDS] = {
	[WS_HOST] = { "Host", 4 },
	[WS_UPGRADE] = { "Upgrade", 7 },
	[WS_CONNECTION] = { "Connection", 10 },
	[WS_VERSION] = { "Sec-WebSocket-Version", 21 },
	[WS_KEY] = { "Sec-WebSocket-Key", 17 },
	[WS_PROTOCOL] = { "Sec-WebSocket-Protocol", 22 },
	[WS_EXTENSIONS] = { "Sec-WebSocket-Extensions", 24 },
	[WS_ORIGIN] = { "Origin", 6 },
	[WS_AUTHORIZATION] = { "Authorization", 13 },
	[WS_COOKIE] = { "Cookie", 6 },
	[WS_CONTENT_LENGTH] = { "Content-Length", 14 },
	[WS_FORWARDED_FOR] = { "X-Forwarded-For", 15 },
};

/* Takes what is before the first `mark` off the front, and the mark; all, if there is none. */
static struct slice take_until(struct slice *text, char mark)
{
	const char *at = text->len ? memchr(text->ptr, mark, text->len) : NULL;
	size_t n = at ? (size_t)(at - text->ptr) : text->len;
	struct slice part = slice_make(text->ptr, n);

	n += at != NULL;
	*text = slice_make(text->ptr + n, text->len - n);
	return part;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct slice trimmed(struct slice text)
{
	while (text.len && is_blank(text.ptr[0]))
		text = slice_make(text.ptr + 1, text.len - 1);
	while (text.len && is_blank(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= ' ';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Without its escapes; `space` is a character that stands for one, or NUL. head_check() has seen
 * that escapes are whole.
 */
static struct slice decoded(struct slice text, char space, struct buf *memory)
{
	size_t start = memory->len;

	if (text.len == 0 ||
		(!memchr(text.ptr, '%', text.len) && !(space && memchr(text.ptr, space, text.len))))
		return text;
	for (size_t i = 0; i < text.len; i++) {
		int high = text.ptr[i] == '%' && i + 2 < text.len ? hex(text.ptr[i + 1]) : -1;
		int low = high < 0 ? -1 : hex(text.ptr[i + 2]);

		if (low < 0) {
			buf_putc(memory, space && text.ptr[i] == space ? ' ' : text.ptr[i]);
			continue;
		}
		buf_putc(memory, (char)(high << 4 | low));
		i += 2;
	}
	return slice_make(memory->data + start, memory->len - start);
}

static void read_target(struct slice target, struct buf *memory, struct ws_request *request)
{
	request->path = decoded(take_until(&target, '?'), '\0', memory);
	while (target.len)
		route_query_add(&request->query, decoded(take_until(&target, '&'), '+', memory));
}

/* Which of the fields that are wanted this line is, and its value; WS_FIELDS: none. */
static enum ws_field read_line(struct slice line, struct slice *ret_value)
{
	struct slice name = take_until(&line, ':');
	int i = 0;

	while (i < WS_FIELDS &&
		(name.len != names[i].len || strncasecmp(name.ptr, names[i].ptr, name.len) != 0))
		i++;
	*ret_value = trimmed(line);
	return (enum ws_field)i;
}

/* All values of a field that is there more than once. */
static struct slice joined(struct slice lines, enum ws_field field, struct buf *memory)
{
	size_t start = memory->len;
	struct slice value;

	while (lines.len) {
		if (read_line(take_until(&lines, '\n'), &value) != field)
			continue;
		buf_put(memory, memory->len > start ? SLICE(",") : SLICE(""));
		buf_put(memory, value);
	}
	return slice_make(memory->data + start, memory->len - start);
}

static void read_fields(struct slice lines, struct buf *memory, struct ws_request *request)
{
	unsigned seen = 0, again = 0;
	struct slice rest = lines, value;

	while (rest.len) {
		enum ws_field field = read_line(take_until(&rest, '\n'), &value);

		if (field == WS_FIELDS)
			continue;
		again |= seen & 1U << field;
		seen |= 1U << field;
		request->fields[field] = value;
	}
	for (enum ws_field field = 0; field < WS_FIELDS; field++)
		if (again & 1U << field)
			request->fields[field] = joined(lines, field, memory);
}

void ws_request_read(struct slice head, struct buf *memory, struct ws_request *ret_request)
{
	struct ws_request request = { .get = false };
	struct slice line = trimmed(take_until(&head, '\n')), target;

	request.get = slice_eq(take_until(&line, ' '), SLICE("GET"));
	target = take_until(&line, ' ');
	request.old = slice_eq(line, SLICE("HTTP/1.0"));
	read_target(target, memory, &request);
	read_fields(head, memory, &request);
	*ret_request = request;
}
