/* conf_set.h - all settings at one time: the sections and what they hold */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_CONF_SET_H
#define PROTO_BASE_CONF_SET_H

#include "proto/base/conf.h"

/* A section as it was set. */
struct conf_filled {
	struct conf_filled *next;
	const struct conf_section *section;
	char *label; /* of a named section */
	unsigned line; /* of the file where it begins; 0: it is not in the file */
	unsigned *lines; /* where each key was set; 0: it was not */
	void *values; /* the section's struct */
};

/* All sections without a label, in the table's order, then the named ones in the file's order. */
struct conf_set {
	const struct conf_section *sections;
	struct conf_filled *first;
};

void conf_set_init(struct conf_set *set, const struct conf_section *sections); /* to the defaults */
void conf_set_done(struct conf_set *set);

const struct conf_section *conf_set_section(const struct conf_set *set, const char *name);
const struct conf_key *conf_set_key(const struct conf_section *section, const char *name);
struct conf_filled *conf_set_find(
	const struct conf_set *set, const struct conf_section *section, const char *label);
/* Appends a section that holds its defaults. */
struct conf_filled *conf_set_add(
	struct conf_set *set, const struct conf_section *section, const char *label);

/* Keys that were left out and inherit get their values; once all is read. */
void conf_set_inherit(struct conf_set *set);

void conf_set_print_header(struct buf *out, const struct conf_filled *filled);
void conf_set_print(const struct conf_set *set, struct buf *out, bool help);
/* Appends `section.key`, between blanks, of what differs and no reload changes. */
void conf_set_diff(const struct conf_set *before, const struct conf_set *after, struct buf *out);

#endif
