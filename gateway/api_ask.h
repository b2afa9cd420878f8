/* api_ask.h - what a call of the server API asks of the hub, or of auth */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_ASK_H
#define GATEWAY_API_ASK_H

#include "gateway/api_call.h"

struct api_asking {
	struct gateway *gateway;
	uint64_t number; /* of the call, given back in the answer */
	struct slice user; /* who asks, with: */
	struct slice token;
	struct slice address;
	const struct api_command *call;
	uint64_t *ret_seq; /* of the message to the hub; untouched if it was for auth */
};

/* -EAGAIN: the hub is behind, or auth is; -EHOSTUNREACH: auth is away. Nothing was asked then. */
int api_ask(const struct api_asking *asking);

#endif
