/* webhook.c - the process: its endpoints, from start to end */
/* SPDX-License-Identifier: MIT */
#include "webhook/webhook.h"

#include <curl/curl.h>
#include <errno.h>

#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "webhook/endpoint.h"

enum {
	LOOK_MS = 500, /* how often what waits is counted */
	DRAIN_MARGIN_MS = 1000, /* beyond the longest request */
};

struct webhook {
	struct service *service;
	struct timer *timer;
	struct endpoint *endpoints[WEBHOOK_ENDPOINTS_MAX];
	size_t count;
	unsigned linked, paused; /* when it was last looked */
};

/* ---- settings ---- */

static const struct webhook_conf *find_conf(struct service *service, const char *name)
{
	const struct webhook_conf *conf;
	const char *label;

	for (size_t i = 0; (conf = service_conf_named(service, "webhook", i, &label)); i++)
		if (strcmp(label, name) == 0)
			return conf->url[0] ? conf : NULL;
	return NULL;
}

static bool is_open(const struct webhook *webhook, const char *name)
{
	for (size_t i = 0; i < webhook->count; i++)
		if (strcmp(endpoint_name(webhook->endpoints[i]), name) == 0)
			return true;
	return false;
}

/* Those that are not open yet. One that cannot be opened is not in the way of others. */
static int open_endpoints(struct webhook *webhook)
{
	const struct webhook_conf *conf;
	const char *label;
	int result = 0;

	for (size_t i = 0; (conf = service_conf_named(webhook->service, "webhook", i, &label));
		i++) {
		int r;

		if (!conf->url[0] || is_open(webhook, label))
			continue;
		r = endpoint_new(
			webhook->service, label, conf, &webhook->endpoints[webhook->count]);
		if (r == 0)
			webhook->count++;
		else
			result = r;
	}
	return result;
}

/* ---- numbers ---- */

static void say_status(struct webhook *webhook, unsigned linked, unsigned paused)
{
	if (linked != webhook->linked || paused != webhook->paused)
		service_status(webhook->service, "%zu endpoints, %u linked, %u paused",
			webhook->count, linked, paused);
	webhook->linked = linked;
	webhook->paused = paused;
}

static void look(void *arg)
{
	struct webhook *webhook = arg;
	size_t waiting = 0, bytes = 0;
	unsigned linked = 0, paused = 0, sending = 0;

	for (size_t i = 0; i < webhook->count; i++) {
		struct endpoint_figures figures;

		endpoint_figures(webhook->endpoints[i], &figures);
		linked += figures.linked;
		paused += figures.paused;
		waiting += figures.waiting;
		bytes += figures.bytes;
		sending += figures.sending;
	}
	counter_set(COUNTER_WEBHOOK_ENDPOINTS, webhook->count);
	counter_set(COUNTER_WEBHOOK_LINKED, linked);
	counter_set(COUNTER_WEBHOOK_PAUSED, paused);
	counter_set(COUNTER_WEBHOOK_WAITING, waiting);
	counter_set(COUNTER_WEBHOOK_WAITING_BYTES, bytes);
	counter_set(COUNTER_WEBHOOK_SENDING, sending);
	say_status(webhook, linked, paused);
}

/* ---- from its start to its end ---- */

int webhook_start(struct service *service, void **ret_self)
{
	struct webhook *webhook;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		log_error("libcurl", "error=\"it cannot be used\"");
		return -ENOMEM;
	}
	webhook = mem_alloc(sizeof(*webhook));
	webhook->service = service;
	webhook->linked = webhook->paused = UINT32_MAX;
	webhook->timer = timer_new(service_loop(service), look, webhook);
	timer_repeat(webhook->timer, LOOK_MS);
	(void)open_endpoints(webhook);
	look(webhook);
	*ret_self = webhook;
	service_ready(service, NULL);
	return 0;
}

int webhook_reload(void *self)
{
	struct webhook *webhook = self;
	size_t kept = 0;
	int result = 0, r;

	for (size_t i = 0; i < webhook->count; i++) {
		struct endpoint *endpoint = webhook->endpoints[i];
		const struct webhook_conf *conf = find_conf(
			webhook->service, endpoint_name(endpoint));

		if (!conf) {
			log_info("endpoint_closed", "name=%s", endpoint_name(endpoint));
			endpoint_free(endpoint);
			continue;
		}
		webhook->endpoints[kept++] = endpoint;
		r = endpoint_reload(endpoint, conf);
		result = r < 0 ? r : result;
	}
	webhook->count = kept;
	r = open_endpoints(webhook);
	look(webhook);
	return r < 0 ? r : result;
}

/* ---- the end: what is under way is waited for, so that it is not sent again ---- */

static void on_drained(void *arg)
{
	struct webhook *webhook = arg;

	for (size_t i = 0; i < webhook->count; i++)
		if (!endpoint_idle(webhook->endpoints[i]))
			return;
	service_drained(webhook->service);
}

void webhook_drain(void *self)
{
	struct webhook *webhook = self;

	for (size_t i = 0; i < webhook->count; i++)
		endpoint_drain(webhook->endpoints[i], on_drained, webhook);
	on_drained(webhook);
}

uint64_t webhook_drain_ms(void *self)
{
	const struct webhook *webhook = self;
	const struct webhook_conf *conf;
	const char *label;
	uint64_t ms = 0;

	for (size_t i = 0; (conf = service_conf_named(webhook->service, "webhook", i, &label)); i++)
		if ((uint64_t)conf->timeout > ms)
			ms = (uint64_t)conf->timeout;
	return ms + DRAIN_MARGIN_MS;
}

void webhook_stop(void *self)
{
	struct webhook *webhook = self;

	for (size_t i = 0; i < webhook->count; i++)
		endpoint_free(webhook->endpoints[i]);
	timer_free(webhook->timer);
	mem_free(webhook);
	curl_global_cleanup();
}
