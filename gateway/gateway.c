/* gateway.c - the process: libwebsockets on our loop, and the parts that work together */
/* SPDX-License-Identifier: MIT */
#include "gateway/gateway.h"

#include <assert.h>
#include <errno.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/resource.h>

#include "gateway/addresses.h"
#include "gateway/admit.h"
#include "gateway/api.h"
#include "gateway/clients.h"
#include "gateway/dispatch.h"
#include "gateway/drain.h"
#include "gateway/flush.h"
#include "gateway/head.h"
#include "gateway/http.h"
#include "gateway/http_post.h"
#include "gateway/http_series.h"
#include "gateway/listen.h"
#include "gateway/memory.h"
#include "gateway/taps.h"
#include "gateway/tls_pump.h"
#include "gateway/uplink.h"
#include "gateway/wheel.h"
#include "gateway/wskey.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/event.h"

enum {
	READ_BUFFER = 16 * 1024, /* of lws, for heads and bodies */
	RX_BUFFER = 256, /* of a handshake that is being answered */
	TX_PACKET = 256 * 1024, /* else lws cuts writes into pieces of RX_BUFFER */
	HEADERS_MORE = 2048, /* than max_head: what is added to a head before lws reads it */
	KEEPALIVE_S = 15,
	LOW_FILES = 4096, /* descriptors of what is no WebSocket: of lws, links, files */
};

struct gateway *gateway_of(struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

/* ---- libwebsockets ---- */

/* Not before: until then lws may set what it keeps for us to NULL. */
static int on_instantiated(struct gateway *gateway, struct lws *wsi)
{
	lws_set_opaque_user_data(wsi, gateway->entering_pump);
	gateway->entering_pump = NULL;
	return 0;
}

static int on_lws(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	switch ((int)reason) {
	case LWS_CALLBACK_WSI_CREATE:
		gateway_of(wsi)->limits.sockets++;
		return 0;
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		return on_instantiated(gateway_of(wsi), wsi);
	case LWS_CALLBACK_WSI_DESTROY:
		limits_give_socket(&gateway_of(wsi)->limits);
		tls_pump_let_go(lws_get_opaque_user_data(wsi));
		return 0;
	default:
		return http_callback(wsi, reason, user, in, len);
	}
}

/* A handshake without subprotocols gets the first; `bearer` is the one that brings a token. */
static const struct lws_protocols protocols[] = {
	{ "atrium", on_lws, sizeof(struct wire), RX_BUFFER, 0, NULL, TX_PACKET },
	{ "bearer", on_lws, sizeof(struct wire), RX_BUFFER, 0, NULL, TX_PACKET },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

/* No validity timers: they are a sorted list. The wheel has our pings. */
static const struct lws_retry_bo no_retry = { .conceal_count = 0 };

/* What peers do wrong is no error of ours. */
static void on_lws_log(int level, const char *line)
{
	struct slice text = slice_make(line, strcspn(line, "\n"));

	(void)level;
	log_debug("libwebsockets", "says=%s", log_quote(text));
}

static int open_lws(struct gateway *gateway)
{
	void *loops[] = { loop_uv(gateway->loop) };
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.options = LWS_SERVER_OPTION_LIBUV,
		.foreign_loops = loops,
		.user = gateway,
		.pt_serv_buf_size = READ_BUFFER,
		.max_http_header_data = (unsigned short)(gateway->conf->max_head + HEADERS_MORE),
		.timeout_secs = (unsigned)(gateway->conf->handshake_timeout / 1000),
		.keepalive_timeout = KEEPALIVE_S,
		.retry_and_idle_policy = &no_retry,
		.server_string = "atrium",
		.vhost_name = "atrium",
	};

	/* it has a word for each connection: none is made where none is read */
	lws_set_log_level(log_enabled(LOG_LEVEL_DEBUG) ? LLL_ERR | LLL_WARN : 0, on_lws_log);
	gateway->lws = lws_create_context(&info);
	if (!gateway->lws) {
		log_error("libwebsockets",
			"error=context hint=\"libwebsockets-evlib-uv must be installed\"");
		return -ENOSYS;
	}
	gateway->vhost = lws_get_vhost_by_name(gateway->lws, "atrium");
	assert(gateway->vhost);
	return 0;
}

/*
 * lws closes its handles in the loop, one after the other; only then it frees the rest. It closes
 * its event descriptor twice: no thread of ZeroMQ may be there to open one of the same number.
 */
static void close_lws(struct gateway *gateway)
{
	enum { TURNS = 4 };

	if (!gateway->lws)
		return;
	lws_context_destroy(gateway->lws);
	for (int i = 0; i < TURNS; i++)
		uv_run(loop_uv(gateway->loop), UV_RUN_NOWAIT);
	lws_context_destroy(gateway->lws);
	gateway->lws = NULL;
}

/* ---- start and stop ---- */

static void limit_files(rlim_t files)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = files;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* How many descriptors there may be, and how many of these are for lws. */
static rlim_t plan_files(struct gateway *gateway)
{
	rlim_t want = (rlim_t)gateway->conf->max_connections + LOW_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && want > limit.rlim_max) {
		log_warn("open_files",
			"limit=%llu needed=%llu hint=\"raise LimitNOFILE or lower max_connections\"",
			(unsigned long long)limit.rlim_max, (unsigned long long)want);
		want = limit.rlim_max;
	}
	gateway->low_files = want / 2 < LOW_FILES ? (int)(want / 2) : LOW_FILES;
	return want;
}

