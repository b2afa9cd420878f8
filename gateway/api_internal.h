/* api_internal.h - the requests to the server API, between api.c and api_answer.c */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_INTERNAL_H
#define GATEWAY_API_INTERNAL_H

#include "gateway/api_call.h"
#include "gateway/figures.h"
#include "gateway/http_post.h"
#include "gateway/rate.h"
#include "gateway/wheel.h"
#include "proto/base/hash.h"

struct api {
	struct gateway *gateway;
	struct api_item *asked; /* calls that the hub has not answered, by number */
	uint64_t last;
	struct rate rate; /* of all requests together */
	struct buf scratch;
};

/* One call: a request's own, or one of its batch. */
struct api_item {
	UT_hash_handle hh;
	uint64_t number;
	uint64_t seq; /* of the message to the hub; 0: it is auth that was asked */
	struct api_exchange *request;
	enum api_method method;
	enum api_order order;
	struct figures *figures; /* those of its page; NULL: not asked for */
	int status; /* of its answer, as is: */
	struct buf text;
};

struct api_exchange {
	struct wheel_node deadline; /* first */
	struct api *api;
	struct post *post;
	struct question *question; /* what auth is being asked; NULL: nothing */
	char *user; /* whose token it is */
	bool admin;
	char *jti; /* the token's name; empty: it has none */
	enum api_method method;
	struct api_item *items;
	unsigned count, unanswered;
	uint32_t timeout; /* ms that the longest of them may take */
};

/* Its text is whole; if it was the last of its request, that is answered, and gone after this. */
void api_item_done(struct api_item *item, int status);

#endif
