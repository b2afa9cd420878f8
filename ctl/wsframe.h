/* wsframe.h - frames that a WebSocket server sends (RFC 6455, 5.2) */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_WSFRAME_H
#define CTL_WSFRAME_H

#include "proto/base/buf.h"

enum wsframe_op { WSFRAME_CONTINUE = 0, WSFRAME_TEXT = 1, WSFRAME_CLOSE = 8, WSFRAME_PING = 9 };

struct wsframe {
	unsigned op;
	bool last;
	struct slice payload; /* of `in` */
	size_t size; /* with its head */
};

/*
 * The frame that `in` begins with. 1: it is whole; 0: more bytes are needed; -EPROTO: it is masked,
 * or has bits that were not agreed on; -EMSGSIZE: its payload is longer than max.
 */
int wsframe_next(struct slice in, size_t max, struct wsframe *ret_frame);

#endif
