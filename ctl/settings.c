/* settings.c - reads the canonical text that a daemon prints with -n */
/* SPDX-License-Identifier: MIT */
#include "ctl/settings.h"

static struct slice trim(struct slice text)
{
	while (text.len && *text.ptr == ' ')
		text = slice_make(text.ptr + 1, text.len - 1);
	while (text.len && text.ptr[text.len - 1] == ' ')
		text.len--;
	return text;
}

static struct slice take_line(struct slice *text)
{
	const char *newline = memchr(text->ptr, '\n', text->len);
	size_t len = newline ? (size_t)(newline - text->ptr) : text->len;
	struct slice line = slice_make(text->ptr, len);

	len += newline != NULL;
	*text = slice_make(text->ptr + len, text->len - len);
	return line;
}

struct slice settings_get(struct slice text, const char *section, const char *key)
{
	bool inside = false;

	while (text.len) {
		struct slice line = trim(take_line(&text));
		const char *equals;

		if (line.len >= 2 && line.ptr[0] == '[') {
			inside = slice_eq(
				slice_make(line.ptr + 1, line.len - 2), slice_of(section));
			continue;
		}
		equals = inside && line.len ? memchr(line.ptr, '=', line.len) : NULL;
		if (equals &&
			slice_eq(trim(slice_make(line.ptr, (size_t)(equals - line.ptr))),
				slice_of(key)))
			return trim(
				slice_make(equals + 1, (size_t)(line.ptr + line.len - equals - 1)));
	}
	return SLICE("");
}

/* A section's name as a line; whether the text has it as a line already. */
static bool has_line(struct slice text, struct slice wanted)
{
	while (text.len)
		if (slice_eq(take_line(&text), wanted))
			return true;
	return false;
}

void settings_merge(struct buf *into, struct slice text)
{
	size_t before = into->len;
	bool known = false;

	while (text.len) {
		struct slice line = take_line(&text);

		/* Sections of one process may have one name each: [room "a"] twice is two. */
		if (line.len && line.ptr[0] == '[')
			known = has_line(slice_make(into->data, before), line);
		if (known)
			continue;
		if (line.len && line.ptr[0] == '[' && into->len &&
			!(into->len > 1 && into->data[into->len - 2] == '\n'))
			buf_putc(into, '\n');
		buf_put(into, line);
		buf_putc(into, '\n');
	}
}
