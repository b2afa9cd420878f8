/* dialect_command.h - the command dialect's two halves */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DIALECT_COMMAND_H
#define GATEWAY_DIALECT_COMMAND_H

#include "gateway/dialect.h"

enum error dialect_command_decode(struct slice text, bool binary,
	const struct dialect_limits *limits, struct buf *scratch, struct request *ret_request);

#endif
