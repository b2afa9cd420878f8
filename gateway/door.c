/* door.c - a connection that was accepted, until the head of its first request is there */
/* SPDX-License-Identifier: MIT */
#include "gateway/door.h"

#include <errno.h>
#include <libwebsockets.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/head.h"
#include "gateway/limits.h"
#include "gateway/wheel.h"
#include "proto/base/mem.h"

struct door {
	struct wheel_node deadline; /* first: a deadline is a door's */
	struct gateway *gateway;
	struct watch *watch;
	struct buf bytes;
	int fd;
	struct list link;
};

void door_refuse(int fd, int status)
{
	struct slice answer = head_refusal(status);
	char unread[HEAD_MAX];

	/* what is left unread would make close() reset the connection, and the answer be lost */
	while (recv(fd, unread, sizeof(unread), MSG_DONTWAIT) == (ssize_t)sizeof(unread))
		;
	(void)!send(fd, answer.ptr, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

/* 0: more is needed; 1: it can be served; else the status to refuse it with. */
static int check(struct slice bytes)
{
	size_t head_len, body_len;
	int verdict = head_check(bytes);

	if (verdict == 1 && head_posts(bytes, &head_len, &body_len) &&
		bytes.len < head_len + body_len)
		return 0;
	return verdict;
}

/*
 * What is behind the head is not for lws: frames after a handshake, and a body. If lws is given a
 * body together with its head it takes the head for the body, again and again. So it is given a
 * GET; what it reads from the socket by itself, on a connection that is used again, it reads well.
 */
static struct slice take_rest(struct gateway *gateway, struct slice bytes, struct buf *edited)
{
	size_t head_len = head_upgrade(bytes), body_len = bytes.len - head_len;

	if (!head_len && !head_posts(bytes, &head_len, &body_len))
		return bytes;
	gateway->entering = slice_make(bytes.ptr + head_len, body_len);
	bytes.len = head_len;
	if (!slice_starts(bytes, SLICE("POST ")))
		return bytes;
	gateway->posting = true;
	head_as_get(bytes, edited);
	return buf_slice(edited);
}

static void wipe(struct buf *buf)
{
	if (buf->len)
		explicit_bzero(buf->data, buf->len);
	buf_done(buf);
}

/* From here on the socket is lws's, which counts it as its own. */
static void enter(struct gateway *gateway, int fd, struct slice bytes)
{
	struct buf edited = { .cap = 0 }, as_get = { .cap = 0 };

	if (head_edit(bytes, &edited))
		bytes = buf_slice(&edited);
	bytes = take_rest(gateway, bytes, &as_get);
	limits_give_socket(&gateway->limits);
	(void)lws_adopt_socket_vhost_readbuf(gateway->vhost, fd, bytes.ptr, bytes.len);
	gateway->entering = slice_of(NULL);
	gateway->posting = false;
	wipe(&edited);
	wipe(&as_get);
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
static int look(struct gateway *gateway, int fd, struct slice bytes)
{
	int verdict = check(bytes);

	if (verdict == 1) {
		enter(gateway, fd, bytes);
	} else if (verdict > 1) {
		limits_give_socket(&gateway->limits);
		door_refuse(fd, verdict);
	}
	return verdict;
}

static void leave(struct door *door, int status)
{
	int fd = door->fd;

	limits_give_socket(&door->gateway->limits);
	door_free(door);
	if (status)
		door_refuse(fd, status);
	else
		close(fd);
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
	if (check(buf_slice(&door->bytes)) != 0) {
		struct gateway *gateway = door->gateway;
		struct buf bytes = door->bytes;
		int fd = door->fd;

		door->bytes = (struct buf){ .cap = 0 };
		door_free(door);
		look(gateway, fd, buf_slice(&bytes));
		explicit_bzero(bytes.data, bytes.len);
		buf_done(&bytes);
	}
}

static void on_deadline(struct wheel_node *node)
{
	leave((struct door *)node, 408);
}

static void wait_at(struct gateway *gateway, struct list *doors, int fd, struct slice bytes)
{
	struct door *door = mem_alloc(sizeof(*door));

	door->gateway = gateway;
	door->fd = fd;
	buf_put(&door->bytes, bytes);
	list_init(&door->link);
	list_append(doors, &door->link);
	wheel_add(gateway->wheel, &door->deadline, clock_now(),
		(uint64_t)gateway->conf->handshake_timeout, on_deadline);
	door->watch = watch_new(gateway->loop, fd, on_readable, door);
	if (!door->watch)
		leave(door, 503);
}

void door_open(struct gateway *gateway, struct list *doors, int fd)
{
	char bytes[HEAD_MAX];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		limits_give_socket(&gateway->limits);
		close(fd);
		return;
	}
	if (n < 0)
		n = 0;
	if (look(gateway, fd, slice_make(bytes, (size_t)n)) == 0)
		wait_at(gateway, doors, fd, slice_make(bytes, (size_t)n));
	explicit_bzero(bytes, (size_t)n);
}

void door_close_all(struct list *doors)
{
	while (!list_empty(doors))
		leave(LIST_ENTRY(doors->next, struct door, link), 0);
}