static bool enabled_by_environment(void)
{
	static const char *const no[] = { "false", "no", "off", "0" };
	const char *value = getenv("WS_ENABLED");

	for (size_t i = 0; value && i < sizeof(no) / sizeof(*no); i++)
		if (strcasecmp(value, no[i]) == 0)
			return false;
	return true;
}

/* From here on the settings before are gone. */
static void take_conf(struct gateway *gateway)
{
	const struct gateway_conf *conf = service_conf(gateway->service, "gateway");

	gateway->conf = conf;
	gateway->rates = (struct rate_limits){
		.messages = conf->rate_messages,
		.messages_burst = conf->rate_burst,
		.bytes = conf->rate_bytes,
		.bytes_burst = conf->rate_bytes_burst,
		.patience = conf->rate_patience,
	};
}

static void on_tick(void *arg)
{
	struct gateway *gateway = arg;

	wheel_turn(gateway->wheel, clock_now());
	flush_tick(gateway->flush, clock_now());
}

/* What is there for clients, whether or not there will be any. */
static void open_parts(struct gateway *gateway)
{
	list_init(&gateway->doors);
	list_init(&gateway->posts);
	gateway->wheel = wheel_new(clock_now());
	gateway->tick = timer_new(gateway->loop, on_tick, gateway);
	timer_repeat(gateway->tick, WHEEL_STEP_MS);
	gateway->roster = roster_new();
	gateway->sessions = sessions_new(gateway->roster);
	gateway->addresses = addresses_new();
	gateway->clients = clients_new(gateway);
	gateway->flush = flush_new(gateway);
	gateway->deflater = deflater_new();
	gateway->inflater = inflater_new();
	gateway->wskey = wskey_new();
	gateway->memory = memory_new(gateway);
}

static int open_all(struct gateway *gateway)
{
	rlim_t files = plan_files(gateway);
	int r = http_new(gateway, &gateway->http);

	/* lws makes tables as long as the limit it finds, and walks them for each connection */
	limit_files((rlim_t)gateway->low_files);
	if (r == 0)
		r = open_lws(gateway);
	limit_files(files);
	if (r == 0 && gateway->websocket)
		r = uplink_new(gateway, &gateway_dispatch, &gateway->uplink);
	if (r == 0 && gateway->websocket)
		r = admit_new(gateway, &gateway_dispatch, &gateway->admit);
	if (r == 0 && gateway->websocket)
		gateway->api = api_new(gateway);
	gateway->taps = taps_new();
	if (r == 0)
		r = tls_new(gateway, &gateway->tls);
	if (r == 0)
		r = http_series_new(gateway, &gateway_dispatch, &gateway->series);
	if (r == 0)
		r = listener_new(gateway, false, &gateway->listener);
	if (r == 0 && gateway->tls)
		r = listener_new(gateway, true, &gateway->tls_listener);
	return r;
}

