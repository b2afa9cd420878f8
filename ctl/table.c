/* table.c - rows of text as columns for a terminal */
/* SPDX-License-Identifier: MIT */
#include "ctl/table.h"

#include <assert.h>

#include "proto/base/mem.h"
#include "proto/base/utf8.h"

void table_safe(struct buf *out, struct slice text)
{
	while (text.len) {
		uint32_t point;
		size_t len = utf8_get(text, &point);

		if (!len || !utf8_printable(slice_make(text.ptr, len)))
			buf_putc(out, '?');
		else
			buf_add(out, text.ptr, len);
		len = len ? len : 1;
		text = slice_make(text.ptr + len, text.len - len);
	}
}

static void add_cell(struct table *table, const char *text)
{
	_cleanup_(buf_done) struct buf safe = { .cap = 0 };

	table_safe(&safe, slice_of(text));
	table->cells = mem_realloc(table->cells, table->count + 1, sizeof(*table->cells));
	table->cells[table->count++] = mem_strdup(buf_cstr(&safe));
}

void table_add(struct table *table, const char *const *cells)
{
	size_t n = 0;

	while (cells[n])
		add_cell(table, cells[n++]);
	if (!table->columns)
		table->columns = n;
	assert(n == table->columns && n <= TABLE_COLUMNS);
}

/* Characters, not bytes. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

void table_print(const struct table *table, struct buf *out)
{
	size_t widths[TABLE_COLUMNS] = { 0 };

	for (size_t i = 0; i < table->count; i++) {
		size_t width = width_of(table->cells[i]), column = i % table->columns;

		widths[column] = width > widths[column] ? width : widths[column];
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;

		buf_put(out, slice_of(table->cells[i]));
		if (column + 1 == table->columns)
			buf_putc(out, '\n');
		else
			buf_printf(out, "%*s",
				(int)(widths[column] - width_of(table->cells[i]) + 2), "");
	}
}

void table_done(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		mem_free(table->cells[i]);
	mem_free(table->cells);
	*table = (struct table){ .count = 0 };
}
