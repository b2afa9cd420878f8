/* grants.c - which rights someone has in which rooms, as it travels between processes */
/* SPDX-License-Identifier: MIT */
#include "proto/grants.h"

#include "proto/base/utf8.h"
#include "proto/glob.h"

static const struct {
	const char *name;
	char letter;
} rows[] = {
#define RIGHT(NAME, name, letter) { #name, letter },
#include "proto/rights.def"
#undef RIGHT
};

const char *right_name(enum right right)
{
	return rows[right].name;
}

enum right right_named(struct slice name)
{
	enum right i = 0;

	while (i < RIGHTS && !slice_eq(name, slice_of(rows[i].name)))
		i++;
	return i;
}

bool grants_pattern_valid(struct slice pattern)
{
	return pattern.len > 0 && pattern.len <= GRANTS_PATTERN_MAX && utf8_printable(pattern);
}

void grants_add(struct buf *out, unsigned rights, struct slice pattern)
{
	for (enum right i = 0; i < RIGHTS; i++)
		if (rights & 1u << i)
			buf_putc(out, rows[i].letter);
	buf_putc(out, ' ');
	buf_put(out, pattern);
	buf_putc(out, '\n');
}

/* Cuts one line off the front. False: there is none, or it is not well formed. */
static bool cut(struct slice *rest, unsigned *ret_rights, struct slice *ret_pattern)
{
	const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
	size_t len, at = 0;
	unsigned rights = 0;

	if (!end)
		return false;
	len = (size_t)(end - rest->ptr);
	for (enum right i = 0; i < RIGHTS; i++)
		if (at < len && rest->ptr[at] == rows[i].letter) {
			rights |= 1u << i;
			at++;
		}
	if (rights == 0 || at == len || rest->ptr[at] != ' ')
		return false;
	*ret_rights = rights;
	*ret_pattern = slice_make(rest->ptr + at + 1, len - at - 1);
	*rest = slice_make(end + 1, rest->len - len - 1);
	return true;
}

bool grants_valid(struct slice grants)
{
	struct slice pattern;
	unsigned rights, count = 0;

	while (grants.len)
		if (!cut(&grants, &rights, &pattern) || !grants_pattern_valid(pattern) ||
			++count > GRANTS_MAX)
			return false;
	return true;
}

bool grants_allow(struct slice grants, enum right right, struct slice room)
{
	struct slice pattern;
	unsigned rights;

	while (cut(&grants, &rights, &pattern))
		if (rights & 1u << right && glob_matches(pattern, room))
			return true;
	return false;
}