static void say_ready(struct gateway *gateway)
{
	char fields[128];

	if (gateway->tls)
		snprintf(fields, sizeof(fields),
			"STATUS=port %u, TLS %u\nX_ATRIUM_PORT=%u\nX_ATRIUM_TLS_PORT=%u",
			gateway->port, gateway->tls_port, gateway->port, gateway->tls_port);
	else
		snprintf(fields, sizeof(fields), "STATUS=port %u\nX_ATRIUM_PORT=%u", gateway->port,
			gateway->port);
	service_ready(gateway->service, fields);
}

int gateway_start(struct service *service, void **ret_self)
{
	struct gateway *gateway = mem_alloc(sizeof(*gateway));
	int r;

	gateway->service = service;
	gateway->loop = service_loop(service);
	take_conf(gateway);
	gateway->websocket = gateway->conf->websocket && enabled_by_environment();
	open_parts(gateway);
	r = open_all(gateway);
	if (r < 0) {
		gateway_stop(gateway);
		return r;
	}
	say_ready(gateway);
	*ret_self = gateway;
	return 0;
}

int gateway_reload(void *self)
{
	struct gateway *gateway = self;

	take_conf(gateway);
	http_reload(gateway->http);
	return tls_reload(gateway, gateway->tls);
}

void gateway_drain(void *self)
{
	struct gateway *gateway = self;

	gateway->draining = true;
	listener_stop(gateway->listener);
	listener_stop(gateway->tls_listener);
	gateway->drain = drain_new(gateway);
	gateway_check_drained(gateway);
}

uint64_t gateway_drain_ms(void *self)
{
	struct gateway *gateway = self;

	return (uint64_t)gateway->conf->drain;
}

/* In the reverse order; takes what is half built. */
void gateway_stop(void *self)
{
	struct gateway *gateway = self;

	gateway->draining = false; /* it is over, and no one asks any more */
	gateway->websocket = false; /* nor comes in, though the loop turns for lws once more */
	drain_free(gateway->drain);
	listener_free(gateway->listener);
	listener_free(gateway->tls_listener);
	if (gateway->clients)
		clients_end(gateway->clients);
	post_close_all(gateway);
	api_free(gateway->api);
	http_series_free(gateway->series);
	taps_free(gateway->taps);
	shown_done(&gateway->shown);
	admit_free(gateway->admit);
	uplink_free(gateway->uplink);
	gateway->admit = NULL;
	gateway->uplink = NULL;
	service_mute(gateway->service);
	close_lws(gateway);
	tls_free(gateway->tls);
	clients_free(gateway->clients);
	addresses_free(gateway->addresses);
	http_free(gateway->http);
	memory_free(gateway->memory);
	deflater_free(gateway->deflater);
	wskey_free(gateway->wskey);
	inflater_free(gateway->inflater);
	flush_free(gateway->flush);
	sessions_free(gateway->sessions);
	roster_free(gateway->roster);
	timer_free(gateway->tick);
	wheel_free(gateway->wheel);
	buf_done(&gateway->text);
	buf_done(&gateway->scratch);
	mem_free(gateway->api_auth);
	mem_free(gateway);
}

/* ---- a turn ---- */

static uint64_t now_us(void)
{
	return clock_now().ns / 1000;
}

uint64_t gateway_turn_us(struct gateway *gateway)
{
	if (gateway->turn_us == 0)
		gateway->turn_us = now_us();
	return gateway->turn_us;
}

void gateway_turn_over(struct gateway *gateway)
{
	if (gateway->latency.count)
		latency_written(&gateway->latency, now_us());
	gateway->turn_us = 0;
}

/* ---- what others ask ---- */

bool gateway_is_ready(const struct gateway *gateway)
{
	if (gateway->draining)
		return false;
	return !gateway->websocket ||
		(uplink_is_answered(gateway->uplink) && admit_is_up(gateway->admit));
}

void gateway_check_drained(struct gateway *gateway)
{
	if (!gateway->draining || gateway->clients->count > 0 || gateway->replies > 0)
		return;
	if (gateway->tls && tls_pumps_busy(gateway->tls))
		return;
	if (!gateway->uplink || uplink_is_idle(gateway->uplink))
		service_drained(gateway->service);
}
