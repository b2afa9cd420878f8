/* console.c - lines of several processes on one stderr, each after its process's name */
/* SPDX-License-Identifier: MIT */
#include "ctl/console.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const unsigned hues[] = { 0, 36, 33, 35, 32, 34 };

void console_init(struct console *console, unsigned width)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	console->width = width;
	console->colours = isatty(STDERR_FILENO) && !(no_colour && no_colour[0]) &&
		!(term && strcmp(term, "dumb") == 0);
}

/* In one write(), so that lines of others do not come in between. */
static void write_all(struct slice text)
{
	while (text.len) {
		ssize_t n = write(STDERR_FILENO, text.ptr, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* no one looks any more */
		text = slice_make(text.ptr + n, text.len - (size_t)n);
	}
}

void console_line(const struct console *console, const char *name, unsigned hue, struct slice line)
{
	struct buf text = { .cap = 0 };
	bool colour = console->colours && hue > 0 && hue < sizeof(hues) / sizeof(*hues);

	if (colour)
		buf_printf(&text, "\x1b[%um", hues[hue]);
	buf_printf(&text, "%-*s |", (int)console->width, name);
	buf_put(&text, colour ? SLICE("\x1b[0m ") : SLICE(" "));
	buf_put(&text, line);
	buf_putc(&text, '\n');
	write_all(buf_slice(&text));
	buf_done(&text);
}
