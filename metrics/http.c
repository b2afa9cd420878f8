/* http.c - serves /metrics, /series.json and /healthz */
/* SPDX-License-Identifier: MIT */
#include "metrics/http.h"

#include <errno.h>
#include <libwebsockets.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metrics/http_listen.h"
#include "metrics/prom.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

enum {
	CONNECTIONS_MAX = 64,
	HEADERS_MAX = 1024,
	CHUNK = 32768,
	TIMEOUT_S = 10,
	QUERY_MAX = 80,
};

struct http {
	struct http_options with;
	struct lws_context *context;
	struct lws_vhost *vhost;
	struct watch *watch;
	int fd;
	unsigned port;
	unsigned connections;
};

/* What lws keeps for each connection; zeroed by it. */
struct request {
	struct buf body; /* LWS_PRE bytes for lws, then the text */
	size_t sent;
};

struct answer {
	unsigned status;
	const char *type;
};

/* ---- one request ---- */

static void set_body(struct request *request, const char *text)
{
	buf_clear(&request->body);
	buf_reserve(&request->body, LWS_PRE);
	request->body.len = LWS_PRE;
	request->sent = LWS_PRE;
	buf_put(&request->body, slice_of(text));
}

/* The value of `name=` in the query; empty if it is not there. */
static struct slice query(struct lws *wsi, const char *name, char *text, int size)
{
	const char *value = lws_get_urlarg_by_name(wsi, name, text, size);

	return slice_of(value);
}

static struct answer put_series(struct http *http, struct lws *wsi, struct request *request)
{
	struct answer answer = { HTTP_STATUS_OK, "application/json" };
	char range[QUERY_MAX], of[QUERY_MAX];

	if (http->with.series(http->with.arg, query(wsi, "range=", range, sizeof(range)),
		    query(wsi, "of=", of, sizeof(of)), &request->body))
		return answer;
	set_body(request, "range is 10m, 2h or 24h\n");
	return (struct answer){ HTTP_STATUS_BAD_REQUEST, "text/plain; charset=utf-8" };
}

static struct answer route(
	struct http *http, struct lws *wsi, struct request *request, int method, struct slice path)
{
	struct answer answer = { HTTP_STATUS_OK, "text/plain; charset=utf-8" };

	set_body(request, "");
	if (method != LWSHUMETH_GET && method != LWSHUMETH_HEAD) {
		answer.status = HTTP_STATUS_METHOD_NOT_ALLOWED;
		set_body(request, "only GET\n");
	} else if (slice_eq(path, SLICE("/metrics"))) {
		answer.type = PROM_CONTENT_TYPE;
		http->with.scrape(http->with.arg, &request->body);
	} else if (slice_eq(path, SLICE("/series.json"))) {
		answer = put_series(http, wsi, request);
	} else if (slice_eq(path, SLICE("/healthz"))) {
		set_body(request, "ok\n");
	} else {
		answer.status = HTTP_STATUS_NOT_FOUND;
		set_body(request, "there are /metrics, /series.json and /healthz\n");
	}
	return answer;
}

/* 0, or -1: lws closes the connection. */
static int put_headers(struct lws *wsi, const struct request *request, struct answer answer)
{
	unsigned char headers[LWS_PRE + HEADERS_MAX], *start = headers + LWS_PRE, *at = start;
	unsigned char *end = headers + sizeof(headers);

	if (lws_add_http_common_headers(
		    wsi, answer.status, answer.type, request->body.len - request->sent, &at, end))
		return -1;
	if (answer.status == HTTP_STATUS_METHOD_NOT_ALLOWED &&
		lws_add_http_header_by_name(wsi, (const unsigned char *)"allow:",
			(const unsigned char *)"GET, HEAD", 9, &at, end))
		return -1;
	if (lws_add_http_header_by_name(wsi, (const unsigned char *)"cache-control:",
		    (const unsigned char *)"no-store", 8, &at, end))
		return -1;
	return lws_finalize_write_http_header(wsi, start, &at, end) ? -1 : 0;
}

