/* conf_file.c - the text of a settings file, line by line */
/* SPDX-License-Identifier: MIT */
#include "proto/base/conf_file.h"

#include <assert.h>
#include <ini.h>

#include "proto/base/conf_value.h"
#include "proto/base/utf8.h"

/*
 * inih takes a line `key = value` apart. It neither says which line it is at nor that it cut a long
 * line or a section's name, so the reader that feeds it counts, checks, and keeps section headers,
 * comments and faulty lines to itself.
 */
struct reader {
	const char *at, *end;
	unsigned line;
	const struct conf_file_ops *ops;
	void *self;
	struct buf scratch; /* a value or a label as it is meant */
};

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next line without its end and what is blank around it; false after the last. */
static bool next_line(struct reader *reader, struct slice *ret_line)
{
	const char *start = reader->at, *stop;

	if (start == reader->end)
		return false;
	stop = memchr(start, '\n', (size_t)(reader->end - start));
	reader->at = stop ? stop + 1 : reader->end;
	reader->line++;
	if (!stop)
		stop = reader->end;
	if (stop > start && stop[-1] == '\r')
		stop--;
	while (start < stop && blank(*start))
		start++;
	while (stop > start && blank(stop[-1]))
		stop--;
	*ret_line = slice_make(start, (size_t)(stop - start));
	return true;
}

static bool line_good(struct reader *reader, struct slice line)
{
	const char *what = NULL;

	for (struct slice rest = line; rest.len && !what;) {
		const char *tab = memchr(rest.ptr, '\t', rest.len);
		size_t len = tab ? (size_t)(tab - rest.ptr) : rest.len;

		if (!utf8_printable(slice_make(rest.ptr, len)))
			what = "the line has control characters, or is not UTF-8";
		rest.ptr += len + (tab != NULL);
		rest.len -= len + (tab != NULL);
	}
	if (line.len > CONF_LINE_MAX)
		what = "the line is longer than 4096 bytes";
	if (what)
		reader->ops->on_error(reader->self, reader->line, what);
	return !what;
}

static void skip_blanks(struct slice *text)
{
	while (text->len && blank(*text->ptr)) {
		text->ptr++;
		text->len--;
	}
}

/* `[name]` or `[name "label"]`; name and label go to scratch, a NUL after each. */
static const char *read_header(struct slice line, struct buf *scratch, size_t *ret_label)
{
	const char *why;

	*ret_label = 0;
	line.ptr++;
	line.len--;
	skip_blanks(&line);
	for (; line.len && !memchr("\"] \t", *line.ptr, 4); line.ptr++, line.len--)
		buf_putc(scratch, *line.ptr);
	if (scratch->len == 0)
		return "the section has no name";
	buf_putc(scratch, '\0');
	skip_blanks(&line);
	if (line.len && *line.ptr == '"') {
		*ret_label = scratch->len;
		why = conf_value_quoted(&line, scratch);
		if (why)
			return why;
		buf_putc(scratch, '\0');
		skip_blanks(&line);
	}
	if (line.len == 0 || *line.ptr != ']')
		return "a section is written [name] or [name \"label\"]";
	line.ptr++;
	line.len--;
	return conf_value_comment(line) ? NULL
					: "there is more after the section's closing bracket";
}

static void take_header(struct reader *reader, struct slice line)
{
	const struct conf_file_ops *ops = reader->ops;
	size_t label;
	const char *why;

	buf_clear(&reader->scratch);
	why = read_header(line, &reader->scratch, &label);
	if (why) {
		ops->on_error(reader->self, reader->line, why);
		ops->on_section(reader->self, reader->line, NULL, NULL);
		return;
	}
	ops->on_section(reader->self, reader->line, reader->scratch.data,
		label ? reader->scratch.data + label : NULL);
}

/* inih takes a ':' for a '=' too; we do not. */
static bool has_equals(struct slice line)
{
	const char *equals = memchr(line.ptr, '=', line.len);

	return equals && !memchr(line.ptr, ':', (size_t)(equals - line.ptr));
}

/* Gives inih the next line that has a key. */
static char *feed(char *to, int size, void *stream)
{
	struct reader *reader = stream;
	struct slice line;

	while (next_line(reader, &line)) {
		if (line.len == 0 || *line.ptr == ';' || *line.ptr == '#' ||
			!line_good(reader, line))
			continue;
		if (*line.ptr == '[') {
			take_header(reader, line);
			continue;
		}
		if (!has_equals(line)) {
			reader->ops->on_error(
				reader->self, reader->line, "neither [section] nor key = value");
			continue;
		}
		assert(line.len + 2 <= (size_t)size);
		memcpy(to, line.ptr, line.len);
		to[line.len] = '\n';
		to[line.len + 1] = '\0';
		return to;
	}
	return NULL;
}

static int on_pair(void *self, const char *section, const char *name, const char *value)
{
	struct reader *reader = self;
	const char *why;

	(void)section;
	buf_clear(&reader->scratch);
	why = conf_value_unquote(slice_of(value), &reader->scratch);
	if (why)
		reader->ops->on_error(reader->self, reader->line, why);
	else
		reader->ops->on_key(reader->self, reader->line, name, buf_slice(&reader->scratch));
	return 1;
}

void conf_file_read(struct slice text, const struct conf_file_ops *ops, void *self)
{
	struct reader reader = { .ops = ops, .self = self };

	if (text.len == 0)
		return;
	if (slice_starts(text, SLICE("\xEF\xBB\xBF"))) {
		text.ptr += 3;
		text.len -= 3;
	}
	reader.at = text.ptr;
	reader.end = text.ptr + text.len;
	/* inih's settings are global; an indented line is no continuation, quotes may hold a ';' */
	ini_max_line = CONF_LINE_MAX + 3;
	ini_use_stack = true;
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_stop_on_first_error = false;
	ini_parse_stream(feed, &reader, on_pair, &reader);
	buf_done(&reader.scratch);
}
