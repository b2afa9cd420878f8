/* poster.h - requests to an endpoint (libcurl) on our loop */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_POSTER_H
#define WEBHOOK_POSTER_H

#include "proto/base/buf.h"
#include "proto/base/loop.h"
#include "webhook/verdict.h"

struct poster;

struct poster_request {
	const char *url;
	const char *ca_file; /* empty: those that the system trusts */
	uint64_t timeout_ms; /* for all of it */
	const struct slice *headers; /* lines */
	size_t header_count;
	struct buf body; /* is taken over */
	void *tag; /* given back with the answer */
};

struct poster_answer {
	enum verdict_end end;
	long status; /* of HTTP, 0: none came */
	uint64_t asked_ms; /* Retry-After; 0: none */
	uint64_t took_us;
	const char *why; /* no answer came; a sentence without what is secret */
};

/* Called by the loop, once for each request, but for those that poster_free() drops. */
typedef void (*poster_fn)(void *arg, void *tag, const struct poster_answer *answer);

/* NULL: libcurl does not work. Its connections are kept for the next requests, `most` of them. */
struct poster *poster_new(struct loop *loop, unsigned most, poster_fn fn, void *arg);
void poster_free(struct poster *poster); /* drops what is under way; takes NULL */

/*
 * Headers are copied. 0, or -EINVAL (what libcurl does not take), -ENOMEM; then there is no answer,
 * and the body is freed.
 */
int poster_post(struct poster *poster, const struct poster_request *request);

#endif
