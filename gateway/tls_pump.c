/* tls_pump.c - a connection over TLS until it is a WebSocket: HTTP through a pair of sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/tls_pump.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/door.h"
#include "gateway/limits.h"
#include "gateway/wheel.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

#define PLAIN_ANSWER \
	SLICE("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n" \
	      "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 41\r\n\r\n" \
	      "This port speaks TLS: https:// or wss://\n")

enum {
	STALL_MS = 30000, /* without a byte taken, once it was answered */
	LINGER_MS = 2000, /* for what is sent after the last answer */
};

enum pump_state {
	PUMP_HANDSHAKE,
	PUMP_OPEN, /* the door or libwebsockets has the other end of the pair */
	PUMP_ENDING, /* they have closed it; the rest goes out */
	PUMP_LINGERING, /* all has; what the peer still sends is thrown away */
	PUMP_OVER, /* and now they may let go */
};

struct tls_pump {
	struct wheel_node deadline; /* first */
	struct gateway *gateway;
	struct tls_stream *stream;
	struct watch *outside, *inside; /* of `fd`, and of `pair` */
	struct buf inward; /* decrypted; the pair has not taken it */
	struct list link;
	int fd; /* the peer's */
	int pair; /* our end of it, or -1 */
	uint8_t state; /* enum pump_state */
	bool heard_end; /* the peer sends no more */
	bool held; /* by the door or libwebsockets */
	bool counted; /* as a socket that is open, by us */
};

/* ---- the end ---- */

static void release(struct tls_pump *pump)
{
	if (pump->state == PUMP_OVER && !pump->held)
		mem_free(pump);
}

static void close_inside(struct tls_pump *pump)
{
	watch_free(pump->inside);
	pump->inside = NULL;
	if (pump->pair >= 0)
		close(pump->pair);
	pump->pair = -1;
}

/* The socket and the stream are no longer ours, or closed. */
static void retire(struct tls_pump *pump)
{
	struct gateway *gateway = pump->gateway;

	if (pump->state == PUMP_HANDSHAKE)
		counter_sub(COUNTER_GATEWAY_WAITING, 1);
	pump->state = PUMP_OVER;
	wheel_remove(&pump->deadline);
	list_remove(&pump->link);
	close_inside(pump);
	watch_free(pump->outside);
	pump->outside = NULL;
	if (pump->inward.len)
		explicit_bzero(pump->inward.data, pump->inward.len);
	buf_done(&pump->inward);
	if (pump->counted)
		limits_give_socket(&gateway->limits);
	pump->counted = false;
	release(pump);
	gateway_check_drained(gateway);
}

static void end(struct tls_pump *pump)
{
	struct tls_stream *stream = pump->stream;
	int fd = pump->fd;

	pump->stream = NULL;
	pump->fd = -1;
	tls_stream_free(stream);
	retire(pump);
	close(fd);
}

void tls_pump_let_go(struct tls_pump *pump)
{
	if (!pump)
		return;
	pump->held = false;
	release(pump);
}

static void on_deadline(struct wheel_node *node)
{
	struct tls_pump *pump = (struct tls_pump *)node;

	if (pump->state == PUMP_HANDSHAKE)
		counter_add(COUNTER_GATEWAY_TLS_TIMEOUTS, 1);
	end(pump);
}

static void after(struct tls_pump *pump, uint64_t ms)
{
	wheel_add(pump->gateway->wheel, &pump->deadline, clock_now(), ms, on_deadline);
}

/* ---- both ways ---- */

static void watch_both(struct tls_pump *pump)
{
	bool waits = tls_stream_waits(pump->stream);
	bool hears = !pump->heard_end && pump->inward.len == 0 && pump->state != PUMP_ENDING;

	watch_want(pump->outside, hears, waits);
	if (pump->inside)
		watch_want(pump->inside, !waits, pump->inward.len > 0);
	gateway_check_drained(pump->gateway);
}

/* What waits goes out, and then the peer has a moment to end it as well. It may be gone then. */
static void push_end(struct tls_pump *pump)
{
	if (tls_stream_waits(pump->stream)) {
		after(pump, STALL_MS);
		watch_both(pump);
		return;
	}
	tls_stream_end(pump->stream);
	if (pump->heard_end) {
		end(pump);
		return;
	}
	pump->state = PUMP_LINGERING;
	after(pump, LINGER_MS);
	watch_both(pump);
}

