/* tap_filter.h - what a tap is to show, as a client says it; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_TAP_FILTER_H
#define GATEWAY_TAP_FILTER_H

#include "gateway/dialect.h"

/*
 * `{"room","user","type","connection"}`: JSON that is an object, each at most once, and nothing
 * else. False: it is not that. `scratch` has room for its strings.
 */
bool tap_filter_read(struct slice object, struct buf *scratch, struct tap_filter *ret_filter);

#endif
