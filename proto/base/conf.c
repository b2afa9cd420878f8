/* conf.c - settings: tables of keys, an INI file, the environment */
/* SPDX-License-Identifier: MIT */
#include "proto/base/conf.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>

#include "proto/base/conf_file.h"
#include "proto/base/conf_hint.h"
#include "proto/base/conf_set.h"
#include "proto/base/conf_value.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

enum { FILE_MAX = 1 << 20, KEY_MAX = 32 };

struct conf {
	const char *const *foreign;
	struct conf_set set;
};

struct load {
	const struct conf *conf;
	const char *path;
	struct conf_set set;
	struct conf_filled *current; /* NULL: in a section that is skipped */
	bool in_section;
	struct buf *errors;
	struct buf why;
};

struct conf *conf_new(const struct conf_section *sections, const char *const *foreign)
{
	struct conf *conf = mem_alloc(sizeof(*conf));

	conf->foreign = foreign;
	conf_set_init(&conf->set, sections);
	return conf;
}

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	conf_set_done(&conf->set);
	mem_free(conf);
}

static struct conf_hint hint_key(const struct conf_section *section, const char *wrong)
{
	struct conf_hint hint = { 0 };

	for (const struct conf_key *key = section->keys; key->name; key++)
		conf_hint_try(&hint, wrong, key->name);
	return hint;
}

/* ---- the file ---- */

static void begin_error(struct load *load, unsigned line)
{
	buf_printf(load->errors, "%s:%u: ", load->path, line);
}

static void on_error(void *self, unsigned line, const char *what)
{
	struct load *load = self;

	begin_error(load, line);
	buf_printf(load->errors, "%s\n", what);
}

static bool is_foreign(const struct conf *conf, const char *name)
{
	for (const char *const *f = conf->foreign; f && *f; f++)
		if (strcmp(*f, name) == 0)
			return true;
	return false;
}

static void no_such_section(struct load *load, unsigned line, const char *name)
{
	struct conf_hint hint = { 0 };

	for (const struct conf_section *s = load->set.sections; s->name; s++)
		conf_hint_try(&hint, name, s->name);
	for (const char *const *f = load->conf->foreign; f && *f; f++)
		conf_hint_try(&hint, name, *f);
	begin_error(load, line);
	buf_printf(load->errors, "no such section [%s]", name);
	if (hint.name)
		buf_printf(load->errors, " (did you mean [%s]?)", hint.name);
	buf_putc(load->errors, '\n');
}

/* NULL if there may be one more, with this name. */
static const char *why_not_added(
	const struct load *load, const struct conf_section *section, const char *label)
{
	size_t there = 0;

	for (const struct conf_filled *at = load->set.first; at; at = at->next)
		there += at->section == section;
	if (section->most && there >= section->most)
		return "is one too many";
	return section->check && label ? section->check(slice_of(label)) : NULL;
}

static void add_section(
	struct load *load, unsigned line, const struct conf_section *section, const char *label)
{
	const char *why = why_not_added(load, section, label);

	load->current = conf_set_add(&load->set, section, label);
	load->current->line = line;
	if (!why)
		return;
	begin_error(load, line);
	conf_set_print_header(load->errors, load->current);
	buf_printf(load->errors, " %s\n", why);
}

static void on_section(void *self, unsigned line, const char *name, const char *label)
{
	struct load *load = self;
	const struct conf_section *section = name ? conf_set_section(&load->set, name) : NULL;
	struct conf_filled *filled;

	load->in_section = true;
	load->current = NULL;
	if (!section) {
		if (name && !is_foreign(load->conf, name))
			no_such_section(load, line, name);
		return;
	}
	if (section->named != (label != NULL)) {
		begin_error(load, line);
		buf_printf(load->errors,
			label ? "[%s] has no name of its own\n" : "[%s \"...\"] needs a name\n",
			name);
		return;
	}
	filled = conf_set_find(&load->set, section, label);
	if (!filled) {
		add_section(load, line, section, label);
		return;
	}
	if (filled->line) {
		begin_error(load, line);
		conf_set_print_header(load->errors, filled);
		buf_printf(load->errors, " appears twice (first in line %u)\n", filled->line);
	}
	if (!filled->line)
		filled->line = line;
	load->current = filled;
}

static void on_key(void *self, unsigned line, const char *name, struct slice value)
{
	struct load *load = self;
	struct conf_filled *filled = load->current;
	const struct conf_key *key;
	struct conf_hint hint;
	unsigned *first;

	if (!load->in_section)
		on_error(load, line, "a key must be in a [section]");
	if (!filled)
		return;
	key = conf_set_key(filled->section, name);
	first = key ? &filled->lines[key - filled->section->keys] : NULL;
	buf_clear(&load->why);
	if (!key) {
		hint = hint_key(filled->section, name);
		buf_printf(&load->why, "no such key \"%s\"", name);
		if (hint.name)
			buf_printf(&load->why, " (did you mean \"%s\"?)", hint.name);
	} else if (*first) {
		buf_printf(&load->why, "%s is set twice (first in line %u)", name, *first);
	} else {
		buf_printf(&load->why, "%s: ", name);
		*first = line;
		if (conf_value_read(key, value, filled->values, &load->why) == 0)
			return;
	}
	begin_error(load, line);
	conf_set_print_header(load->errors, filled);
	buf_printf(load->errors, " %s\n", buf_cstr(&load->why));
}

/* ---- the environment ---- */

/* What follows the section's name in `name`, or NULL. */
static const char *after_section(const char *name, const char *section)
{
	for (; *section; section++, name++)
		if (*name != toupper((unsigned char)*section))
			return NULL;
	return *name == '_' ? name + 1 : NULL;
}

