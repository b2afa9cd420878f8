/* http.c - plain requests: what answers them, and the sending of replies */
/* SPDX-License-Identifier: MIT */
#include "gateway/http.h"

#include <errno.h>

#include "gateway/api_auth.h"
#include "gateway/door.h"
#include "gateway/http_asked.h"
#include "gateway/http_send.h"
#include "gateway/http_series.h"
#include "gateway/pages.h"
#include "gateway/route.h"
#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	LINGER_SECONDS = 2, /* for what is sent after a refusal */
	DISCARD_MAX = 1024 * 1024, /* bytes of it */
};

struct http {
	struct gateway *gateway;
	struct pages pages;
	struct buf memory; /* of the request that is being looked at */
	struct buf out; /* what is going to be written */
};

/* A request whose reply is not yet written whole, or whose body is being thrown away. */
struct http_request {
	struct http_send send;
	int file; /* that is to follow the head, or -1 */
	uint64_t size; /* so much of it */
	struct buf behind; /* it, what came of the next requests */
	uint64_t discard; /* bytes of a body that are still taken; 0: there is none */
	bool keep;
	struct http *http;
	struct series_wait wait; /* for metrics */
	struct reply reply; /* how it is answered then */
};

static void request_free(struct http_request *request)
{
	struct gateway *gateway;

	if (!request)
		return;
	gateway = request->send.gateway;
	gateway->replies--;
	gateway_check_drained(gateway);
	http_series_drop(&request->wait);
	http_send_done(&request->send);
	buf_done(&request->behind);
	mem_free(request);
}

static void forget(struct wire *wire)
{
	if (!wire)
		return;
	request_free(wire->http);
	wire->http = NULL;
}

int http_new(struct gateway *gateway, struct http **ret_http)
{
	struct http *http = mem_alloc(sizeof(*http));

	http->gateway = gateway;
	pages_init(&http->pages, gateway->conf->static_dir);
	*ret_http = http;
	return 0;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	pages_done(&http->pages);
	buf_done(&http->memory);
	buf_done(&http->out);
	mem_free(http);
}

void http_reload(struct http *http)
{
	pages_open(&http->pages, http->gateway->conf->static_dir);
}

/* ---- the end of a reply -------------------------------------------------------------------- */

/* Always -1: if the connection is kept it goes back to a door. The wire is not ours after this. */
static int conclude(struct lws *wsi, struct wire *wire)
{
	struct buf behind = wire->http->behind;
	bool keep = wire->http->keep;

	wire->http->behind = (struct buf){ .cap = 0 };
	forget(wire);
	if (keep)
		(void)door_reopen(gateway_of(wsi), wsi, buf_slice(&behind));
	if (behind.len)
		explicit_bzero(behind.data, behind.len);
	buf_done(&behind);
	return -1;
}

/*
 * After a refusal the body is thrown away, up to a point: to close at once would reset the
 * connection, and the reply be lost.
 */
static int after_reply(struct lws *wsi, struct wire *wire)
{
	if (!wire->http->discard)
		return conclude(wsi, wire);
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, LINGER_SECONDS);
	return 0;
}

/* ---- what metrics answers ----------------------------------------------------------------- */

/* The header wins; a cookie is only what browsers add by themselves. */
static struct slice find_token(struct http *http, struct lws *wsi)
{
	struct slice token = route_bearer(
		asked_field(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, &http->memory));

	return token.len
		? token
		: route_cookie_token(asked_field(wsi, WSI_TOKEN_HTTP_COOKIE, &http->memory),
			  SLICE(API_COOKIE));
}

static enum refusal put_series(struct http *http, struct lws *wsi, const struct reply *reply,
	enum series_range range, struct http_request *request)
{
	struct series_asker asker;
	enum refusal refusal;
	struct slice text;

	asker.token = find_token(http, wsi);
	asker.address = asked_address(http->gateway, wsi, &http->memory);
	request->wait.range = range;
	request->wait.wsi = wsi;
	refusal = http_series_ask(http->gateway->series, &request->wait, &asker, &text);
	if (refusal == REFUSAL_NONE && text.len == 0)
		return REFUSAL_NONE;
	request->wait.wsi = NULL;
	if (refusal == REFUSAL_NONE)
		reply_whole(reply, 200, "application/json", text);
	return refusal;
}

static int put_waited(struct lws *wsi, struct wire *wire)
{
	struct http_request *request = wire->http;
	struct http *http = request->http;
	struct slice text = http_series_last(http->gateway->series, request->wait.range);
	int r;

	request->wait.wsi = NULL;
	buf_clear(&http->out);
	if (request->wait.refusal != REFUSAL_NONE)
		reply_refusal(&request->reply, request->wait.refusal);
	else
		reply_whole(&request->reply, 200, "application/json", text);
	r = http_send_start(&request->send, buf_slice(&http->out), -1, 0);
	return r == 1 ? after_reply(wsi, wire) : r;
}

/* It is not read from meanwhile; metrics has a deadline of its own. */
static int await_series(struct lws *wsi, struct http_request *request, const struct reply *reply)
{
	request->reply = *reply;
	lws_rx_flow_control(wsi, 0);
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	return 0;
}

