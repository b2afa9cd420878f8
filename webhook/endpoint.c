/* endpoint.c - one [webhook "NAME"]: its place at the hub, what waits for it, its requests */
/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/histogram.h"
#include "webhook/endpoint_internal.h"

enum { OWN_HEADERS = 5 };

/* ---- the hub ---- */

static void serve(struct endpoint *endpoint)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg msg = { .type = MSG_SERVE };
	struct msg_pattern pattern = { .what = (uint8_t)conf_what(endpoint->conf) };

	for (char *const *room = endpoint->conf->rooms; *room; room++) {
		pattern.rooms = slice_of(*room);
		msg_add_pattern(&raw, &msg.serve.patterns, &pattern);
	}
	msg.serve.call = 1;
	(void)link_send(endpoint->hub, NULL, &msg);
}

/* Rooms that go on while others wait: their events the hub need not keep either. */
static void tell_done(struct endpoint *endpoint)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct buf *done = queue_done_beyond(endpoint->queue);
	struct msg msg = { .type = MSG_HANDLED_SOME };
	struct msg_range range = { 0, 0 };

	if (done->len == 0 || !link_is_up(endpoint->hub))
		return;
	for (size_t at = 0; at < done->len; at += sizeof(uint64_t)) {
		uint64_t seq;

		memcpy(&seq, done->data + at, sizeof(seq));
		if (range.last && seq != range.last + 1)
			msg_add_range(&raw, &msg.handled_some.ranges, &range);
		if (range.last == 0 || seq != range.last + 1)
			range.first = seq;
		range.last = seq;
	}
	msg_add_range(&raw, &msg.handled_some.ranges, &range);
	if (link_send(endpoint->hub, NULL, &msg) == 0)
		buf_clear(done);
}

/* What is dealt with the hub need not keep. If it cannot be told now, the next HELLO does. */
static void tell_handled(struct endpoint *endpoint)
{
	uint64_t handled = queue_handled(endpoint->queue);
	struct msg msg = { .type = MSG_HANDLED, .handled = { .seen = handled } };

	tell_done(endpoint);
	if (handled == endpoint->handled)
		return;
	link_set_seen(endpoint->hub, endpoint->hub_epoch, handled);
	if (link_send(endpoint->hub, NULL, &msg) == 0)
		endpoint->handled = handled;
}

static void on_up(void *self, struct link_peer *peer, const struct msg_welcome *welcome)
{
	struct endpoint *endpoint = self;

	(void)peer;
	if (endpoint->hub_epoch && endpoint->hub_epoch != welcome->epoch) {
		log_warn("another_hub", "endpoint=%s", endpoint->name);
		queue_renumber(endpoint->queue);
		endpoint->handled = 0;
		link_set_seen(endpoint->hub, welcome->epoch, 0);
	}
	endpoint->hub_epoch = welcome->epoch;
	endpoint->serving = false;
	queue_relinked(endpoint->queue);
	serve(endpoint);
	endpoint_pump(endpoint);
}

static void on_batch_end(void *self, struct link_peer *peer)
{
	(void)peer;
	endpoint_pump(self);
}

static const struct link_ops hub_ops = {
	.on_up = on_up, .on_batch_end = on_batch_end, .on_room = on_batch_end
};

static int open_link(struct endpoint *endpoint)
{
	_cleanup_(mem_freep) char *name = mem_printf("webhook-%s", endpoint->name);
	struct link_options options = {
		.id = LINK_HANDLERS,
		.loop = service_loop(endpoint->service),
		.directory = service_runtime_dir(endpoint->service),
		.process = PROCESS_HANDLER,
		.name = name,
		.epoch = service_random(),
		.dispatch = &endpoint_dispatch,
		.ops = &hub_ops,
		.self = endpoint,
	};

	return link_new(&options, &endpoint->hub);
}

/*
 * There is room again: the hub sends once more what it was left. Not before half is delivered, or
 * it would do so for each event.
 */
static void look_for_room(struct endpoint *endpoint)
{
	if (!endpoint->full || endpoint->ending ||
		queue_bytes(endpoint->queue) >= (size_t)endpoint->conf->memory / 2)
		return;
	endpoint->full = false;
	link_hello_again(endpoint->hub);
}

/* ---- requests ---- */

static void put_header(struct buf *out, struct slice ends[], size_t *count, const char *name)
{
	if (*count)
		buf_putc(out, '\0');
	ends[(*count)++] = slice_make(NULL, out->len);
	buf_put(out, slice_of(name));
}

/* They lie behind each other in `text`, which moves while it grows: so they are found last. */
static void find_lines(const struct buf *text, struct slice lines[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t start = lines[i].len;
		size_t end = i + 1 < count ? lines[i + 1].len - 1 : text->len;

		lines[i] = slice_make(text->data + start, end - start);
	}
}

