/* operation.h - what can be asked below /api/, and of whom; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_OPERATION_H
#define GATEWAY_OPERATION_H

#include <stddef.h>

#include "gateway/reply.h"
#include "proto/base/buf.h"

enum http_method {
	HTTP_OTHER,
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
};

enum operation_by {
	BY_API, /* api.c: whose token lets them */
	BY_AUTH, /* api_auth.c: anyone, but no page of an origin that may not connect */
	BY_HTTP, /* http.c: what can only be read */
};

/* What auth is asked. */
enum auth_ask {
	AUTH_LOGIN,
	AUTH_GUEST,
	AUTH_LOGOUT,
	AUTH_ME,
};

struct operation {
	struct slice name; /* its path, without OPERATION_FOLDER */
	enum operation_by by;
	unsigned what; /* enum api_method or enum auth_ask */
	enum http_method method; /* that it is asked with */
	enum refusal other; /* what is told to who asks with another method */
	size_t max_body; /* bytes; 0: as the settings say */
};

#define OPERATION_FOLDER SLICE("/api/")

/* By a path as it was sent; NULL: there is none. */
const struct operation *operation_find(struct slice path);

/* What is wrong with a request for it, before its body is read; `max_body`, `origins`: settings. */
struct posthead;
enum refusal operation_check(const struct operation *operation, const struct posthead *head,
	size_t max_body, char *const *origins);

#endif
