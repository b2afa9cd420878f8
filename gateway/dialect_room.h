/* dialect_room.h - the room dialect's two halves */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DIALECT_ROOM_H
#define GATEWAY_DIALECT_ROOM_H

#include "gateway/dialect.h"

enum error dialect_room_decode(struct slice text, bool binary, const struct dialect_limits *limits,
	struct buf *scratch, struct request *ret_request);

#endif
