/* http_post.c - a request with a body: read to its end, answered when there is an answer */
/* SPDX-License-Identifier: MIT */
#include "gateway/http_post.h"

#include <errno.h>
#include <libwebsockets.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/address.h"
#include "gateway/api.h"
#include "gateway/api_auth.h"
#include "gateway/door.h"
#include "gateway/head.h"
#include "gateway/tls_pump.h"
#include "gateway/wheel.h"
#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	LINGER_MS = 2000, /* for what is sent after a refusal */
	DISCARD_MAX = 1024 * 1024, /* bytes of it */
	STALL_MS = 30000, /* without a byte of the answer taken */
	HEAD_ROOM = 1024, /* bytes of an answer's head */
};

/* How many may wait at a time: who is let in by a token, and who is not yet, apart. */
static const struct pool {
	const struct answerer *answerer;
	enum counter waiting, full;
	size_t max_at; /* in the settings */
	bool evicts; /* who has not yet sent its body makes room for the next */
} pools[] = {
	[BY_API] = { &api_answerer, COUNTER_GATEWAY_API_WAITING, COUNTER_GATEWAY_API_FULL,
		offsetof(struct gateway_conf, max_requests), false },
	[BY_AUTH] = { &api_auth_answerer, COUNTER_GATEWAY_LOGINS_WAITING,
		COUNTER_GATEWAY_LOGINS_FULL, offsetof(struct gateway_conf, max_logins), true },
};

enum post_state {
	POST_HELD, /* someone decides; nothing is read */
	POST_READING,
	POST_WRITING,
	POST_LINGERING,
};

struct post {
	struct wheel_node deadline; /* first */
	struct gateway *gateway;
	struct list link;
	struct watch *watch;
	const struct operation *operation; /* NULL: there is no such */
	const struct pool *pool; /* in which it is counted, or NULL */
	void *request; /* its answerer's; NULL: it is answered, or refused */
	int fd;
	struct tls_pump *pump; /* that has the other end, or NULL */
	enum post_state state;
	struct buf bytes, joined; /* the head: */
	struct posthead head;
	struct buf body, behind; /* and what comes after the request */
	struct buf out; /* what is not written yet */
	size_t discarded;
	bool keep;
	char address[ADDRESS_TEXT];
};

/* Passwords and tokens do not stay behind in memory that was given up. */
static void wipe(struct buf *buf)
{
	if (buf->cap)
		explicit_bzero(buf->data, buf->cap);
	buf_done(buf);
}

static void leave_pool(struct post *post)
{
	if (post->pool)
		counter_sub(post->pool->waiting, 1);
	post->pool = NULL;
}

/* No one wants its answer any more. */
static void drop_request(struct post *post)
{
	void *request = post->request;

	post->request = NULL;
	if (request)
		pools[post->operation->by].answerer->cancel(request);
}

/* The socket may be someone else's by now (-1). */
static void post_free(struct post *post)
{
	struct gateway *gateway = post->gateway;

	drop_request(post);
	leave_pool(post);
	list_remove(&post->link);
	wheel_remove(&post->deadline);
	watch_free(post->watch);
	if (post->fd >= 0) {
		limits_give_socket(&gateway->limits);
		close(post->fd);
	}
	tls_pump_let_go(post->pump);
	wipe(&post->bytes);
	wipe(&post->joined);
	wipe(&post->body);
	wipe(&post->behind);
	wipe(&post->out);
	mem_free(post);
	gateway->replies--;
	gateway_check_drained(gateway);
}

void post_close_all(struct gateway *gateway)
{
	if (!gateway->posts.next)
		return;
	while (!list_empty(&gateway->posts))
		post_free(LIST_ENTRY(gateway->posts.next, struct post, link));
}

static void after(struct post *post, uint64_t ms, wheel_fn fn)
{
	wheel_add(post->gateway->wheel, &post->deadline, clock_now(), ms, fn);
}

static void on_given_up(struct wheel_node *node)
{
	post_free((struct post *)node);
}

/* ---- the answer ---- */

/* The socket goes back to a door, for the next request. */
static void give_back(struct post *post)
{
	struct gateway *gateway = post->gateway;
	_cleanup_(wipe) struct buf behind = post->behind;
	struct tls_pump *pump = post->pump;
	int fd = post->fd;

	post->behind = (struct buf){ .cap = 0 };
	post->fd = -1;
	post->pump = NULL;
	post_free(post);
	(void)door_return(gateway, fd, pump, buf_slice(&behind));
}

/*
 * To close at once while the body still comes would reset the connection, and the answer be lost:
 * it is thrown away, up to a point.
 */
