/* door.c - a connection, until the head of its next request is there */
/* SPDX-License-Identifier: MIT */
#include "gateway/door.h"

#include <errno.h>
#include <libwebsockets.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/client.h"
#include "gateway/head.h"
#include "gateway/http_post.h"
#include "gateway/limits.h"
#include "gateway/posthead.h"
#include "gateway/reply.h"
#include "gateway/tls_pump.h"
#include "gateway/upgrade.h"
#include "gateway/wheel.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

/*
 * lws is given one request at a time. So each has its deadline and its limits, and what comes
 * behind a handshake is not lost in lws's buffers.
 */
struct door {
	struct wheel_node deadline; /* first: a deadline is a door's */
	struct gateway *gateway;
	struct watch *watch;
	struct buf bytes;
	int fd;
	struct tls_pump *pump; /* that has the other end, or NULL */
	bool reused; /* it has been answered before */
	bool deferred; /* it is looked at in the end of this turn */
	bool closed; /* and freed then */
	struct list link;
};

static enum refusal refusal_of(int status)
{
	switch (status) {
	case 408:
		return REFUSAL_LATE;
	case 411:
		return REFUSAL_CHUNKED;
	case 431:
		return REFUSAL_HEAD_TOO_LARGE;
	case 501:
		return REFUSAL_NOT_IMPLEMENTED;
	case 503:
		return REFUSAL_FULL;
	default:
		return REFUSAL_BAD_REQUEST;
	}
}

