/* api_auth.h - /api/auth/...: a request that auth has to answer */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_AUTH_H
#define GATEWAY_API_AUTH_H

#include "gateway/gateway.h"
#include "gateway/http_post.h"
#include "proto/msg.h"

#define API_COOKIE "atrium_token"

extern const struct answerer api_auth_answerer;

/* For the handlers. */
void api_on_token(struct gateway *gateway, const struct msg_token *token);
bool api_on_verdict(
	struct gateway *gateway, const struct msg_verdict *verdict); /* it was for one */

#endif
