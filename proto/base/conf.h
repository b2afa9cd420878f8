/* conf.h - settings: tables of keys, an INI file, the environment */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_CONF_H
#define PROTO_BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/base/buf.h"

/* What a key holds, and the C type of the member that it fills. */
enum conf_type {
	CONF_BOOL, /* bool: yes no true false on off 1 0 */
	CONF_INT, /* int64_t */
	CONF_SIZE, /* int64_t, bytes: 64K, 1M, 2G (powers of 1024) */
	CONF_DURATION, /* int64_t, ms: 250ms 10s 5m 1h 1d; a bare number is refused unless 0 */
	CONF_STRING, /* char *, never NULL */
	CONF_LIST, /* char **, words between spaces or commas, ends with NULL; never NULL */
	CONF_CHOICE, /* int64_t, the index into `choices` */
};

struct conf_key {
	const char *name;
	enum conf_type type;
	size_t offset; /* of the member in the section's struct */
	const char *def; /* default, as it would be written; "" for an empty string or list */
	/* of a named section: left out, it is what the key of this name is in that section */
	const char *inherit;
	int64_t min, max; /* of INT, SIZE and DURATION; both 0: no range */
	const char *choices; /* of CHOICE: "memory|process|disk" */
	/* of STRING, and of each word of LIST: NULL if it can be, else what is wrong with it */
	const char *(*check)(struct slice text);
	bool reload; /* takes effect at SIGHUP, without a restart */
	const char *help; /* one line, begins in lower case, no full stop */
};

/* A section of the file, and the struct that it fills. A table ends with one without a name. */
struct conf_section {
	const char *name;
	const struct conf_key *keys; /* ends with a key without a name */
	size_t size; /* of the struct */
	bool named; /* `[room "chat-*"]`: any number of them, in the file's order */
	const char *(*check)(struct slice label); /* of its names, as that of a key */
	size_t most; /* of them; 0: any number */
	const char *help; /* of a named one, what its names mean: one line, likewise */
};

/* clang-format off */
#define CONF_KEY(type_, struct_, member_, ...) \
	{ .name = #member_, .type = type_, .offset = offsetof(struct_, member_), __VA_ARGS__ }
/* clang-format on */

struct conf;

/*
 * Sections that belong to other processes are named in `foreign` (ends with NULL) and skipped; any
 * other name is an error. Both tables are borrowed for the life of the conf.
 */
struct conf *conf_new(const struct conf_section *sections, const char *const *foreign);
void conf_free(struct conf *conf);

/*
 * The file: `[section]` or `[section "label"]`, `key = value`; a line that begins with ; or # is a
 * comment, and so is the rest of a line after ` ;` or ` #`. A value or label in double quotes may
 * hold anything printable; \" and \\ are its escapes. No line continues another.
 */

/*
 * Defaults, then the file (NULL: none), then ATRIUM_<SECTION>_<KEY> of `environment`
 * (as environ). Every error is added to ret_errors, a line each: `FILE:LINE: what is wrong`.
 * Returns 0, or -EINVAL (see ret_errors), or the errno of a file that cannot be read; then
 * the conf holds what it held before.
 */
int conf_load(struct conf *conf, const char *path, char **environment, struct buf *ret_errors);
int conf_load_text(struct conf *conf, const char *path, struct slice text, char **environment,
	struct buf *ret_errors);

/* The struct of a section; of named sections the n-th, or NULL. It lives until the next load. */
const void *conf_get(const struct conf *conf, const char *section);
const void *conf_get_named(
	const struct conf *conf, const char *section, size_t n, const char **ret_label);

/* Writes all settings in a form that reads back as the same. `help`: each with its comment. */
void conf_print(const struct conf *conf, struct buf *out, bool help);

/* Names `section.key`, between blanks, of what differs and no reload changes. */
void conf_diff_fixed(const struct conf *before, const struct conf *after, struct buf *ret_names);

#endif
