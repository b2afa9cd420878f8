/* http.h - routes: what is a handshake, what is a file, what is refused */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <libwebsockets.h>

#include "gateway/client.h"

/* Made before the vhost: opens the static directory and the like. Returns 0 or -errno, logged. */
int http_new(struct gateway *gateway, struct http **ret_http);
void http_free(struct http *http); /* takes NULL */
void http_reload(struct http *http); /* gateway->conf is another */

/*
 * Every callback of lws that is about HTTP: HTTP, HTTP_WRITEABLE, CLOSED_HTTP, HTTP_DROP_PROTOCOL
 * ... What it does not know goes to lws_callback_http_dummy(). user: struct wire.
 */
int http_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);

#endif
