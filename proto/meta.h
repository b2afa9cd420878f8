/* meta.h - the claim `meta` of a token: an object of the application's, for its handlers */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_META_H
#define PROTO_META_H

#include <stdbool.h>

#include "proto/base/buf.h"

enum {
	META_MAX = 8192, /* bytes of JSON: no setting allows more */
	META_DEPTH = 32,
};

bool meta_valid(struct slice meta); /* empty, or the text of such an object */

#endif
