/* door.c - a connection that was accepted, until the head of its first request is there */
/* SPDX-License-Identifier: MIT */
#include "gateway/door.h"

#include <errno.h>
#include <libwebsockets.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/head.h"
#include "gateway/limits.h"
#include "gateway/tls_pump.h"
#include "gateway/wheel.h"
#include "proto/base/mem.h"

struct door {
	struct wheel_node deadline; /* first: a deadline is a door's */
	struct gateway *gateway;
	struct watch *watch;
	struct buf bytes;
	int fd;
	struct tls_pump *pump; /* that has the other end, or NULL */
	struct list link;
};

void door_answer(int fd, struct slice answer)
{
	char unread[HEAD_MAX];

	/* what is left unread would make close() reset the connection, and the answer be lost */
	while (recv(fd, unread, sizeof(unread), MSG_DONTWAIT) == (ssize_t)sizeof(unread))
		;
	(void)!send(fd, answer.ptr, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

void door_refuse(int fd, int status)
{
	door_answer(fd, head_refusal(status));
}

/*
 * From here on the socket is lws's, which counts it as its own. Frames that came behind a handshake
 * are not for lws.
 */
static void enter(struct gateway *gateway, int fd, struct tls_pump *pump, struct slice bytes)
{
	_cleanup_(buf_done) struct buf edited = { .cap = 0 };
	size_t head_len;

	if (head_edit(bytes, &edited))
		bytes = buf_slice(&edited);
	head_len = head_upgrade(bytes);
	if (head_len) {
		gateway->entering = slice_make(bytes.ptr + head_len, bytes.len - head_len);
		bytes.len = head_len;
	}
	limits_give_socket(&gateway->limits);
	gateway->entering_pump = pump;
	(void)lws_adopt_socket_vhost_readbuf(gateway->vhost, fd, bytes.ptr, bytes.len);
	gateway->entering = slice_of(NULL);
	tls_pump_let_go(gateway->entering_pump); /* lws did not take it */
	gateway->entering_pump = NULL;
	if (edited.len)
		explicit_bzero(edited.data, edited.len);
}

static void door_free(struct door *door)
{
	list_remove(&door->link);
	wheel_remove(&door->deadline);
	watch_free(door->watch);
	if (door->bytes.len)
		explicit_bzero(door->bytes.data, door->bytes.len);
	buf_done(&door->bytes);
	mem_free(door);
}

/* What has come is looked at. 0: more is needed; else the socket is no longer ours. */
static int look(struct gateway *gateway, int fd, struct tls_pump *pump, struct slice bytes)
{
	int verdict = head_check(bytes);

	if (verdict == 1) {
		enter(gateway, fd, pump, bytes);
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

/* The watch on the socket ends before lws makes one of its own. */
static void on_readable(void *arg)
{
	struct door *door = arg;
	ssize_t n = recv(door->fd, buf_reserve(&door->bytes, HEAD_MAX), HEAD_MAX, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		leave(door, 0);
		return;
	}
	door->bytes.len += (size_t)n;
	if (head_check(buf_slice(&door->bytes)) != 0) {
		struct gateway *gateway = door->gateway;
		struct tls_pump *pump = door->pump;
		struct buf bytes = door->bytes;
		int fd = door->fd;

		door->bytes = (struct buf){ .cap = 0 };
		door_free(door);
		look(gateway, fd, pump, buf_slice(&bytes));
		explicit_bzero(bytes.data, bytes.len);
		buf_done(&bytes);
	}
}

static void on_deadline(struct wheel_node *node)
{
	leave((struct door *)node, 408);
}

static void wait_at(struct gateway *gateway, struct list *doors, int fd, struct tls_pump *pump,
	struct slice bytes)
{
	struct door *door = mem_alloc(sizeof(*door));

	door->gateway = gateway;
	door->fd = fd;
	door->pump = pump;
	buf_put(&door->bytes, bytes);
	list_init(&door->link);
	list_append(doors, &door->link);
	wheel_add(gateway->wheel, &door->deadline, clock_now(),
		(uint64_t)gateway->conf->handshake_timeout, on_deadline);
	door->watch = watch_new(gateway->loop, fd, on_readable, door);
	if (!door->watch)
		leave(door, 503);
}

void door_open(struct gateway *gateway, struct list *doors, int fd, struct tls_pump *pump)
{
	char bytes[HEAD_MAX];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		limits_give_socket(&gateway->limits);
		close(fd);
		tls_pump_let_go(pump);
		return;
	}
	if (n < 0)
		n = 0;
	if (look(gateway, fd, pump, slice_make(bytes, (size_t)n)) == 0)
		wait_at(gateway, doors, fd, pump, slice_make(bytes, (size_t)n));
	explicit_bzero(bytes, (size_t)n);
}

void door_close_all(struct list *doors)
{
	while (!list_empty(doors))
		leave(LIST_ENTRY(doors->next, struct door, link), 0);
}