static void put_webhook_id(
	struct buf *out, const struct endpoint *endpoint, const struct delivery *delivery)
{
	body_put_id(out, endpoint->name, &delivery->first);
	if (delivery->count > 1)
		buf_printf(out, "-x%u", delivery->count);
}

static size_t put_own_headers(const struct endpoint *endpoint, const struct delivery *delivery,
	struct slice body, struct buf *text, struct slice lines[OWN_HEADERS])
{
	_cleanup_(buf_done) struct buf id = { .cap = 0 };
	uint64_t seconds = clock_wall_ms() / 1000;
	size_t count = 0;

	put_webhook_id(&id, endpoint, delivery);
	put_header(text, lines, &count, "Content-Type: application/json");
	put_header(text, lines, &count, "Expect:");
	put_header(text, lines, &count, "webhook-id: ");
	buf_put(text, buf_slice(&id));
	put_header(text, lines, &count, "webhook-timestamp: ");
	buf_put_u64(text, seconds);
	put_header(text, lines, &count, "webhook-signature: ");
	sign_put(text, endpoint->credentials.keys, endpoint->credentials.key_count, buf_slice(&id),
		seconds, body);
	find_lines(text, lines, count);
	return count;
}

static int post(struct endpoint *endpoint, struct delivery *delivery)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	struct slice lines[OWN_HEADERS + HEADERS_MAX];
	struct poster_request request = { .url = endpoint->conf->url,
		.ca_file = endpoint->credentials.ca_file,
		.timeout_ms = (uint64_t)endpoint->conf->timeout,
		.headers = lines,
		.tag = delivery };

	queue_put_body(endpoint->queue, delivery, &request.body);
	request.header_count = put_own_headers(
		endpoint, delivery, buf_slice(&request.body), &text, lines);
	for (size_t i = 0; i < endpoint->credentials.header_count; i++)
		lines[request.header_count++] = endpoint->credentials.headers[i];
	counter_add(COUNTER_WEBHOOK_REQUESTS, 1);
	return poster_post(endpoint->poster, &request);
}

static void log_failure(const struct endpoint *endpoint, const struct delivery *delivery,
	const struct poster_answer *answer, const struct queue_result *result)
{
	_cleanup_(buf_done) struct buf id = { .cap = 0 };
	bool answered = answer->end == END_ANSWERED;

	put_webhook_id(&id, endpoint, delivery);
	if (result->dead)
		log_error("given_up", "endpoint=%s id=%s room=%s events=%u status=%ld",
			endpoint->name, buf_cstr(&id), log_quote(delivery->room), result->dead,
			answer->status);
	else
		log_warn("not_delivered",
			"endpoint=%s id=%s room=%s tries=%u status=%ld next_ms=%llu%s%s",
			endpoint->name, buf_cstr(&id), log_quote(delivery->room),
			delivery->tries + 1, answer->status, (unsigned long long)result->wait,
			answered ? "" : " why=", answered ? "" : log_quote(slice_of(answer->why)));
}

static void count(const struct queue_result *result, enum verdict_kind kind)
{
	counter_add(COUNTER_WEBHOOK_DELIVERED, result->accepted);
	counter_add(COUNTER_WEBHOOK_GIVEN_UP, result->dead);
	if (kind != VERDICT_ACCEPTED)
		counter_add(COUNTER_WEBHOOK_FAILED, 1);
	if (kind == VERDICT_REFUSED || kind == VERDICT_GONE)
		counter_add(COUNTER_WEBHOOK_REFUSED, 1);
}

static void finish(
	struct endpoint *endpoint, struct delivery *delivery, const struct poster_answer *answer)
{
	const struct queue_answer said = { .kind = verdict_of(answer->end, answer->status),
		.asked = answer->asked_ms,
		.now = clock_now(),
		.wall = clock_wall_ms(),
		.random = service_random() };
	struct delivery was = *delivery;
	_cleanup_(mem_freep) char *room = slice_dup(was.room);
	struct queue_result result;

	queue_done(endpoint->queue, delivery, &said, &result);
	was.room.ptr = room;
	count(&result, said.kind);
	if (said.kind != VERDICT_ACCEPTED)
		log_failure(endpoint, &was, answer, &result);
	if (said.kind == VERDICT_GONE)
		log_error("paused", "endpoint=%s status=410 hint=\"SIGHUP takes it up again\"",
			endpoint->name);
	else if (said.kind == VERDICT_ACCEPTED && was.tries)
		log_info("delivered_again", "endpoint=%s room=%s tries=%u", endpoint->name,
			log_quote(was.room), was.tries + 1);
}

