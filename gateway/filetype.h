/* filetype.h - what a file's name says of its content, and how long it may be kept */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_FILETYPE_H
#define GATEWAY_FILETYPE_H

#include "proto/base/buf.h"

const char *filetype_content(struct slice name); /* its Content-Type */
const char *filetype_cache(struct slice name); /* its Cache-Control */

#endif