/* The section that a variable is for: the one with the longest name; NULL if it is not ours. */
static const struct conf_section *section_of(
	const struct conf *conf, const char *name, const char **ret_key)
{
	const struct conf_section *found = NULL;
	const char *key;
	size_t best = 0;

	for (const struct conf_section *s = conf->set.sections; s->name; s++) {
		key = after_section(name, s->name);
		if (key && strlen(s->name) > best) {
			best = strlen(s->name);
			found = s;
			*ret_key = key;
		}
	}
	for (const char *const *f = conf->foreign; found && f && *f; f++)
		if (after_section(name, *f) && strlen(*f) > best)
			return NULL;
	return found;
}

static void put_upper(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_putc(out, (char)toupper((unsigned char)*text));
}

/* name: what follows ATRIUM_SECTION_, in upper case; `lower` is the key that it stands for */
static bool key_name(const char *name, char lower[KEY_MAX + 1])
{
	size_t len = strlen(name);

	if (len > KEY_MAX)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (islower((unsigned char)name[i]))
			return false;
		lower[i] = (char)tolower((unsigned char)name[i]);
	}
	return true;
}

static void no_such_variable(struct load *load, const struct conf_section *section, char *lower)
{
	struct conf_hint hint = hint_key(section, lower);

	if (section->named) {
		buf_printf(&load->why, "a named section cannot be set from the environment");
		return;
	}
	buf_put(&load->why, SLICE("no such key"));
	if (!hint.name)
		return;
	buf_put(&load->why, SLICE(" (did you mean ATRIUM_"));
	put_upper(&load->why, section->name);
	buf_putc(&load->why, '_');
	put_upper(&load->why, hint.name);
	buf_put(&load->why, SLICE("?)"));
}

static void take_variable(struct load *load, const char *variable)
{
	const char *equals = strchr(variable, '='), *rest = NULL;
	char lower[KEY_MAX + 1] = "";
	const struct conf_section *section;
	const struct conf_key *key = NULL;
	struct conf_filled *filled;
	char *name;

	if (!equals)
		return;
	name = mem_strndup(variable, (size_t)(equals - variable));
	section = section_of(load->conf, name + strlen("ATRIUM_"), &rest);
	if (section) {
		buf_clear(&load->why);
		if (!section->named && key_name(rest, lower))
			key = conf_set_key(section, lower);
		filled = conf_set_find(&load->set, section, NULL);
		if (!key)
			no_such_variable(load, section, lower);
		else
			conf_value_read(key, slice_of(equals + 1), filled->values, &load->why);
		if (load->why.len)
			buf_printf(load->errors, "environment: %s: %s\n", log_quote(slice_of(name)),
				buf_cstr(&load->why));
	}
	mem_free(name);
}

/* ---- loading ---- */

static const struct conf_file_ops file_ops = {
	.on_section = on_section,
	.on_key = on_key,
	.on_error = on_error,
};

int conf_load_text(struct conf *conf, const char *path, struct slice text, char **environment,
	struct buf *ret_errors)
{
	struct load load = { .conf = conf, .path = path, .errors = ret_errors };
	size_t errors_before = ret_errors->len;

	conf_set_init(&load.set, conf->set.sections);
	conf_file_read(text, &file_ops, &load);
	for (char **e = environment; e && *e; e++)
		if (strncmp(*e, "ATRIUM_", strlen("ATRIUM_")) == 0)
			take_variable(&load, *e);
	buf_done(&load.why);
	if (ret_errors->len > errors_before) {
		conf_set_done(&load.set);
		return -EINVAL;
	}
	conf_set_inherit(&load.set);
	conf_set_done(&conf->set);
	conf->set = load.set;
	return 0;
}

static int read_file(const char *path, struct buf *ret_text)
{
	FILE *file = fopen(path, "re");
	int error = 0;

	if (!file)
		return -errno;
	while (!feof(file) && !error) {
		size_t n;

		errno = 0;
		n = fread(buf_reserve(ret_text, 4096), 1, 4096, file);
		ret_text->len += n;
		if (ferror(file))
			error = errno ? -errno : -EIO;
		else if (ret_text->len > FILE_MAX)
			error = -EFBIG;
	}
	fclose(file);
	return error;
}

int conf_load(struct conf *conf, const char *path, char **environment, struct buf *ret_errors)
{
	struct buf text = { 0 };
	int error = path ? read_file(path, &text) : 0;

	if (error)
		buf_printf(ret_errors, "%s: %s\n", path, strerror(-error));
	else
		error = conf_load_text(conf, path, buf_slice(&text), environment, ret_errors);
	buf_done(&text);
	return error;
}

/* ---- asking and printing ---- */

const void *conf_get(const struct conf *conf, const char *section)
{
	const struct conf_section *found = conf_set_section(&conf->set, section);
	struct conf_filled *filled = found ? conf_set_find(&conf->set, found, NULL) : NULL;

	assert(found && !found->named && filled);
	return filled->values;
}

const void *conf_get_named(
	const struct conf *conf, const char *section, size_t n, const char **ret_label)
{
	for (struct conf_filled *f = conf->set.first; f; f = f->next) {
		if (!f->label || strcmp(f->section->name, section) != 0)
			continue;
		if (n-- == 0) {
			*ret_label = f->label;
			return f->values;
		}
	}
	return NULL;
}

void conf_print(const struct conf *conf, struct buf *out, bool help)
{
	conf_set_print(&conf->set, out, help);
}

void conf_diff_fixed(const struct conf *before, const struct conf *after, struct buf *ret_names)
{
	conf_set_diff(&before->set, &after->set, ret_names);
}
