/* head.c - the head of a connection's first request; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/head.h"

#include <ctype.h>
#include <strings.h>

#include "gateway/httpval.h"
#include "gateway/pathname.h"
#include "proto/base/mem.h"

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
	const char *at = rest->ptr, *end = rest->ptr + rest->len;

	/* separators are short, and begin with what is rare: memmem() prepares for long ones */
	while ((size_t)(end - at) >= separator.len &&
		(at = memchr(at, *separator.ptr, (size_t)(end - at)))) {
		if ((size_t)(end - at) < separator.len)
			return false;
		if (memcmp(at, separator.ptr, separator.len) == 0)
			break;
		at++;
	}
	if (!at || (size_t)(end - at) < separator.len)
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

/* Is there a byte below ' ', or DEL, among these eight? Bytes above ASCII may be taken for one. */
static bool may_have_control(uint64_t word)
{
	const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;

	return ((word - ' ' * ones) | ((word ^ 0x7f * ones) - ones) | word) & tops;
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

/* Also a CR or LF alone, which libwebsockets takes for the end of a line. Eight bytes at a time. */
static bool has_control(struct slice text)
{
	uint64_t word;
	size_t i = 0;

	while (i < text.len) {
		if (text.len - i >= sizeof(word)) {
			memcpy(&word, text.ptr + i, sizeof(word));
			if (!may_have_control(word)) {
				i += sizeof(word);
				continue;
			}
		}
		if (is_control(text.ptr[i++]))
			return true;
	}
	return false;
}

/*
 * Those that libwebsockets can read, but for CONNECT, which it takes for the beginning of no one
 * knows what.
 */
static bool is_method(struct slice method)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH",
		"DELETE" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (slice_eq(method, slice_of(methods[i])))
			return true;
	return false;
}

/* A path; what is escaped in it is escaped well. */
static bool is_target(struct slice target)
{
	if (target.len == 0 || *target.ptr != '/' || has_control(target))
		return false;
	for (size_t i = 0; i < target.len; i++)
		if (target.ptr[i] == '%' &&
			(i + 2 >= target.len || !isxdigit((unsigned char)target.ptr[i + 1]) ||
				!isxdigit((unsigned char)target.ptr[i + 2])))
			return false;
	return true;
}

/* 1, or the status to refuse it with. */
static int check_request(struct slice line)
{
	struct slice method, target;

	if (!cut(&line, SLICE(" "), &method) || !cut(&line, SLICE(" "), &target))
		return 400;
	for (size_t i = 0; i < method.len; i++)
		if (method.ptr[i] < 'A' || method.ptr[i] > 'Z')
			return 400;
	if (method.len == 0 || !is_target(target) ||
		(!slice_eq(line, SLICE("HTTP/1.1")) && !slice_eq(line, SLICE("HTTP/1.0"))))
		return 400;
	return is_method(method) ? 1 : 501;
}

/* Not HTTP from its first byte on: told at once, not when the time is over. */
static bool can_be_http(struct slice bytes)
{
	return bytes.len == 0 || (*bytes.ptr >= 'A' && *bytes.ptr <= 'Z');
}

static bool is_clean(struct slice token)
{
	for (size_t i = 0; i < token.len; i++)
		if (token.ptr[i] <= ' ' || token.ptr[i] == 0x7f)
			return false;
	return true;
}

/* Of a list of subprotocols: what follows `bearer`; else empty. */
static struct slice bearer_of(struct slice value)
{
	bool named = false, more = true;
	struct slice item;

	while (more) {
		more = cut(&value, SLICE(","), &item);
		item = trim(more ? item : value);
		if (named)
			return is_clean(item) ? item : SLICE("");
		named = name_is(item, SLICE("bearer"));
	}
	return SLICE("");
}

/* libwebsockets decodes these, and then takes them for the end of the path or of the line. */
static bool ends_line(struct slice escape)
{
	return slice_starts(escape, SLICE("%00")) || slice_starts(escape, SLICE("%0a")) ||
		slice_starts(escape, SLICE("%0A")) || slice_starts(escape, SLICE("%0d")) ||
		slice_starts(escape, SLICE("%0D"));
}

