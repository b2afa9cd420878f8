/* statefile.h - small files that must survive: written whole or not at all, flushed */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_STATEFILE_H
#define PROTO_BASE_STATEFILE_H

#include "proto/base/buf.h"

/* Mode 0600; whoever owns the directory owns them, also if root writes. All return 0 or -errno. */
int statefile_read(const char *path, size_t max, struct buf *out); /* -EFBIG: it has more */
int statefile_replace(const char *path, struct slice text);
int statefile_append(const char *path, struct slice text); /* makes it if there is none */

#endif
