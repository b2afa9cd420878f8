/* headers.h - header lines of the administrator's own, which go with each request */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_HEADERS_H
#define WEBHOOK_HEADERS_H

#include "proto/base/buf.h"

enum { HEADERS_MAX = 64, HEADER_LINE_MAX = 8192 }; /* of a file; bytes */

/*
 * Takes the next line `Name: value` off the front of `text`; lines that are empty or begin with #
 * are passed over. 1: there is one (ret_line, without its end); 0: there is no more; -EINVAL: it is
 * no header, or one that we say ourselves; text is then behind it.
 */
int headers_next(struct slice *text, struct slice *ret_line);

#endif
