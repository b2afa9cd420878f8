/* api_ask.h - what a call of the server API asks of the hub */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_ASK_H
#define GATEWAY_API_ASK_H

#include "gateway/api_call.h"

struct uplink;

/* `number`: of the call, given back in the answer. Returns that of the message. */
uint64_t api_ask(
	struct uplink *uplink, uint64_t number, struct slice user, const struct api_command *call);

#endif