static int on_writeable(struct lws *wsi, struct wire *wire)
{
	if (wire && wire->http && wire->http->wait.wsi)
		return wire->http->wait.over ? put_waited(wsi, wire) : 0;
	if (!wire || !wire->http || !wire->http->send.whole)
		return 0;
	return after_reply(wsi, wire);
}

/* ---- answering ---------------------------------------------------------------------------- */

static void put_ready(struct http *http, const struct reply *reply)
{
	struct gateway *gateway = http->gateway;
	bool hub = counter_get(COUNTER_GATEWAY_HUB_UP), auth = counter_get(COUNTER_GATEWAY_AUTH_UP);

	reply_ready(reply, gateway_is_ready(gateway) && !gateway->draining, hub, auth,
		gateway->draining);
}

static enum refusal put_file(struct http *http, struct lws *wsi, const struct reply *reply,
	struct slice name, struct http_request *request)
{
	const struct static_ask ask = {
		.accept_encoding = asked_field(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, &http->memory),
		.if_none_match = asked_field(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, &http->memory),
		.if_modified_since = asked_field(
			wsi, WSI_TOKEN_HTTP_IF_MODIFIED_SINCE, &http->memory),
	};

	return pages_put(&http->pages, reply, name, &ask, &request->file, &request->size);
}

/* Writes the reply of what is there, or says why not. */
static enum refusal put_reply(struct http *http, struct lws *wsi, const struct reply *reply,
	const struct asked *asked, struct http_request *request)
{
	struct route route = route_match(asked->path, http->gateway->websocket);

	if (route.kind == ROUTE_NONE)
		return REFUSAL_NOT_FOUND;
	if (asked->method != LWSHUMETH_GET && asked->method != LWSHUMETH_HEAD)
		return route.kind == ROUTE_WEBSOCKET ? REFUSAL_NOT_GET : REFUSAL_METHOD;
	if (asked->body)
		return REFUSAL_BODY;
	switch (route.kind) {
	case ROUTE_FILE:
		return put_file(http, wsi, reply, route.file, request);
	case ROUTE_HEALTH:
		reply_whole(reply, 200, "text/plain; charset=utf-8", SLICE("ok"));
		return REFUSAL_NONE;
	case ROUTE_READY:
		put_ready(http, reply);
		return REFUSAL_NONE;
	case ROUTE_SERIES:
		return put_series(http, wsi, reply, route.range, request);
	default:
		return REFUSAL_UPGRADE;
	}
}

/* libwebsockets takes what comes after these for a body, whatever was announced. */
static bool expects_body(const struct asked *asked)
{
	bool upload = asked->method == LWSHUMETH_POST || asked->method == LWSHUMETH_PUT ||
		asked->method == LWSHUMETH_PATCH;

	return asked->body > 0 || (asked->chunked && upload);
}

static struct reply reply_to(struct http *http, const struct asked *asked)
{
	bool reads = asked->method == LWSHUMETH_GET || asked->method == LWSHUMETH_HEAD;

	return (struct reply){
		.out = &http->out,
		.head_only = asked->method == LWSHUMETH_HEAD,
		.keep = asked->keep && reads && !asked->chunked && !asked->body,
		.old = asked->old,
		.wall_ms = clock_wall_ms(),
	};
}

static int on_request(struct http *http, struct lws *wsi, struct wire *wire)
{
	struct http_request *request = mem_alloc(sizeof(*request));
	struct asked asked;
	enum refusal refusal;
	struct reply reply;
	int r;

	forget(wire);
	wire->http = request;
	http->gateway->replies++;
	http_send_init(&request->send, http->gateway, wsi);
	request->file = -1;
	request->http = http;
	list_init(&request->wait.link);
	counter_add(COUNTER_GATEWAY_REQUESTS, 1);
	asked_memory(&http->memory);
	buf_clear(&http->out);
	refusal = asked_read(wsi, &http->memory, &asked);
	reply = reply_to(http, &asked);
	if (refusal == REFUSAL_NONE)
		refusal = put_reply(http, wsi, &reply, &asked, request);
	if (refusal != REFUSAL_NONE)
		reply_refusal(&reply, refusal);
	request->keep = reply.keep;
	buf_put(&request->behind, http->gateway->entering);
	if (request->wait.wsi)
		return await_series(wsi, request, &reply);
	request->discard = expects_body(&asked) ? DISCARD_MAX : 0;
	r = http_send_start(&request->send, buf_slice(&http->out), request->file, request->size);
	return r == 1 ? after_reply(wsi, wire) : r;
}

static int on_body(struct wire *wire, size_t len)
{
	if (!wire || !wire->http || len >= wire->http->discard)
		return -1;
	wire->http->discard -= len;
	return 0;
}

int http_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct gateway *gateway = gateway_of(wsi);
	struct wire *wire = user;

	switch (reason) {
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: /* no request for one comes here */
		return -1;
	case LWS_CALLBACK_HTTP:
		return on_request(gateway->http, wsi, wire);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return on_writeable(wsi, wire);
	case LWS_CALLBACK_HTTP_BODY:
		return on_body(wire, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return -1;
	case LWS_CALLBACK_RAW_ADOPT: /* it takes CONNECT for a beginning of no one knows what */
	case LWS_CALLBACK_RAW_RX:
		return -1;
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		forget(wire);
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}
