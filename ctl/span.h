/* span.h - spans of time as people write them: 90s 15m 1h 7d */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_SPAN_H
#define CTL_SPAN_H

#include <stdint.h>

#include "proto/base/buf.h"

/* A whole number and a unit (ms s m h d); "0" alone is fine. 0, -EINVAL, or -ERANGE. */
int span_parse(struct slice text, int64_t *ret_ms);

#endif
