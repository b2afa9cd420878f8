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

/*
 * Who answers: what is made of a request whose head is good; it is admitted when that is in its
 * place: then the post is read, refused or answered; and given the body when that is there: then
 * the post is answered, at once or later. Cancelled, also when it was answered, it is freed.
 */
struct answerer {
	void *(*begin)(struct gateway *gateway, struct post *post, unsigned what);
	void (*admit)(void *request);
	void (*body)(void *request, struct slice body); /* borrowed until the post is answered */
	void (*cancel)(void *request);
};

/* For these. Each request gets one answer: with the first the post may be gone. */
const struct posthead *post_head(const struct post *post);
struct slice post_address(const struct post *post); /* of the client, as text; empty: not known */
bool post_is_secure(const struct post *post); /* it came over TLS */
void post_read(struct post *post); /* the body is wanted */
void post_refuse(struct post *post, enum refusal refusal);
/* `cookie`: the value of a Set-Cookie; empty: none is set. */
void post_answer(struct post *post, int status, struct slice json, struct slice cookie);

#endif