/* All was answered. */
static void begin_end(struct tls_pump *pump)
{
	close_inside(pump);
	pump->state = PUMP_ENDING;
	pump->gateway->limits.sockets++;
	pump->counted = true;
	push_end(pump);
}

/* -EPIPE: no one reads it any more, which its other direction will tell. */
static void push_inward(struct tls_pump *pump)
{
	ssize_t n = 0;

	if (pump->inward.len)
		n = send(pump->pair, pump->inward.data, pump->inward.len,
			MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		n = (ssize_t)pump->inward.len;
	buf_drop(&pump->inward, n > 0 ? (size_t)n : 0);
	buf_shrink(&pump->inward, pump->inward.len ? SIZE_MAX : 0);
	if (pump->heard_end && pump->inward.len == 0)
		shutdown(pump->pair, SHUT_WR);
}

/* What the door or libwebsockets has written. 0: nothing now; -EPIPE: they have closed it. */
static ssize_t pull_outward(struct tls_pump *pump)
{
	char *bytes = pump->gateway->read;
	ssize_t n = recv(pump->pair, bytes, GATEWAY_READ, MSG_DONTWAIT);
	struct iovec iov = { bytes, n > 0 ? (size_t)n : 0 };
	size_t taken;

	if (n > 0)
		(void)tls_stream_write(pump->stream, &iov, 1, &taken);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		return -EPIPE;
	return n > 0 ? n : 0;
}

static void on_inside(void *arg)
{
	struct tls_pump *pump = arg;

	push_inward(pump);
	if (!tls_stream_waits(pump->stream) && pull_outward(pump) < 0)
		begin_end(pump);
	else
		watch_both(pump);
}

/* ---- the beginning ---- */

/* With what came behind the handshake. The door may have it taken over before this returns. */
static void begin_http(struct tls_pump *pump)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0) {
		end(pump);
		return;
	}
	pump->pair = fcntl(pair[1], F_DUPFD_CLOEXEC, pump->gateway->low_files);
	close(pair[1]);
	if (pump->pair >= 0)
		pump->inside = watch_new(pump->gateway->loop, pump->pair, on_inside, pump);
	if (!pump->inside || pair[0] >= pump->gateway->low_files) {
		counter_add(COUNTER_GATEWAY_REFUSED_LIMIT, 1);
		close(pair[0]);
		end(pump);
		return;
	}
	wheel_remove(&pump->deadline);
	list_append(&pump->gateway->tls->pumps, &pump->link);
	counter_sub(COUNTER_GATEWAY_WAITING, 1);
	pump->state = PUMP_OPEN;
	pump->held = true;
	pump->counted = false; /* but by the door */
	push_inward(pump);
	watch_both(pump);
	door_open(pump->gateway, pair[0], pump, NULL);
}

static void end_broken(struct tls_pump *pump)
{
	if (tls_stream_is_plain(pump->stream)) {
		watch_free(pump->outside);
		pump->outside = NULL;
		door_answer(dup(pump->fd), PLAIN_ANSWER);
	}
	end(pump);
}

/* It may be gone after this. */
static void read_outside(struct tls_pump *pump)
{
	char *bytes = pump->gateway->read;
	ssize_t n = tls_stream_read(pump->stream, bytes, TLS_IN);

	if (n < 0 && n != -EAGAIN) {
		end_broken(pump);
		return;
	}
	if (n > 0)
		buf_add(&pump->inward, bytes, (size_t)n);
	pump->heard_end = tls_stream_is_over(pump->stream);
	if (pump->state == PUMP_HANDSHAKE && pump->heard_end && !pump->inward.len) {
		end(pump);
		return;
	}
	if (pump->state == PUMP_HANDSHAKE && tls_stream_is_open(pump->stream)) {
		begin_http(pump);
		return;
	}
	if (pump->state == PUMP_OPEN)
		push_inward(pump);
	watch_both(pump);
}

