/* conf_set.c - all settings at one time: the sections and what they hold */
/* SPDX-License-Identifier: MIT */
#include "proto/base/conf_set.h"

#include <assert.h>

#include "proto/base/conf_value.h"
#include "proto/base/mem.h"

const struct conf_section *conf_set_section(const struct conf_set *set, const char *name)
{
	for (const struct conf_section *s = set->sections; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

const struct conf_key *conf_set_key(const struct conf_section *section, const char *name)
{
	for (const struct conf_key *key = section->keys; key->name; key++)
		if (strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

static bool same_label(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

struct conf_filled *conf_set_find(
	const struct conf_set *set, const struct conf_section *section, const char *label)
{
	for (struct conf_filled *f = set->first; f; f = f->next)
		if (f->section == section && same_label(f->label, label))
			return f;
	return NULL;
}

static size_t count_keys(const struct conf_section *section)
{
	size_t count = 0;

	while (section->keys[count].name)
		count++;
	return count;
}

struct conf_filled *conf_set_add(
	struct conf_set *set, const struct conf_section *section, const char *label)
{
	struct conf_filled *filled = mem_alloc(sizeof(*filled)), **at = &set->first;
	struct buf why = { 0 };

	filled->section = section;
	filled->label = mem_strdup(label);
	filled->values = mem_alloc(section->size);
	filled->lines = mem_array(count_keys(section), sizeof(*filled->lines));
	for (const struct conf_key *key = section->keys; key->name; key++) {
		int bad = conf_value_read(key, slice_of(key->def), filled->values, &why);

		assert(!bad); /* a default that its own table does not allow */
	}
	while (*at)
		at = &(*at)->next;
	*at = filled;
	return filled;
}

void conf_set_init(struct conf_set *set, const struct conf_section *sections)
{
	*set = (struct conf_set){ .sections = sections };
	for (const struct conf_section *s = sections; s->name; s++)
		if (!s->named)
			conf_set_add(set, s, NULL);
}

void conf_set_done(struct conf_set *set)
{
	struct conf_filled *filled = set->first, *next;

	for (; filled; filled = next) {
		next = filled->next;
		for (const struct conf_key *key = filled->section->keys; key->name; key++)
			conf_value_free(key, filled->values);
		mem_free(filled->values);
		mem_free(filled->lines);
		mem_free(filled->label);
		mem_free(filled);
	}
	set->first = NULL;
}

static void inherit(const struct conf_set *set, struct conf_filled *filled, size_t i)
{
	const struct conf_key *key = &filled->section->keys[i];
	const struct conf_section *from = conf_set_section(set, key->inherit);
	const struct conf_key *same = from ? conf_set_key(from, key->name) : NULL;
	struct buf printed = { 0 }, text = { 0 }, why = { 0 };
	int bad;

	assert(same && same->type == key->type);
	conf_value_print(same, conf_set_find(set, from, NULL)->values, &printed);
	(void)conf_value_unquote(buf_slice(&printed), &text);
	bad = conf_value_read(key, slice_make(buf_cstr(&text), text.len), filled->values, &why);
	assert(!bad); /* a table with a narrower range than the one that it inherits from */
	buf_done(&printed);
	buf_done(&text);
}

void conf_set_inherit(struct conf_set *set)
{
	for (struct conf_filled *f = set->first; f; f = f->next)
		for (size_t i = 0; f->section->keys[i].name; i++)
			if (f->section->keys[i].inherit && f->lines[i] == 0)
				inherit(set, f, i);
}

/* ---- printing and comparing ---- */

void conf_set_print_header(struct buf *out, const struct conf_filled *filled)
{
	buf_printf(out, "[%s", filled->section->name);
	if (filled->label) {
		buf_putc(out, ' ');
		conf_value_put_quoted(out, slice_of(filled->label));
	}
	buf_putc(out, ']');
}

static void print_help(struct buf *out, const struct conf_key *key)
{
	if (!key->help)
		return;
	buf_printf(out, "# %s", key->help);
	if (key->type == CONF_CHOICE)
		buf_printf(out, ": %s", key->choices);
	if (key->inherit)
		buf_printf(out, " (default: as in [%s])\n", key->inherit);
	else
		buf_printf(out, " (default: %s)\n", *key->def ? key->def : "empty");
}

static void print_filled(struct buf *out, const struct conf_filled *filled, bool help)
{
	conf_set_print_header(out, filled);
	buf_putc(out, '\n');
	if (help && filled->section->help)
		buf_printf(out, "# %s\n", filled->section->help);
	for (const struct conf_key *key = filled->section->keys; key->name; key++) {
		if (help)
			print_help(out, key);
		buf_printf(out, "%s = ", key->name);
		conf_value_print(key, filled->values, out);
		if (out->data[out->len - 1] == ' ')
			out->len--; /* an empty value */
		buf_putc(out, '\n');
	}
}

void conf_set_print(const struct conf_set *set, struct buf *out, bool help)
{
	for (const struct conf_filled *f = set->first; f; f = f->next) {
		if (f != set->first)
			buf_putc(out, '\n');
		print_filled(out, f, help);
	}
}

static void put_name(struct buf *out, const struct conf_filled *filled, const struct conf_key *key)
{
	if (out->len)
		buf_putc(out, ' ');
	buf_put(out, slice_of(filled->section->name));
	if (filled->label) {
		buf_putc(out, '.');
		conf_value_put_quoted(out, slice_of(filled->label));
	}
	buf_printf(out, ".%s", key->name);
}

/* Fixed keys of `filled` that differ from those in `other`; if that is NULL, all of them do. */
static void diff_filled(
	const struct conf_filled *filled, const struct conf_filled *other, struct buf *out)
{
	for (const struct conf_key *key = filled->section->keys; key->name; key++)
		if (!key->reload && (!other || !conf_value_eq(key, filled->values, other->values)))
			put_name(out, filled, key);
}

void conf_set_diff(const struct conf_set *before, const struct conf_set *after, struct buf *out)
{
	for (const struct conf_filled *f = before->first; f; f = f->next)
		diff_filled(f, conf_set_find(after, f->section, f->label), out);
	for (const struct conf_filled *f = after->first; f; f = f->next)
		if (!conf_set_find(before, f->section, f->label))
			diff_filled(f, NULL, out);
}
