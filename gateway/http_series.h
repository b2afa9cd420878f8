/* http_series.h - /api/series/...: metrics is asked, and all who wait get one answer */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTP_SERIES_H
#define GATEWAY_HTTP_SERIES_H

#include <libwebsockets.h>

#include "gateway/gateway.h"
#include "proto/dispatch.h"
#include "proto/ranges.h"

struct http_series;

int http_series_new(
	struct gateway *gateway, const struct dispatch *dispatch, struct http_series **ret_series);
void http_series_free(struct http_series *series); /* takes NULL */

/* A request that waits; its owner's. */
struct series_wait {
	struct list link; /* initialised by the owner, who removes it */
	struct lws *wsi; /* NULL: it waits for nothing */
	enum series_range range;
	bool over;
	bool failed; /* metrics did not answer */
};

/* What metrics said within the last second; false: it is not there. */
bool http_series_recent(
	const struct http_series *series, enum series_range range, struct slice *ret_text);
/* What it said last, however long ago. */
struct slice http_series_last(const struct http_series *series, enum series_range range);
/*
 * HTTP_WRITEABLE of the wsi comes when `over`. False: metrics is not there. wait->range and ->wsi
 * are set.
 */
bool http_series_wait(struct http_series *series, struct series_wait *wait);

/* For the handler. */
void http_series_on_answer(struct http_series *series, const struct msg_series *answer);

#endif
