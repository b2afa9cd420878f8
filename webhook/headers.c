/* headers.c - header lines of the administrator's own, which go with each request */
/* SPDX-License-Identifier: MIT */
#include "webhook/headers.h"

#include <errno.h>
#include <strings.h>

/* What we or the protocol say. */
static const char *const ours[] = { "content-type", "content-length", "transfer-encoding",
	"connection", "host", "expect", "user-agent", "webhook-id", "webhook-timestamp",
	"webhook-signature" };

/* RFC 9110 section 5.6.2 */
static bool is_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_ours(struct slice name)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (strlen(ours[i]) == name.len && strncasecmp(ours[i], name.ptr, name.len) == 0)
			return true;
	return false;
}

/* A name, a colon, a value that is not empty. */
static bool is_header(struct slice line)
{
	size_t at = 0, end;

	while (at < line.len && is_token(line.ptr[at]))
		at++;
	if (at == 0 || at == line.len || line.ptr[at] != ':' || line.len > HEADER_LINE_MAX ||
		is_ours(slice_make(line.ptr, at)))
		return false;
	end = at + 1;
	while (end < line.len && (line.ptr[end] == ' ' || line.ptr[end] == '\t'))
		end++;
	if (end == line.len)
		return false;
	for (; end < line.len; end++)
		if ((unsigned char)line.ptr[end] < ' ' || line.ptr[end] == 127)
			return false;
	return true;
}

static struct slice take_line(struct slice *text)
{
	const char *end = memchr(text->ptr, '\n', text->len);
	size_t len = end ? (size_t)(end - text->ptr) : text->len;
	struct slice line = slice_make(text->ptr, len);

	text->ptr += len + (end != NULL);
	text->len -= len + (end != NULL);
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

int headers_next(struct slice *text, struct slice *ret_line)
{
	while (text->len) {
		struct slice line = take_line(text);

		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (!is_header(line))
			return -EINVAL;
		*ret_line = line;
		return 1;
	}
	return 0;
}
