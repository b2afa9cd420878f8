/* api_auth.h - /api/auth/...: a request that auth has to answer */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_AUTH_H
#define GATEWAY_API_AUTH_H

#include "gateway/gateway.h"
#include "gateway/route.h"
#include "proto/msg.h"

enum { API_BODY_MAX = 4096 }; /* bytes */

#define API_COOKIE "atrium_token"

/* What is answered. */
struct api_answer {
	int status;
	struct buf body; /* JSON */
	struct buf cookie; /* the value of Set-Cookie; empty: none is set */
};

struct api_call;
typedef void (*api_done)(void *arg, struct api_answer *answer); /* at most once; frees nothing */

/* What is known of the request; borrowed. */
struct api_request {
	enum route_kind kind;
	struct slice token; /* of the header or the cookie; empty: none */
	struct slice address;
	bool by_cookie; /* the token is a cookie's */
	bool secure; /* it came over TLS */
	size_t body; /* so many bytes are to come, at most API_BODY_MAX */
};

struct api_call *api_call_new(
	struct gateway *gateway, const struct api_request *request, api_done done, void *arg);
void api_call_free(struct api_call *call); /* also while it waits; takes NULL */
/* A piece of the body; true: it was the last, and done() may have been called. */
bool api_call_body(struct api_call *call, struct slice bytes);
void api_call_start(struct api_call *call); /* there is no body; done() may be called */

/* For the handlers. */
void api_on_token(struct gateway *gateway, const struct msg_token *token);
bool api_on_verdict(
	struct gateway *gateway, const struct msg_verdict *verdict); /* it was for one */

#endif