static void linger(struct tls_pump *pump)
{
	ssize_t n = tls_stream_read(pump->stream, pump->gateway->read, TLS_IN);

	tls_stream_end(pump->stream);
	if (n == 0 || (n < 0 && n != -EAGAIN))
		end(pump);
	else
		watch_both(pump);
}

static void on_outside(void *arg)
{
	struct tls_pump *pump = arg;
	int r = tls_stream_flush(pump->stream);

	if (r < 0 && r != -EAGAIN)
		end(pump);
	else if (pump->state == PUMP_ENDING)
		push_end(pump);
	else if (pump->state == PUMP_LINGERING)
		linger(pump);
	else if (pump->heard_end || pump->inward.len)
		watch_both(pump);
	else
		read_outside(pump);
}

/* Who is in a handshake is one of those whose request is not whole. */
static void make_room(struct gateway *gateway)
{
	uint64_t max = (uint64_t)gateway->conf->max_waiting;

	while (counter_get(COUNTER_GATEWAY_WAITING) >= max)
		if (!tls_pumps_make_room(gateway->tls) && !door_make_room(gateway))
			return;
}

void tls_pump_open(struct gateway *gateway, int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, gateway->low_files);
	struct tls_pump *pump;

	close(fd);
	if (high < 0) {
		limits_give_socket(&gateway->limits);
		return;
	}
	make_room(gateway);
	pump = mem_alloc(sizeof(*pump));
	pump->gateway = gateway;
	pump->stream = tls_stream_new(gateway->tls, high);
	pump->fd = high;
	pump->pair = -1;
	pump->counted = true;
	list_init(&pump->link);
	list_append(&gateway->tls->shaking, &pump->link);
	counter_add(COUNTER_GATEWAY_WAITING, 1);
	after(pump, (uint64_t)gateway->conf->handshake_timeout);
	pump->outside = watch_new(gateway->loop, high, on_outside, pump);
	if (pump->outside)
		read_outside(pump);
	else
		end(pump);
}

/* ---- what others ask ---- */

int tls_pump_fd(const struct tls_pump *pump)
{
	return pump->fd;
}

static void take_all(int fd, struct buf *out)
{
	ssize_t n;

	while ((n = recv(fd, buf_reserve(out, TLS_RECORD), TLS_RECORD, MSG_DONTWAIT)) > 0)
		out->len += (size_t)n;
}

int tls_pump_dissolve(
	struct tls_pump *pump, int inner, struct tls_stream **ret_stream, struct buf *ret_unread)
{
	int fd = pump->fd;

	if (pump->state != PUMP_OPEN) {
		close(inner);
		return -EPIPE;
	}
	take_all(inner, ret_unread);
	buf_put(ret_unread, buf_slice(&pump->inward));
	while (pull_outward(pump) > 0)
		;
	close(inner);
	*ret_stream = pump->stream;
	pump->stream = NULL;
	pump->fd = -1;
	retire(pump);
	return fd;
}

static struct tls_pump *first_of(const struct list *list)
{
	return list_empty(list) ? NULL : LIST_ENTRY(list->next, struct tls_pump, link);
}

void tls_pumps_stop(struct tls *tls)
{
	while (!list_empty(&tls->shaking))
		end(first_of(&tls->shaking));
}

bool tls_pumps_make_room(struct tls *tls)
{
	struct tls_pump *oldest = first_of(&tls->shaking);

	if (!oldest)
		return false;
	counter_add(COUNTER_GATEWAY_REFUSED_WAITING, 1);
	end(oldest);
	return true;
}

void tls_pumps_free(struct tls *tls)
{
	tls_pumps_stop(tls);
	while (!list_empty(&tls->pumps))
		end(first_of(&tls->pumps));
}

static bool is_busy(const struct tls_pump *pump)
{
	int waiting = 0;

	if (pump->pair >= 0 && ioctl(pump->pair, FIONREAD, &waiting) < 0)
		waiting = 0;
	return waiting > 0 || tls_stream_waits(pump->stream);
}

bool tls_pumps_busy(const struct tls *tls)
{
	for (struct list *at = tls->pumps.next; at != &tls->pumps; at = at->next)
		if (is_busy(LIST_ENTRY(at, struct tls_pump, link)))
			return true;
	return false;
}
