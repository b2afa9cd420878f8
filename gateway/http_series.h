/* http_series.h - /api/series/...: metrics is asked, and all who wait get one answer */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTP_SERIES_H
#define GATEWAY_HTTP_SERIES_H

#include <libwebsockets.h>

#include "gateway/gateway.h"
#include "gateway/reply.h"
#include "proto/dispatch.h"
#include "proto/ranges.h"

struct http_series;

int http_series_new(
	struct gateway *gateway, const struct dispatch *dispatch, struct http_series **ret_series);
void http_series_free(struct http_series *series); /* takes NULL */

/* A request that waits; its owner's, who initialises the link. */
struct series_wait {
	struct list link;
	struct http_series *series;
	struct lws *wsi; /* NULL: it waits for nothing */
	struct question *question; /* what auth is being asked; NULL: nothing */
	enum series_range range;
	bool over;
	enum refusal refusal; /* once it is over */
};

/* Who asks; borrowed. */
struct series_asker {
	struct slice token; /* empty: none */
	struct slice address;
};

/*
 * Why not; or REFUSAL_NONE, and what metrics said within the last second. If that is empty it
 * waits, and HTTP_WRITEABLE of the wsi comes when it is over. wait->range and ->wsi are set.
 */
enum refusal http_series_ask(struct http_series *series, struct series_wait *wait,
	const struct series_asker *asker, struct slice *ret_text);
void http_series_drop(struct series_wait *wait); /* also of one that waits for nothing */
/* What it said last, however long ago. */
struct slice http_series_last(const struct http_series *series, enum series_range range);

/* For the handler. */
void http_series_on_answer(struct http_series *series, const struct msg_series *answer);

#endif