/* How much of a request's line is without such an escape. */
static size_t harmless(struct slice request)
{
	const char *at = request.ptr, *end = request.ptr + request.len;

	while (at < end && (at = memchr(at, '%', (size_t)(end - at)))) {
		if (ends_line(slice_make(at, (size_t)(end - at))))
			return (size_t)(at - request.ptr);
		at++;
	}
	return request.len;
}

/* With %01 for each of them: no name may have that one either. */
static void put_harmless(struct slice request, struct buf *out)
{
	size_t n = harmless(request);

	while (n < request.len) {
		buf_put(out, slice_make(request.ptr, n));
		buf_put(out, SLICE("%01"));
		request = slice_make(request.ptr + n + 3, request.len - n - 3);
		n = harmless(request);
	}
	buf_put(out, request);
}

/* What libwebsockets would misread is written otherwise. True: there was some. */
static bool edit_request(struct slice request, struct buf *out)
{
	struct slice rest = request, method, target;
	_cleanup_(buf_done) struct buf safe = { .cap = 0 };
	bool changed = false;

	if (cut(&rest, SLICE(" "), &method) && cut(&rest, SLICE(" "), &target) &&
		pathname_protect(target, &safe)) {
		changed = true;
		buf_put(out, method);
		buf_putc(out, ' ');
		put_harmless(buf_slice(&safe), out);
		buf_putc(out, ' ');
		buf_put(out, rest);
	} else {
		changed = harmless(request) < request.len;
		put_harmless(request, out);
	}
	buf_put(out, SLICE("\r\n"));
	return changed;
}

/* h2c and others: who is not given it goes on with HTTP/1.1 (RFC 9110 section 7.8). */
static bool is_upgrade(const struct line *line)
{
	return name_is(line->name, SLICE("Upgrade"));
}

static bool wants_websocket(const struct line *line)
{
	return is_upgrade(line) && httpval_list_has(line->value, "websocket");
}

/* The other protocols of a list would keep libwebsockets from seeing it. */
static bool is_other_upgrade(const struct line *line)
{
	return is_upgrade(line) && !name_is(line->value, SLICE("websocket"));
}

static bool is_extensions(const struct line *line)
{
	return name_is(line->name, SLICE("Sec-WebSocket-Extensions"));
}

/* ---- one walk over all lines ---- */

/* What the lines have said so far. */
struct said {
	int verdict; /* 1, or the status to refuse it with */
	int hosts;
	size_t extensions; /* bytes of them, and one for each line */
};

/* Rooms are in the paths of others (pathname.h). */
static bool may_be_misread(struct slice target)
{
	return !slice_starts(target, SLICE("/api/")) || memchr(target.ptr, '%', target.len);
}

static void take_request(struct slice request, struct said *said, struct head *head)
{
	struct slice rest = request, method, target;

	said->verdict = check_request(request);
	if (said->verdict != 1)
		return;
	cut(&rest, SLICE(" "), &method);
	cut(&rest, SLICE(" "), &target);
	head->odd = may_be_misread(target);
	head->old = request.ptr[request.len - 1] == '0';
}

static bool is_field(const struct line *line)
{
	return line->name.len && !has_control(line->text) &&
		!memchr(line->name.ptr, ' ', line->name.len) &&
		!memchr(line->name.ptr, '\t', line->name.len);
}

static void take_line(const struct line *line, struct said *said, struct head *head)
{
	if (!is_field(line)) {
		said->verdict = 400;
	} else if (name_is(line->name, SLICE("Host"))) {
		said->hosts += line->value.len ? 1 : 2;
	} else if (name_is(line->name, SLICE("Transfer-Encoding"))) {
		said->verdict = 411;
	} else if (is_upgrade(line)) {
		head->upgrade |= wants_websocket(line);
		head->odd |= is_other_upgrade(line);
	} else if (name_is(line->name, SLICE("Sec-WebSocket-Protocol"))) {
		head->odd = true;
	} else if (is_extensions(line)) {
		said->extensions += line->value.len + 1;
	}
}

