/* console.h - lines of several processes on one stderr, each after its process's name */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_CONSOLE_H
#define CTL_CONSOLE_H

#include <stdbool.h>

#include "proto/base/buf.h"

struct console {
	bool colours;
	unsigned width; /* of the longest name */
};

/* Colours only where a person looks, and does not mind ($NO_COLOR, $TERM). */
void console_init(struct console *console, unsigned width);

/* `hue` 0 is no colour. */
void console_line(const struct console *console, const char *name, unsigned hue, struct slice line);

#endif
