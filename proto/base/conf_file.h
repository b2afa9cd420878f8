/* conf_file.h - the text of a settings file, line by line */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_CONF_FILE_H
#define PROTO_BASE_CONF_FILE_H

#include "proto/base/buf.h"

enum { CONF_LINE_MAX = 4096 }; /* bytes */

/* All slices live until the call returns. */
struct conf_file_ops {
	/* `[name]` or `[name "label"]`; label may be NULL. Both NULL: a bad header, skip it. */
	void (*on_section)(void *self, unsigned line, const char *name, const char *label);
	void (*on_key)(void *self, unsigned line, const char *name, struct slice value);
	void (*on_error)(void *self, unsigned line, const char *what);
};

void conf_file_read(struct slice text, const struct conf_file_ops *ops, void *self);

#endif