/* Most often nothing follows: then it is seen at the end, and nothing is walked over for it. */
static bool has_end(struct slice bytes)
{
	struct slice end = SLICE("\r\n\r\n"), head;

	if (bytes.len >= end.len && memcmp(bytes.ptr + bytes.len - end.len, end.ptr, end.len) == 0)
		return true;
	return cut(&bytes, end, &head);
}

int head_check(struct slice bytes, size_t max, struct head *ret_head)
{
	struct slice rest = bytes, request = { NULL, 0 };
	struct said said = { .verdict = 1 };
	struct head head = { .len = 0 };
	struct line line;

	if (!can_be_http(bytes))
		return 400;
	if (!has_end(bytes))
		return bytes.len >= max ? 431 : 0;
	cut(&rest, SLICE("\r\n"), &request);
	take_request(request, &said, &head);
	while (next_line(&rest, &line))
		if (said.verdict == 1)
			take_line(&line, &said, &head);
	head.len = bytes.len - rest.len;
	if (head.len > max)
		return 431;
	if (said.verdict != 1)
		return said.verdict;
	head.odd |= said.extensions > HEAD_EXTENSIONS_MAX;
	*ret_head = head;
	return said.hosts == 1 || (said.hosts == 0 && head.old) ? 1 : 400;
}

/* ---- what libwebsockets would misread ---- */

static void put_line(const struct line *line, bool extensions, struct buf *out)
{
	if (is_other_upgrade(line) && !wants_websocket(line))
		return;
	if (is_extensions(line) && !extensions)
		return;
	if (is_other_upgrade(line)) {
		buf_put(out, SLICE("Upgrade: websocket\r\n"));
		return;
	}
	if (name_is(line->name, SLICE("Sec-WebSocket-Protocol")) && bearer_of(line->value).len)
		buf_put(out, SLICE("Sec-WebSocket-Protocol: bearer"));
	else
		buf_put(out, line->text);
	buf_put(out, SLICE("\r\n"));
}

bool head_edit(struct slice bytes, struct buf *out)
{
	struct slice rest = bytes, request = { NULL, 0 }, token = { NULL, 0 };
	bool authorized = false, changed = false;
	size_t extensions = 0;
	size_t start = out->len;
	struct line line;

	cut(&rest, SLICE("\r\n"), &request);
	while (next_line(&rest, &line)) {
		if (name_is(line.name, SLICE("Sec-WebSocket-Protocol")) && token.len == 0)
			token = bearer_of(line.value);
		authorized |= name_is(line.name, SLICE("Authorization"));
		changed |= is_other_upgrade(&line);
		if (is_extensions(&line))
			extensions += line.value.len + 1;
	}
	changed |= extensions > HEAD_EXTENSIONS_MAX;
	changed |= edit_request(request, out) || token.len;
	if (!changed) {
		out->len = start;
		return false;
	}
	rest = slice_make(bytes.ptr + request.len + 2, bytes.len - request.len - 2);
	while (next_line(&rest, &line))
		put_line(&line, extensions <= HEAD_EXTENSIONS_MAX, out);
	if (token.len && !authorized) {
		buf_put(out, SLICE("Authorization: Bearer "));
		buf_put(out, token);
		buf_put(out, SLICE("\r\n"));
	}
	buf_put(out, SLICE("\r\n"));
	buf_put(out, rest);
	return true;
}

size_t head_plain(struct slice bytes)
{
	struct slice rest = bytes, request;
	struct line line;
	bool body = false;

	cut(&rest, SLICE("\r\n"), &request);
	while (next_line(&rest, &line))
		body |= name_is(line.name, SLICE("Content-Length"));
	if (body ||
		!(slice_starts(request, SLICE("GET ")) || slice_starts(request, SLICE("HEAD "))))
		return 0;
	return bytes.len - rest.len;
}