static void conclude(struct post *post)
{
	if (post->keep) {
		give_back(post);
	} else if (post->body.len < post->head.length) {
		(void)shutdown(post->fd, SHUT_WR);
		leave_pool(post);
		post->state = POST_LINGERING;
		after(post, LINGER_MS, on_given_up);
		watch_want(post->watch, true, false);
	} else {
		post_free(post);
	}
}

/* 1: all is written; 0: the socket is full; -errno: it is broken. */
static int write_on(struct post *post)
{
	while (post->out.len) {
		ssize_t n = send(
			post->fd, post->out.data, post->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		buf_drop(&post->out, (size_t)n);
	}
	return 1;
}

static void write_or_wait(struct post *post)
{
	int r = write_on(post);

	if (r == 1) {
		conclude(post);
		return;
	}
	if (r < 0) {
		post_free(post);
		return;
	}
	post->state = POST_WRITING;
	after(post, STALL_MS, on_given_up);
	watch_want(post->watch, false, true);
}

static struct reply reply_to(struct post *post)
{
	if (post->body.len < post->head.length || post->gateway->draining)
		post->keep = false;
	return (struct reply){ .out = &post->out,
		.head_only = post->head.method == HTTP_HEAD,
		.keep = post->keep,
		.old = post->head.old,
		.wall_ms = clock_wall_ms() };
}

/* Nothing is owed any more. */
static void settle(struct post *post)
{
	drop_request(post);
	wheel_remove(&post->deadline);
	watch_want(post->watch, false, false);
}

void post_refuse(struct post *post, enum refusal refusal)
{
	struct reply reply;

	settle(post);
	reply = reply_to(post);
	reply_refusal(&reply, refusal);
	write_or_wait(post);
}

void post_answer(struct post *post, int status, struct slice json, struct slice cookie)
{
	struct reply reply = reply_to(post);

	buf_reserve(&post->out, json.len + cookie.len + HEAD_ROOM); /* it stays in one place */
	reply_json(&reply, status, json, cookie);
	settle(post);
	write_or_wait(post);
}

/* ---- the body ---- */

static void on_late(struct wheel_node *node)
{
	counter_add(COUNTER_GATEWAY_BODY_LATE, 1);
	post_refuse((struct post *)node, REFUSAL_BODY_LATE);
}

static void take_body(struct post *post)
{
	wheel_remove(&post->deadline);
	post->state = POST_HELD;
	watch_want(post->watch, false, false);
	pools[post->operation->by].answerer->body(post->request, buf_slice(&post->body));
}

static void read_body(struct post *post)
{
	size_t more = post->head.length - post->body.len;
	ssize_t n = recv(post->fd, buf_reserve(&post->body, more), more, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		post_free(post);
		return;
	}
	post->body.len += (size_t)n;
	if (post->body.len == post->head.length)
		take_body(post);
}

/* Whoever waits to be told so sends it only then (RFC 9110 section 10.1.1). */
void post_read(struct post *post)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (post->body.len == post->head.length) {
		take_body(post);
		return;
	}
	if (post->head.expects && !post->head.old && post->body.len == 0)
		(void)!send(post->fd, go_on, sizeof(go_on) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	post->state = POST_READING;
	after(post, (uint64_t)post->gateway->conf->handshake_timeout, on_late);
	watch_want(post->watch, true, false);
}

/* ---- the socket ---- */

static void discard(struct post *post)
{
	char bytes[16 * 1024];
	ssize_t n = recv(post->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	post->discarded += n > 0 ? (size_t)n : 0;
	if (n <= 0 || post->discarded > DISCARD_MAX)
		post_free(post);
}

static void on_ready(void *arg)
{
	struct post *post = arg;

	if (post->state == POST_READING)
		read_body(post);
	else if (post->state == POST_WRITING)
		write_or_wait(post);
	else if (post->state == POST_LINGERING)
		discard(post);
}

/* ---- the beginning ---- */

const struct posthead *post_head(const struct post *post)
{
	return &post->head;
}

struct slice post_address(const struct post *post)
{
	return slice_of(post->address);
}

bool post_is_secure(const struct post *post)
{
	return post->pump != NULL;
}

static void find_address(struct post *post)
{
	struct address peer = { .bytes = { 0 } }, client;
	char text[ADDRESS_TEXT] = "";

	(void)lws_get_peer_simple_fd(
		post->pump ? tls_pump_fd(post->pump) : post->fd, text, sizeof(text));
	(void)address_parse(slice_of(text), &peer);
	client = address_of_client(
		&peer, post->head.forwarded, post->gateway->conf->trusted_proxies);
	if (address_is_known(&client))
		address_text(&client, post->address);
}

/* Of what came behind the head the first is its body. */
static void divide(struct post *post, struct slice rest)
{
	size_t mine = rest.len < post->head.length ? rest.len : (size_t)post->head.length;

	if (post->head.length <= HEAD_MAX)
		buf_reserve(&post->body, (size_t)post->head.length); /* it stays in one place */
	buf_put(&post->body, slice_make(rest.ptr, mine));
	buf_put(&post->behind, slice_make(rest.ptr + mine, rest.len - mine));
}

static enum refusal check(const struct post *post)
{
	const struct operation *operation = post->operation;
	const struct gateway_conf *conf = post->gateway->conf;
	enum refusal refusal;

	if (!post->gateway->websocket && (!operation || operation->by != BY_HTTP))
		return REFUSAL_NOT_FOUND;
	if (!operation)
		return REFUSAL_NO_METHOD;
	refusal = operation_check(operation, &post->head, (size_t)conf->max_body, conf->origins);
	if (refusal == REFUSAL_TOO_LARGE)
		counter_add(COUNTER_GATEWAY_BODY_TOO_LARGE, 1);
	return refusal == REFUSAL_NONE && post->gateway->draining ? REFUSAL_STOPPING : refusal;
}

static bool is_full(const struct gateway *gateway, const struct pool *pool)
{
	const char *conf = (const char *)gateway->conf;
	const int64_t *max = (const int64_t *)(const void *)(conf + pool->max_at);

	return counter_get(pool->waiting) >= (uint64_t)*max;
}

/* Refuses the oldest of a pool whose body has not come. */
static void evict(struct gateway *gateway, const struct pool *pool)
{
	for (struct list *at = gateway->posts.next; at != &gateway->posts; at = at->next) {
		struct post *post = LIST_ENTRY(at, struct post, link);

		if (post->pool != pool || post->state != POST_READING)
			continue;
		post_refuse(post, REFUSAL_API_FULL);
		return;
	}
}

static enum refusal enter_pool(struct post *post)
{
	const struct pool *pool = &pools[post->operation->by];
	bool full = is_full(post->gateway, pool);

	if (full)
		counter_add(pool->full, 1);
	if (full && pool->evicts) {
		evict(post->gateway, pool);
		full = is_full(post->gateway, pool);
	}
	if (full)
		return REFUSAL_API_FULL;
	counter_add(pool->waiting, 1);
	post->pool = pool;
	return REFUSAL_NONE;
}

static struct post *post_new(struct gateway *gateway, int fd, struct tls_pump *pump)
{
	struct post *post = mem_alloc(sizeof(*post));

	post->gateway = gateway;
	post->fd = fd;
	post->pump = pump;
	list_init(&post->link);
	list_append(&gateway->posts, &post->link);
	gateway->replies++;
	counter_add(COUNTER_GATEWAY_REQUESTS, 1);
	post->watch = watch_new(gateway->loop, fd, on_ready, post);
	return post;
}

static enum refusal read_head(struct post *post, struct slice head, struct slice rest)
{
	enum refusal refusal;

	buf_put(&post->bytes, head);
	refusal = posthead_read(buf_slice(&post->bytes), &post->joined, &post->head);
	post->keep = post->head.keep && refusal == REFUSAL_NONE;
	post->operation = operation_find(post->head.path);
	divide(post, rest);
	find_address(post);
	if (refusal == REFUSAL_NONE)
		refusal = check(post);
	return refusal == REFUSAL_NONE ? enter_pool(post) : refusal;
}

void post_take(struct gateway *gateway, int fd, struct tls_pump *pump, struct slice bytes)
{
	const char *end = memmem(bytes.ptr, bytes.len, "\r\n\r\n", 4);
	size_t len = end ? (size_t)(end - bytes.ptr) + 4 : bytes.len;
	struct post *post = post_new(gateway, fd, pump);
	const struct answerer *answerer;
	enum refusal refusal;

	if (!post->watch) {
		post_free(post);
		return;
	}
	watch_want(post->watch, false, false);
	refusal = read_head(
		post, slice_make(bytes.ptr, len), slice_make(bytes.ptr + len, bytes.len - len));
	if (refusal != REFUSAL_NONE) {
		post_refuse(post, refusal);
		return;
	}
	answerer = pools[post->operation->by].answerer;
	post->request = answerer->begin(gateway, post, post->operation->what);
	answerer->admit(post->request);
}