static int finish(struct lws *wsi, struct request *request)
{
	buf_done(&request->body);
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* Small enough for one write; always -1. */
static int write_all(struct lws *wsi, struct request *request)
{
	(void)lws_write(wsi, (unsigned char *)request->body.data + request->sent,
		request->body.len - request->sent, LWS_WRITE_HTTP_FINAL);
	return -1;
}

static int on_request(struct http *http, struct lws *wsi, struct request *request)
{
	char *path = NULL;
	int len = 0, method = lws_http_get_uri_and_method(wsi, &path, &len);
	struct answer answer;

	if (method < 0)
		return -1;
	answer = route(http, wsi, request, method, slice_make(path, (size_t)len));
	if (put_headers(wsi, request, answer) < 0)
		return -1;
	/* What follows is not read: it is closed, as a body would be taken for the next request. */
	if (answer.status == HTTP_STATUS_METHOD_NOT_ALLOWED)
		return write_all(wsi, request);
	if (method == LWSHUMETH_HEAD)
		return finish(wsi, request);
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, TIMEOUT_S);
	lws_callback_on_writable(wsi);
	return 0;
}

static int on_writable(struct lws *wsi, struct request *request)
{
	size_t left = request->body.len - request->sent, len = left < CHUNK ? left : CHUNK;
	enum lws_write_protocol how = len == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP;

	if (left == 0)
		return 0;
	if (lws_write(wsi, (unsigned char *)request->body.data + request->sent, len, how) < 0)
		return -1;
	request->sent += len;
	if (request->sent == request->body.len)
		return finish(wsi, request);
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, TIMEOUT_S);
	lws_callback_on_writable(wsi);
	return 0;
}

static int callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct http *http = lws_context_user(lws_get_context(wsi));
	struct request *request = user;

	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return on_request(http, wsi, request);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return on_writable(wsi, request);
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		if (request)
			buf_done(&request->body);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		http->connections--;
		return 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		/* There is nothing to upgrade to. */
		(void)lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL);
		return 1;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

/* ---- the listener ---- */

static void on_connection(void *arg)
{
	struct http *http = arg;
	int fd;

	while ((fd = accept4(http->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (http->connections >= CONNECTIONS_MAX) {
			close(fd);
			continue;
		}
		/* On failure lws has closed it. */
		if (lws_adopt_socket_vhost(http->vhost, fd))
			http->connections++;
	}
}

static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = callback, .per_session_data_size = sizeof(struct request) },
	{ .name = NULL },
};

static void on_lws_log(int level, const char *line)
{
	struct slice text = slice_of(line);

	while (text.len && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (level & LLL_ERR)
		log_error("libwebsockets", "says=%s", log_quote(text));
	else
		log_warn("libwebsockets", "says=%s", log_quote(text));
}

static int open_context(struct http *http)
{
	void *loops[] = { loop_uv(http->with.loop) };
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
		.foreign_loops = loops,
		.user = http,
		.timeout_secs = TIMEOUT_S,
		.keepalive_timeout = TIMEOUT_S,
	};

	lws_set_log_level(LLL_ERR, on_lws_log);
	http->context = lws_create_context(&info);
	if (!http->context)
		return -ENOMEM;
	http->vhost = lws_create_vhost(http->context, &info);
	return http->vhost ? 0 : -ENOMEM;
}

int http_new(const struct http_options *options, struct http **ret_http)
{
	struct http *http = mem_alloc(sizeof(*http));
	bool inherited;
	int r;

	http->with = *options;
	http->fd = http_listen(options->listen, options->port, &inherited);
	r = http->fd < 0 ? http->fd : open_context(http);
	if (r < 0) {
		log_error("listen", "listen=%s port=%u error=%s%s",
			log_quote(slice_of(options->listen)), options->port,
			log_quote(slice_of(strerror(-r))),
			r == -EADDRINUSE ? " hint=\"set [metrics] port\"" : "");
		http_free(http);
		return r;
	}
	http->port = http_listen_port(http->fd);
	http->watch = watch_new(options->loop, http->fd, on_connection, http);
	log_info("listening", "listen=%s port=%u inherited=%s",
		log_quote(slice_of(options->listen)), http->port, inherited ? "yes" : "no");
	*ret_http = http;
	return 0;
}

/*
 * lws closes its handles in the loop, one after the other, and only then frees the rest. It closes
 * its event descriptor twice: no thread of ZeroMQ may be there to open one of the same number.
 */
static void close_context(struct http *http)
{
	enum { TURNS = 4 };

	if (!http->context)
		return;
	lws_context_destroy(http->context);
	for (int i = 0; i < TURNS; i++)
		uv_run(loop_uv(http->with.loop), UV_RUN_NOWAIT);
	lws_context_destroy(http->context);
}

void http_free(struct http *http)
{
	if (!http)
		return;
	watch_free(http->watch);
	if (http->fd >= 0)
		close(http->fd);
	close_context(http);
	mem_free(http);
}

unsigned http_port(const struct http *http)
{
	return http->port;
}
