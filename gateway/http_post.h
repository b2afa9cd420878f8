/* http_post.h - a request with a body: read to its end, answered when there is an answer */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTP_POST_H
#define GATEWAY_HTTP_POST_H

#include "gateway/gateway.h"
#include "gateway/posthead.h"

/*
 * libwebsockets is given no bodies: what a client sends ahead would be lost in its buffers, and
 * what it reads it reads before anyone has asked who sends it. So these requests are read and
 * answered here, on the socket itself, and nothing of a body is taken before the head is found
 * good.
 */
struct post;
struct tls_pump;

/*
 * A socket, which is counted, with a whole head that posthead_wanted() is true of, and what came
 * behind it. It goes back to a door when it is answered. The pump (or NULL) is as of door.c.
 */
void post_take(struct gateway *gateway, int fd, struct tls_pump *pump, struct slice bytes);
void post_close_all(struct gateway *gateway);

/* For who answers. Each request gets one answer: with the first the post may be gone. */
const struct posthead *post_head(const struct post *post);
struct slice post_address(const struct post *post); /* of the client, as text; empty: not known */
void post_read(struct post *post); /* the body is wanted: api_body() follows */
void post_refuse(struct post *post, enum refusal refusal);
void post_answer(struct post *post, int status, struct slice json);

#endif
