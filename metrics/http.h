/* http.h - serves /metrics, /series.json and /healthz */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_HTTP_H
#define METRICS_HTTP_H

#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/loop.h"

struct http;

struct http_options {
	struct loop *loop;
	const char *listen; /* "*": any address */
	uint16_t port; /* 0: any free one */
	void (*scrape)(void *arg, struct buf *out); /* appends the body of /metrics */
	/* appends the body of /series.json; false: there is no such range */
	bool (*series)(void *arg, struct slice range, struct slice of, struct buf *out);
	void *arg;
};

/* 0, or -errno after logging why. */
int http_new(const struct http_options *options, struct http **ret_http);
void http_free(struct http *http); /* takes NULL */
unsigned http_port(const struct http *http); /* the actual one */

#endif
