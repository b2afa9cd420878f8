/* log.c - one line an event: `event key=value ...` on stderr */
/* SPDX-License-Identifier: MIT */
#include "proto/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/utf8.h"

enum {
	LINE_MAX_BYTES = 2000, /* longer lines are cut */
	ESCAPE_MAX = 4, /* what one byte may become: \xHH */
	QUOTE_MAX = 200,
	QUOTE_BUFFERS = 8,
	EVENTS = 64, /* more events at once than any process has in 10 s */
	REPEATS = 20,
	WINDOW_MS = 10000,
};

/* How often an event was written since the window began. */
struct repeat {
	const char *event;
	enum log_level level;
	struct mono until;
	unsigned count;
};

static struct {
	enum log_level level;
	bool journal;
	bool opened;
	char name[32];
	struct repeat repeats[EVENTS];
} state = { .level = LOG_LEVEL_INFO };

/* journald says in $JOURNAL_STREAM which device and inode the stream that it reads has. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

/* Appends with control characters and bytes that are no UTF-8 escaped; quotes too if `quoted`. */
static size_t escape(char *to, struct slice from, bool quoted)
{
	char *start = to;
	uint32_t code = 0;
	size_t n;

	for (; from.len; from.ptr += n, from.len -= n) {
		unsigned char c = (unsigned char)*from.ptr;

		n = utf8_get(from, &code);
		if (c == '\n' || c == '\t' || c == '\r') {
			*to++ = '\\';
			*to++ = c == '\n' ? 'n' : c == '\t' ? 't' : 'r';
		} else if (n == 0 || code < 0x20 || (code >= 0x7F && code < 0xA0)) {
			n = 1;
			to += sprintf(to, "\\x%02x", c);
		} else if (quoted && (c == '"' || c == '\\')) {
			*to++ = '\\';
			*to++ = (char)c;
		} else {
			memcpy(to, from.ptr, n);
			to += n;
		}
	}
	return (size_t)(to - start);
}

/* A length of at most max that does not cut a character in two. */
static size_t cut(struct slice text, size_t max)
{
	size_t len = max;

	if (text.len <= max)
		return text.len;
	while (len > max - 4 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
		len--;
	return len;
}

static void write_line(enum log_level level, const char *event, struct slice detail)
{
	char line[64 + (LINE_MAX_BYTES + 8) * ESCAPE_MAX];
	size_t keep = cut(detail, LINE_MAX_BYTES), len = 0, at = 0;
	ssize_t n;

	if (state.journal)
		len += (size_t)sprintf(line, "<%d>", (int)level);
	len += (size_t)sprintf(line + len, "%.40s%s", event, detail.len ? " " : "");
	len += escape(line + len, slice_make(detail.ptr, keep), false);
	if (keep < detail.len)
		len += (size_t)sprintf(line + len, "...");
	line[len++] = '\n';
	while (at < len) {
		n = write(STDERR_FILENO, line + at, len - at);
		if (n < 0 && errno != EINTR)
			break; /* there is nowhere left to complain */
		at += n > 0 ? (size_t)n : 0;
	}
}

/* Says how many were held back, and begins anew. */
static void say_repeat(struct repeat *repeat)
{
	char text[80];
	unsigned held = repeat->count > REPEATS ? repeat->count - REPEATS : 0;

	repeat->count = 0;
	if (held == 0)
		return;
	snprintf(text, sizeof(text), "count=%u of=%s", held, repeat->event);
	write_line(repeat->level, "log_held_back", slice_of(text));
}

/* The entry of an event: its own, else a free one, else the one that began first. */
static struct repeat *find_repeat(const char *event)
{
	struct repeat *found = &state.repeats[0];

	for (size_t i = 0; i < EVENTS; i++) {
		struct repeat *repeat = &state.repeats[i];

		if (repeat->event && strcmp(repeat->event, event) == 0)
			return repeat;
		if (found->count && (!repeat->count || mono_before(repeat->until, found->until)))
			found = repeat;
	}
	say_repeat(found);
	found->event = event;
	return found;
}

static bool held_back(enum log_level level, const char *event)
{
	struct repeat *repeat = find_repeat(event);
	struct mono now = clock_now();

	if (repeat->count && !mono_before(now, repeat->until))
		say_repeat(repeat);
	if (repeat->count == 0)
		repeat->until = mono_after(now, WINDOW_MS);
	repeat->level = level;
	return ++repeat->count > REPEATS;
}

static void flush_all(void)
{
	for (size_t i = 0; i < EVENTS; i++)
		if (state.repeats[i].count)
			say_repeat(&state.repeats[i]);
}

void log_open(const char *name, enum log_level level)
{
	snprintf(state.name, sizeof(state.name), "%s", name);
	program_invocation_short_name = state.name;
	state.level = level;
	state.journal = stderr_is_journal();
	if (!state.opened)
		atexit(flush_all);
	state.opened = true;
}

void log_set_level(enum log_level level)
{
	state.level = level;
}

bool log_enabled(enum log_level level)
{
	return level <= state.level;
}

void log_flush(void)
{
	struct mono now = clock_now();

	for (size_t i = 0; i < EVENTS; i++)
		if (state.repeats[i].count && !mono_before(now, state.repeats[i].until))
			say_repeat(&state.repeats[i]);
}

static void write_event(enum log_level level, const char *event, const char *format, va_list args)
{
	char detail[LINE_MAX_BYTES + 8];
	int len = vsnprintf(detail, sizeof(detail), format, args);

	if (len < 0)
		len = 0;
	else if ((size_t)len >= sizeof(detail))
		len = sizeof(detail) - 1;
	write_line(level, event, slice_make(detail, (size_t)len));
}

void log_write(enum log_level level, const char *event, const char *format, ...)
{
	va_list args;

	if (!log_enabled(level) || held_back(level, event))
		return;
	va_start(args, format);
	write_event(level, event, format, args);
	va_end(args);
}

void log_audit(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_event(LOG_LEVEL_INFO, event, format, args);
	va_end(args);
}

static bool needs_quotes(struct slice value)
{
	if (value.len == 0 || !utf8_printable(value))
		return true;
	for (size_t i = 0; i < value.len; i++)
		if (strchr(" \"\\=", value.ptr[i]))
			return true;
	return false;
}

const char *log_quote(struct slice value)
{
	static char buffers[QUOTE_BUFFERS][QUOTE_MAX * ESCAPE_MAX + 8];
	static size_t next;
	char *text = buffers[next++ % QUOTE_BUFFERS], *to = text;
	size_t keep = cut(value, QUOTE_MAX);
	bool quotes = keep < value.len || needs_quotes(value);

	if (quotes)
		*to++ = '"';
	to += escape(to, slice_make(value.ptr, keep), true);
	if (keep < value.len)
		to += sprintf(to, "...");
	if (quotes)
		*to++ = '"';
	*to = '\0';
	return text;
}
