/* gateway.h - the gateway process: its settings and its parts */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/deflater.h"
#include "gateway/dialect.h"
#include "gateway/inflater.h"
#include "gateway/latency.h"
#include "gateway/limits.h"
#include "gateway/rate.h"
#include "gateway/shown.h"
#include "proto/base/list.h"
#include "proto/base/loop.h"
#include "proto/service.h"

struct lws;
struct lws_context;
struct lws_vhost;

enum { GATEWAY_READ = 64 * 1024 };

/* [gateway] series: who is answered. */
enum series_access { SERIES_ANYONE, SERIES_TOKEN, SERIES_ADMIN, SERIES_NOBODY };
#define SERIES_ACCESS "anyone|token|admin|nobody"

struct gateway_conf {
	char *listen;
	int64_t port;
	int64_t tls_port;
	char *tls_certificate;
	char *tls_key;
	char *static_dir;
	bool websocket;
	char **origins;
	int64_t max_message;
	bool compression;
	int64_t compression_min;
	int64_t compression_level;
	int64_t max_queue;
	int64_t max_rooms;
	int64_t max_connections;
	int64_t max_waiting;
	int64_t max_accepts;
	int64_t max_head;
	int64_t max_memory;
	int64_t max_body;
	int64_t max_requests;
	int64_t max_logins;
	int64_t api_timeout;
	int64_t api_rate;
	int64_t api_log; /* enum api_logged */
	int64_t max_per_address;
	char **trusted_proxies;
	int64_t rate_messages;
	int64_t rate_burst;
	int64_t rate_bytes;
	int64_t rate_bytes_burst;
	int64_t rate_patience;
	int64_t ping_interval;
	int64_t pong_timeout;
	int64_t write_timeout;
	int64_t answer_hold;
	int64_t handshake_timeout;
	int64_t auth_timeout;
	int64_t verdict_timeout;
	int64_t drain;
	int64_t max_unacked;
	int64_t json_depth;
	int64_t max_nickname;
	char *default_room;
	int64_t series; /* enum series_access */
	bool cookie_secure;
};

extern const struct conf_section gateway_sections[];

struct gateway {
	struct service *service;
	struct loop *loop;
	/* another one after each SIGHUP: never keep what it points to */
	const struct gateway_conf *conf;
	bool websocket; /* the setting and WS_ENABLED, as they were at the start */
	bool draining;
	struct limits limits;
	struct rate_limits rates; /* as conf says */
	/* descriptors below are for lws, which knows no others; WebSockets are above */
	int low_files;
	unsigned port, tls_port; /* those that are really listened on */
	struct lws_context *lws;
	struct lws_vhost *vhost;
	struct buf text; /* where encoders write; empty between two messages */
	struct buf scratch; /* of the decoder */
	struct deflater *deflater; /* these three for all clients */
	struct inflater *inflater;
	struct wskey *wskey;
	char read[GATEWAY_READ]; /* what a client has sent; empty between two of them */
	/* what came behind the head of a request that is being given to lws */
	struct slice entering;
	struct tls_pump *entering_pump; /* that it comes from; NULL: from no one, or lws has it */
	struct listener *listener;
	struct listener *tls_listener; /* NULL without TLS, as is: */
	struct tls *tls;
	struct list doors; /* of connections whose next request is not whole, oldest first */
	struct clients *clients;
	struct addresses *addresses; /* of clients */
	struct flush *flush;
	struct memory *memory;
	struct wheel *wheel; /* every client's deadlines */
	struct timer *tick; /* turns it */
	struct sessions *sessions;
	struct roster *roster;
	struct uplink *uplink; /* NULL without websocket, as is: */
	struct admit *admit;
	struct http *http;
	struct api *api; /* NULL without websocket, as is: */
	struct taps *taps;
	struct shown shown;
	struct list posts; /* requests that http_post.c answers */
	struct api_auth *api_auth; /* NULL before the first request of its kind */
	struct http_series *series;
	struct drain *drain; /* NULL until it ends */
	struct latency latency; /* of what this turn delivers */
	uint64_t turn_us; /* gateway_turn_us(); 0: no one has asked in this turn */
	size_t replies; /* to HTTP requests, that are not yet written whole */
};

/* What lws keeps for each of its connections. */
struct wire {
	struct http_request *http; /* while a request is being answered */
};

int gateway_start(struct service *service, void **ret_self);
int gateway_reload(void *self);
void gateway_drain(void *self);
void gateway_stop(void *self);
uint64_t gateway_drain_ms(void *self);

/* Microseconds of the monotonic clock, read once a turn: when what it handles has come. */
uint64_t gateway_turn_us(struct gateway *gateway);
/* At the turn's end, when clients have been written to. */
void gateway_turn_over(struct gateway *gateway);

struct gateway *gateway_of(struct lws *wsi); /* whose context this is */
/* hub linked and settled, auth linked; or no websocket */
bool gateway_is_ready(const struct gateway *gateway);

/* If it drains and nothing is left to wait for, says so to the service. */
void gateway_check_drained(struct gateway *gateway);

#endif