void door_answer(int fd, struct slice answer)
{
	char unread[HEAD_MAX];

	/* what is left unread would make close() reset the connection, and the answer be lost */
	while (recv(fd, unread, sizeof(unread), MSG_DONTWAIT) == (ssize_t)sizeof(unread))
		;
	(void)!send(fd, answer.ptr, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

/* 0: more is needed; 1: it can be served; else the status to refuse it with. */
static int check(const struct gateway *gateway, struct slice bytes, struct head *ret_head)
{
	return head_check(bytes, (size_t)gateway->conf->max_head, ret_head);
}

static void wipe(struct buf *buf)
{
	if (buf->len)
		explicit_bzero(buf->data, buf->len);
	buf_done(buf);
}

void door_refuse(int fd, int status)
{
	_cleanup_(buf_done) struct buf answer = { .cap = 0 };
	struct reply reply = { .out = &answer, .wall_ms = clock_wall_ms() };

	reply_refusal(&reply, refusal_of(status));
	door_answer(fd, buf_slice(&answer));
}

/* What came behind a request is not for lws. */
static void enter_lws(struct gateway *gateway, int fd, struct tls_pump *pump, struct slice bytes)
{
	size_t head_len = head_plain(bytes);

	if (head_len) {
		gateway->entering = slice_make(bytes.ptr + head_len, bytes.len - head_len);
		bytes.len = head_len;
	}
	gateway->entering_pump = pump;
	(void)lws_adopt_socket_vhost_readbuf(gateway->vhost, fd, bytes.ptr, bytes.len);
	gateway->entering = slice_of(NULL);
	tls_pump_let_go(gateway->entering_pump); /* lws did not take it */
	gateway->entering_pump = NULL;
}

/* From here on the socket is a client's or lws's, which count it as their own. */
static void enter(struct gateway *gateway, int fd, struct tls_pump *pump,
	const struct address *peer, struct slice bytes, const struct head *checked)
{
	struct buf edited = { .cap = 0 };
	struct head head = *checked;

	if (posthead_wanted(bytes)) {
		post_take(gateway, fd, pump, bytes);
		return;
	}
	if (head.odd && head_edit(bytes, &edited)) {
		bytes = buf_slice(&edited);
		head_check(bytes, SIZE_MAX, &head);
	}
	limits_give_socket(&gateway->limits);
	if (head.upgrade)
		upgrade(gateway, fd, pump, peer, slice_make(bytes.ptr, head.len),
			slice_make(bytes.ptr + head.len, bytes.len - head.len));
	else
		enter_lws(gateway, fd, pump, bytes);
	wipe(&edited);
}

/* The watch on the socket ends before lws makes one of its own. */
static void door_free(struct door *door)
{
	if (!list_empty(&door->link))
		counter_sub(COUNTER_GATEWAY_WAITING, 1);
	list_remove(&door->link);
	wheel_remove(&door->deadline);
	watch_free(door->watch);
	door->watch = NULL;
	if (door->bytes.len)
		explicit_bzero(door->bytes.data, door->bytes.len);
	buf_done(&door->bytes);
	door->closed = true;
	if (!door->deferred)
		mem_free(door);
}

/* What has come is looked at. 0: more is needed; else the socket is no longer ours. */
static int look(struct gateway *gateway, int fd, struct tls_pump *pump, const struct address *peer,
	struct slice bytes)
{
	struct head head;
	int verdict = check(gateway, bytes, &head);

	if (verdict == 431)
		counter_add(COUNTER_GATEWAY_REFUSED_HEAD, 1);
	if (verdict == 1) {
		enter(gateway, fd, pump, peer, bytes, &head);
	} else if (verdict > 1) {
		limits_give_socket(&gateway->limits);
		door_refuse(fd, verdict);
		tls_pump_let_go(pump);
	}
	return verdict;
}

static void leave(struct door *door, int status)
{
	struct tls_pump *pump = door->pump;
	int fd = door->fd;

	limits_give_socket(&door->gateway->limits);
	door_free(door);
	if (status)
		door_refuse(fd, status);
	else
		close(fd);
	tls_pump_let_go(pump);
}

static void look_again(struct door *door)
{
	struct gateway *gateway = door->gateway;
	struct tls_pump *pump = door->pump;
	struct buf bytes = door->bytes;
	struct head head;
	int fd = door->fd;

	if (check(gateway, buf_slice(&bytes), &head) == 0)
		return;
	door->bytes = (struct buf){ .cap = 0 };
	door_free(door);
	look(gateway, fd, pump, NULL, buf_slice(&bytes));
	explicit_bzero(bytes.data, bytes.len);
	buf_done(&bytes);
}

static void on_readable(void *arg)
{
	struct door *door = arg;
	size_t most = (size_t)door->gateway->conf->max_head;
	ssize_t n = recv(door->fd, buf_reserve(&door->bytes, most), most, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		leave(door, 0);
		return;
	}
	door->bytes.len += (size_t)n;
	if (!door->deferred)
		look_again(door);
}

static void on_deferred(void *arg)
{
	struct door *door = arg;

	door->deferred = false;
	if (door->closed)
		mem_free(door);
	else
		look_again(door);
}

/* Who keeps a connection for later, and says no more, has done nothing wrong. */
static void on_deadline(struct wheel_node *node)
{
	struct door *door = (struct door *)node;
	bool idle = door->reused && door->bytes.len == 0;

	if (!idle)
		counter_add(COUNTER_GATEWAY_REFUSED_LATE, 1);
	leave(door, idle ? 0 : 408);
}

bool door_make_room(struct gateway *gateway)
{
	struct door *oldest;

	if (list_empty(&gateway->doors))
		return gateway->tls && tls_pumps_make_room(gateway->tls);
	oldest = LIST_ENTRY(gateway->doors.next, struct door, link);
	counter_add(COUNTER_GATEWAY_REFUSED_WAITING, 1);
	leave(oldest, oldest->reused ? 0 : 503);
	return true;
}

/* NULL: it could not be, and the socket is closed. */
static struct door *wait_at(
	struct gateway *gateway, int fd, struct tls_pump *pump, struct slice bytes)
{
	uint64_t max = (uint64_t)gateway->conf->max_waiting;
	struct door *door = mem_alloc(sizeof(*door));

	while (counter_get(COUNTER_GATEWAY_WAITING) >= max)
		door_make_room(gateway);
	door->gateway = gateway;
	door->fd = fd;
	door->pump = pump;
	buf_put(&door->bytes, bytes);
	list_init(&door->link);
	list_append(&gateway->doors, &door->link);
	counter_add(COUNTER_GATEWAY_WAITING, 1);
	wheel_add(gateway->wheel, &door->deadline, clock_now(),
		(uint64_t)gateway->conf->handshake_timeout, on_deadline);
	door->watch = watch_new(gateway->loop, fd, on_readable, door);
	if (door->watch)
		return door;
	leave(door, 503);
	return NULL;
}

int door_reopen(struct gateway *gateway, struct lws *wsi, struct slice bytes)
{
	int fd = client_take_socket(gateway, wsi, 0);
	struct tls_pump *pump = lws_get_opaque_user_data(wsi);

	if (fd < 0)
		return fd;
	lws_set_opaque_user_data(wsi, NULL); /* the door has it now */
	gateway->limits.sockets++;
	return door_return(gateway, fd, pump, bytes);
}

int door_return(struct gateway *gateway, int fd, struct tls_pump *pump, struct slice bytes)
{
	struct door *door;

	if (fd >= gateway->low_files || gateway->draining) {
		limits_give_socket(&gateway->limits);
		close(fd);
		tls_pump_let_go(pump);
		return -EMFILE;
	}
	door = wait_at(gateway, fd, pump, bytes);
	if (!door)
		return -EMFILE;
	door->reused = true;
	/* not now: one request in another would nest as deep as they are many */
	if (bytes.len) {
		door->deferred = true;
		loop_defer(gateway->loop, on_deferred, door);
	}
	return 0;
}

void door_open(struct gateway *gateway, int fd, struct tls_pump *pump, const struct address *peer)
{
	char bytes[HEAD_MAX];
	ssize_t n = recv(fd, bytes, (size_t)gateway->conf->max_head, MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		limits_give_socket(&gateway->limits);
		close(fd);
		tls_pump_let_go(pump);
		return;
	}
	if (n < 0)
		n = 0;
	if (look(gateway, fd, pump, peer, slice_make(bytes, (size_t)n)) == 0)
		wait_at(gateway, fd, pump, slice_make(bytes, (size_t)n));
	explicit_bzero(bytes, (size_t)n);
}

void door_close_all(struct gateway *gateway)
{
	while (!list_empty(&gateway->doors))
		leave(LIST_ENTRY(gateway->doors.next, struct door, link), 0);
}
