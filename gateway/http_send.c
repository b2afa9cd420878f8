/* http_send.c - a reply on its way to a socket that may take it slowly */
/* SPDX-License-Identifier: MIT */
#include "gateway/http_send.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PIECE = 64 * 1024, /* of a file; the first goes with the head */
	BUDGET = 1024 * 1024, /* of one turn */
	STALL_SECONDS = 30, /* without a byte taken */
};

void http_send_init(struct http_send *send, struct gateway *gateway, struct lws *wsi)
{
	*send = (struct http_send){ .gateway = gateway, .wsi = wsi, .fd = -1, .file = -1 };
}

static void stop_waiting(struct http_send *send)
{
	watch_free(send->watch);
	send->watch = NULL;
	if (send->fd >= 0)
		close(send->fd);
	send->fd = -1;
}

void http_send_done(struct http_send *send)
{
	stop_waiting(send);
	if (send->file >= 0)
		close(send->file);
	send->file = -1;
	buf_done(&send->unsent);
}

/* Bytes that the socket took; -EAGAIN: none now. */
static ssize_t put_bytes(int fd, struct slice bytes)
{
	ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	return errno == EINTR ? -EAGAIN : -errno;
}

/* The same. A file that is shorter than it was breaks the length that was promised. */
static ssize_t put_file(struct http_send *send, int fd)
{
	size_t want = send->remaining < PIECE ? (size_t)send->remaining : PIECE;
	ssize_t n = sendfile(fd, send->file, &send->offset, want);

	if (n > 0)
		send->remaining -= (uint64_t)n;
	if (n > 0)
		return n;
	return n == 0 ? -EPIPE : errno == EINTR ? -EAGAIN : -errno;
}

/* 1: all is written; 0: the socket is full, or this turn's budget is spent; -1: it is broken. */
static int write_on(struct http_send *send, int fd)
{
	ssize_t n = 0;

	for (size_t spent = 0; spent < BUDGET; spent += (size_t)n) {
		if (send->unsent.len) {
			n = put_bytes(fd, buf_slice(&send->unsent));
			buf_drop(&send->unsent, n > 0 ? (size_t)n : 0);
		} else if (send->remaining) {
			n = put_file(send, fd);
		} else {
			return 1;
		}
		if (n < 0)
			return n == -EAGAIN ? 0 : -1;
	}
	return 0;
}

static void on_writable(void *arg)
{
	struct http_send *send = arg;
	int r = write_on(send, send->fd);

	if (r == 0) {
		lws_set_timeout(send->wsi, PENDING_TIMEOUT_HTTP_CONTENT, STALL_SECONDS);
		return;
	}
	stop_waiting(send);
	if (r < 0) {
		lws_set_timeout(send->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LWS_TO_KILL_ASYNC);
		return;
	}
	send->whole = true;
	lws_rx_flow_control(send->wsi, 1);
	lws_callback_on_writable(send->wsi);
}

static int wait_until_writable(struct http_send *send)
{
	send->fd = fcntl(lws_get_socket_fd(send->wsi), F_DUPFD_CLOEXEC, 0);
	if (send->fd < 0)
		return -1;
	send->watch = watch_new(send->gateway->loop, send->fd, on_writable, send);
	if (!send->watch)
		return -1;
	watch_want(send->watch, false, true);
	lws_rx_flow_control(send->wsi, 0);
	lws_set_timeout(send->wsi, PENDING_TIMEOUT_HTTP_CONTENT, STALL_SECONDS);
	return 0;
}

int http_send_start(struct http_send *send, struct slice bytes, int file, uint64_t size)
{
	size_t first = size < PIECE ? (size_t)size : PIECE;
	ssize_t n;
	int r;

	send->file = file;
	send->remaining = size;
	buf_reserve(&send->unsent, bytes.len + first);
	buf_put(&send->unsent, bytes);
	if (first) {
		n = pread(file, buf_reserve(&send->unsent, first), first, 0);
		if (n <= 0)
			return -1;
		send->unsent.len += (size_t)n;
		send->offset = (off_t)n;
		send->remaining -= (uint64_t)n;
	}
	r = write_on(send, lws_get_socket_fd(send->wsi));
	if (r == 1 && lws_send_pipe_choked(send->wsi))
		r = 0;
	if (r != 0) {
		send->whole = r == 1;
		return r;
	}
	return wait_until_writable(send);
}
