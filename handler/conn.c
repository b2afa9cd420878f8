/* conn.c - the library's only file that calls ZeroMQ: one connection to the hub's handlers.sock */
/* SPDX-License-Identifier: MIT */
#include "handler/conn.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

/* As link.c has them, and for its reasons. */
enum {
	HWM = 64,
	HWM_RECEIVED = 512,
	MESSAGE_MAX = 64 * 1024 * 1024,
	HEARTBEAT_MS = 1000,
	HEARTBEAT_TIMEOUT_MS = 3000,
	RECONNECT_MS = 20,
	RECONNECT_MAX_MS = 200,
	LINGER_MS = 300,
	DESCRIPTORS = 12,
};

struct conn {
	void *context; /* of its own: two handlers of one process share nothing */
	void *socket, *monitor;
	int socket_fd, monitor_fd;
	zmq_msg_t received;
};

/*
 * ZeroMQ ends the process if there are too few descriptors for a context and its sockets: so as
 * many as those take are opened before, and closed again.
 */
static int look_for_descriptors(void)
{
	int fds[DESCRIPTORS], count = 0, r = 0;

	while (r == 0 && count < DESCRIPTORS) {
		fds[count] = eventfd(0, EFD_CLOEXEC);
		if (fds[count] < 0)
			r = -errno;
		else
			count++;
	}
	while (count > 0)
		close(fds[--count]);
	return r;
}

static int set_int(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof(value));
}

static int set_options(void *socket)
{
	int64_t most = MESSAGE_MAX;
	int bad = 0;

	bad |= set_int(socket, ZMQ_SNDHWM, HWM);
	bad |= set_int(socket, ZMQ_RCVHWM, HWM_RECEIVED);
	bad |= set_int(socket, ZMQ_LINGER, LINGER_MS);
	bad |= set_int(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
	bad |= set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS);
	bad |= set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
	bad |= set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
	bad |= set_int(socket, ZMQ_IMMEDIATE, 1);
	bad |= zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof(most));
	return bad ? -EINVAL : 0;
}

static int open_monitor(struct conn *conn)
{
	static const char address[] = "inproc://monitor"; /* of this context */

	if (zmq_socket_monitor(conn->socket, address,
		    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) < 0)
		return -zmq_errno();
	conn->monitor = zmq_socket(conn->context, ZMQ_PAIR);
	if (!conn->monitor || set_int(conn->monitor, ZMQ_LINGER, 0) < 0 ||
		zmq_connect(conn->monitor, address) < 0)
		return -zmq_errno();
	return 0;
}

static int fd_of(void *socket, int *ret_fd)
{
	size_t len = sizeof(*ret_fd);

	return zmq_getsockopt(socket, ZMQ_FD, ret_fd, &len) < 0 ? -zmq_errno() : 0;
}

static int open_all(struct conn *conn, const char *path)
{
	char address[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];
	int len = snprintf(address, sizeof(address), "ipc://%s", path);
	int r;

	if ((size_t)len >= sizeof(address) - 2)
		return -ENAMETOOLONG;
	conn->context = zmq_ctx_new();
	conn->socket = conn->context ? zmq_socket(conn->context, ZMQ_DEALER) : NULL;
	if (!conn->socket)
		return -zmq_errno();
	r = set_options(conn->socket);
	if (r == 0)
		r = open_monitor(conn);
	if (r == 0 && zmq_connect(conn->socket, address) < 0)
		r = -zmq_errno();
	if (r == 0)
		r = fd_of(conn->socket, &conn->socket_fd);
	return r == 0 ? fd_of(conn->monitor, &conn->monitor_fd) : r;
}

int conn_new(const char *path, struct conn **ret_conn)
{
	struct conn *conn = calloc(1, sizeof(*conn));
	int r;

	if (!conn)
		return -ENOMEM;
	zmq_msg_init(&conn->received);
	r = look_for_descriptors();
	if (r == 0)
		r = open_all(conn, path);
	if (r < 0)
		conn_free(conn);
	else
		*ret_conn = conn;
	return r;
}

/*
 * ZeroMQ leaks the event that it is about to tell a reader who is gone: so what it has told is
 * read.
 */
static void close_monitor(struct conn *conn)
{
	char frame[512];

	if (!conn->monitor)
		return;
	zmq_socket_monitor(conn->socket, NULL, 0);
	while (zmq_recv(conn->monitor, frame, sizeof(frame), ZMQ_DONTWAIT) >= 0)
		;
	zmq_close(conn->monitor);
}

void conn_free(struct conn *conn)
{
	if (!conn)
		return;
	zmq_msg_close(&conn->received);
	close_monitor(conn);
	if (conn->socket)
		zmq_close(conn->socket);
	while (conn->context && zmq_ctx_term(conn->context) < 0 && zmq_errno() == EINTR)
		;
	free(conn);
}

int conn_socket_fd(const struct conn *conn)
{
	return conn->socket_fd;
}

int conn_monitor_fd(const struct conn *conn)
{
	return conn->monitor_fd;
}

/* A monitor's message: a frame that begins with the event's number, then one with the address. */
enum conn_change conn_change(struct conn *conn)
{
	char frame[PATH_MAX];
	uint16_t event;

	for (;;) {
		int len = zmq_recv(conn->monitor, frame, sizeof(frame), ZMQ_DONTWAIT);

		if (len < 0 && zmq_errno() == EINTR)
			continue;
		if (len < (int)sizeof(event))
			return CONN_SAME;
		memcpy(&event, frame, sizeof(event));
		(void)zmq_recv(conn->monitor, frame, sizeof(frame), ZMQ_DONTWAIT);
		if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
			return CONN_CONNECTED;
		if (event == ZMQ_EVENT_DISCONNECTED)
			return CONN_BROKEN;
	}
}

bool conn_receive(struct conn *conn, struct slice *ret_bytes)
{
	if (zmq_msg_recv(&conn->received, conn->socket, ZMQ_DONTWAIT) < 0)
		return false;
	*ret_bytes = slice_make(zmq_msg_data(&conn->received), zmq_msg_size(&conn->received));
	if (!zmq_msg_more(&conn->received))
		return true;
	ret_bytes->len = 0; /* the hub says nothing in several parts */
	while (zmq_msg_more(&conn->received))
		if (zmq_msg_recv(&conn->received, conn->socket, ZMQ_DONTWAIT) < 0)
			break;
	return true;
}

int conn_send(struct conn *conn, struct slice bytes)
{
	if (zmq_send(conn->socket, bytes.ptr, bytes.len, ZMQ_DONTWAIT) >= 0)
		return 0;
	return zmq_errno() == ENOMEM ? -ENOMEM : -EAGAIN;
}

bool conn_ready(struct conn *conn, bool sending)
{
	int events = 0;
	size_t len = sizeof(events);

	if (zmq_getsockopt(conn->socket, ZMQ_EVENTS, &events, &len) < 0)
		return false;
	return (events & ZMQ_POLLIN) || (sending && (events & ZMQ_POLLOUT));
}