static void on_answer(void *arg, void *tag, const struct poster_answer *answer)
{
	struct endpoint *endpoint = arg;

	histogram_observe(HISTOGRAM_WEBHOOK_REQUEST, answer->took_us);
	finish(endpoint, tag, answer);
	endpoint_pump(endpoint);
	if (endpoint->ending && queue_sending(endpoint->queue) == 0 && endpoint->drained)
		endpoint->drained(endpoint->drained_arg);
}

/* A request that could not even be begun: as if no one was reached. */
static void fail(struct endpoint *endpoint, struct delivery *delivery)
{
	const struct poster_answer answer = { .end = END_UNREACHED,
		.why = "the request could not be made: look at url and ca_file" };

	finish(endpoint, delivery, &answer);
}

static void set_timer(struct endpoint *endpoint)
{
	struct mono when;

	if (!endpoint->ending && queue_wake(endpoint->queue, &when))
		timer_start(endpoint->timer, mono_ms_until(clock_now(), when));
	else
		timer_stop(endpoint->timer);
}

void endpoint_pump(struct endpoint *endpoint)
{
	struct delivery *delivery;

	while (!endpoint->ending && (delivery = queue_next(endpoint->queue, clock_now())))
		if (post(endpoint, delivery) < 0)
			fail(endpoint, delivery);
	tell_handled(endpoint);
	look_for_room(endpoint);
	set_timer(endpoint);
}

static void on_timer(void *arg)
{
	endpoint_pump(arg);
}

/* ---- from its beginning to its end ---- */

static struct queue_limits limits_of(const struct webhook_conf *conf)
{
	return (struct queue_limits){ .retry_first = (uint64_t)conf->retry_first,
		.retry_most = (uint64_t)conf->retry_most,
		.give_up = (uint64_t)conf->give_up,
		.refusals = (unsigned)conf->refusals,
		.batch = (unsigned)conf->batch,
		.concurrency = (unsigned)conf->concurrency };
}

int endpoint_new(struct service *service, const char *name, const struct webhook_conf *conf,
	struct endpoint **ret_endpoint)
{
	struct endpoint *endpoint = mem_alloc(sizeof(*endpoint));
	const struct queue_limits limits = limits_of(conf);
	int r;

	endpoint->service = service;
	endpoint->name = mem_strdup(name);
	endpoint->conf = conf;
	endpoint->queue = queue_new(&limits);
	endpoint->timer = timer_new(service_loop(service), on_timer, endpoint);
	r = credentials_read(name, conf, &endpoint->credentials);
	if (r == 0) {
		endpoint->poster = poster_new(
			service_loop(service), (unsigned)conf->concurrency, on_answer, endpoint);
		r = endpoint->poster ? open_link(endpoint) : -ENOMEM;
		if (r < 0)
			log_error("endpoint", "name=%s error=%s", name,
				log_quote(slice_of(strerror(-r))));
	}
	if (r < 0) {
		endpoint_free(endpoint);
		return r;
	}
	*ret_endpoint = endpoint;
	return 0;
}

void endpoint_free(struct endpoint *endpoint)
{
	if (!endpoint)
		return;
	link_free(endpoint->hub);
	poster_free(endpoint->poster);
	queue_free(endpoint->queue);
	timer_free(endpoint->timer);
	credentials_done(&endpoint->credentials);
	buf_done(&endpoint->text);
	mem_free(endpoint->name);
	mem_free(endpoint);
}

const char *endpoint_name(const struct endpoint *endpoint)
{
	return endpoint->name;
}

int endpoint_reload(struct endpoint *endpoint, const struct webhook_conf *conf)
{
	const struct queue_limits limits = limits_of(conf);
	int r = credentials_read(endpoint->name, conf, &endpoint->credentials);

	endpoint->conf = conf;
	queue_set_limits(endpoint->queue, &limits);
	queue_resume(endpoint->queue);
	if (link_is_up(endpoint->hub))
		serve(endpoint);
	endpoint_pump(endpoint);
	return r;
}

void endpoint_drain(struct endpoint *endpoint, loop_fn fn, void *arg)
{
	endpoint->ending = true;
	endpoint->drained = fn;
	endpoint->drained_arg = arg;
	set_timer(endpoint);
}

bool endpoint_idle(const struct endpoint *endpoint)
{
	return queue_sending(endpoint->queue) == 0;
}

void endpoint_figures(const struct endpoint *endpoint, struct endpoint_figures *ret_figures)
{
	*ret_figures = (struct endpoint_figures){ .linked = link_is_up(endpoint->hub),
		.paused = queue_paused(endpoint->queue),
		.waiting = queue_waiting(endpoint->queue),
		.bytes = queue_bytes(endpoint->queue),
		.sending = queue_sending(endpoint->queue) };
}
