/* table.h - rows of text as columns for a terminal */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stddef.h>

#include "proto/base/buf.h"

enum { TABLE_COLUMNS = 16 };

/* All-zero is a good start. */
struct table {
	char **cells; /* row after row */
	size_t count;
	size_t columns; /* of the first row */
};

/* Cells end with NULL. What a terminal would obey is shown as `?`. */
void table_add(struct table *table, const char *const *cells);
#define TABLE_ROW(table, ...) table_add(table, (const char *const[]){ __VA_ARGS__, NULL })
void table_print(const struct table *table, struct buf *out);
void table_done(struct table *table);

/* Text of others, fit for a terminal: control characters become `?`. */
void table_safe(struct buf *out, struct slice text);

#endif
