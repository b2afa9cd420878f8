/* inflater.h - a client's compressed message, whole (RFC 7692 section 7.2.2); knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_INFLATER_H
#define GATEWAY_INFLATER_H

#include "proto/base/buf.h"

/* One for all clients: nothing of a message is kept for the next (no context takeover). */
struct inflater;

struct inflater *inflater_new(void);
void inflater_free(struct inflater *inflater); /* takes NULL */

/* A message of `max` bytes, which was compressed badly, may be so long. */
size_t inflater_most(size_t max);

/*
 * 0: ret_message lives until the next call. -EMSGSIZE: it is longer than max, and was inflated no
 * further; -EBADMSG: this is not what a compressor makes.
 */
int inflater_take(
	struct inflater *inflater, struct slice compressed, size_t max, struct slice *ret_message);

#endif
