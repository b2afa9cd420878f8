/* link.c - the only file that calls ZeroMQ: sockets between processes, batches, back-pressure */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include "proto/base/mem.h"
#include "proto/batch.h"
#include "proto/counters.h"
#include "proto/link_internal.h"

enum {
	BUDGET = 256, /* ZeroMQ messages handed out in one turn */
	HWM = 64, /* ZeroMQ messages that wait to be sent; more gathers in the batch */
	/*
	 * More than what the socket of a process that hung can hold: ZeroMQ 4.3.4 is not safe when
	 * a connection ends while reading it pauses at this mark, and heartbeats are on.
	 */
	HWM_RECEIVED = 512,
	MESSAGE_MAX = 64 * 1024 * 1024,
	HEARTBEAT_MS = 1000,
	HEARTBEAT_TIMEOUT_MS = 3000,
	RECONNECT_MS = 20,
	RECONNECT_MAX_MS = 200,
	PROBE_MS = 500, /* a server asks ZeroMQ whether its peers are still there */
	PROBE_SOON_MS = 20,
	LINGER_MS = 300,
};

/* One context for the process: it brings an I/O thread. */
static void *context;
static unsigned context_users;

/* -EAGAIN: its queue is full; -EHOSTUNREACH: no such peer. */
int link_send_bytes(struct link *link, struct slice routing, struct slice bytes)
{
	int error;

	link->touched = true;
	if (routing.len &&
		zmq_send(link->socket, routing.ptr, routing.len, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
		goto failed;
	if (zmq_send(link->socket, bytes.ptr, bytes.len, ZMQ_DONTWAIT) < 0)
		goto failed;
	counter_add(COUNTER_LINK_BATCHES_SENT, 1);
	return 0;
failed:
	error = zmq_errno();
	return error == EHOSTUNREACH ? -EHOSTUNREACH : -EAGAIN;
}

/*
 * ZeroMQ 4.3.4 adds what SO_PEERCRED says to a local peer's address. What a peer says of itself in
 * its handshake does not take its place.
 */
bool link_sender(const struct link *link, struct link_credentials *ret_credentials)
{
	const char *address = link->received ? zmq_msg_gets(link->received, "Peer-Address") : NULL;

	return address && link_credentials_parse(address, ret_credentials);
}

/* 0, or -EAGAIN when there is nothing more. */
static int receive_one(struct link *link)
{
	bool router = link->server && link_rows[link->options.id].pattern == PATTERN_ROUTER;
	zmq_msg_t routing, body;
	int r = 0;

	zmq_msg_init(&routing);
	zmq_msg_init(&body);
	if (router && zmq_msg_recv(&routing, link->socket, ZMQ_DONTWAIT) < 0)
		r = -EAGAIN;
	else if ((!router || zmq_msg_more(&routing)) &&
		zmq_msg_recv(&body, link->socket, ZMQ_DONTWAIT) < 0)
		r = -EAGAIN;
	link->received = &body;
	if (r == 0 && !zmq_msg_more(&body))
		link_take_batch(link, slice_make(zmq_msg_data(&routing), zmq_msg_size(&routing)),
			slice_make(zmq_msg_data(&body), zmq_msg_size(&body)));
	link->received = NULL;
	while (r == 0 && zmq_msg_more(&body))
		if (zmq_msg_recv(&body, link->socket, ZMQ_DONTWAIT) < 0)
			break;
	zmq_msg_close(&routing);
	zmq_msg_close(&body);
	return r;
}

/* Server: an empty batch to each peer shows which are gone. */
static void probe(struct link *link)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };

	for (size_t i = 0; i < link->peer_count; i++) {
		struct link_peer *peer = link->peers[i];

		buf_clear(&out);
		batch_begin(&out, link_rows[link->options.id].version, peer->generation,
			link->options.epoch);
		if (link_send_bytes(link, buf_slice(&peer->routing), buf_slice(&out)) ==
			-EHOSTUNREACH)
			peer->broken = true;
	}
}

static void on_connected(struct link *link)
{
	link->connected = true;
	if (link_rows[link->options.id].pattern == PATTERN_PULL)
		link->peers[0]->up = true;
	else if (!link->paused)
		link_say_hello(link);
}

static void on_timer(void *arg)
{
	struct link *link = arg;

	if (link->server) {
		probe(link);
		timer_start(link->timer, PROBE_MS);
	} else {
		link->paused = false;
		if (link->connected)
			on_connected(link);
	}
}

static void on_monitor_event(struct link *link, uint16_t event)
{
	if (link->server) {
		if (event == ZMQ_EVENT_DISCONNECTED) {
			probe(link);
			timer_start(link->timer, PROBE_SOON_MS);
		}
	} else if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
		on_connected(link);
	} else if (event == ZMQ_EVENT_DISCONNECTED) {
		link->connected = false;
		link_peer_down(link->peers[0]);
	}
}

/* A monitor's message: a frame that begins with the event's number, then one with the address. */
static void drain_monitor(struct link *link)
{
	char frame[PATH_MAX];
	uint16_t event;
	int len;

	while ((len = zmq_recv(link->monitor, frame, sizeof(frame), ZMQ_DONTWAIT)) >=
		(int)sizeof(event)) {
		memcpy(&event, frame, sizeof(event));
		(void)zmq_recv(link->monitor, frame, sizeof(frame), ZMQ_DONTWAIT);
		on_monitor_event(link, event);
	}
}

static void on_readable(void *arg)
{
	struct link *link = arg;

	link->touched = true;
}

static void on_receive(void *arg)
{
	struct link *link = arg;
	int budget = BUDGET;

	if (!link->touched)
		return;
	link->touched = false;
	while (budget > 0 && receive_one(link) == 0)
		budget--;
	if (budget == 0) {
		link->touched = true;
		loop_again(link->options.loop);
	}
	drain_monitor(link);
}

/*
 * A send may have taken the edge that would have woken us, so what there is to read is looked at
 * after the last one.
 */
static void look_again(struct link *link)
{
	int events = 0;
	size_t len = sizeof(events);

	if (zmq_getsockopt(link->socket, ZMQ_EVENTS, &events, &len) == 0 && (events & ZMQ_POLLIN))
		loop_again(link->options.loop);
	else
		link->touched = false;
}

static void on_send(void *arg)
{
	struct link *link = arg;

	for (size_t i = link->peer_count; i-- > 0;) {
		struct link_peer *peer = link->peers[i];

		if (link_peer_flush(peer) == 0 && peer->starved) {
			peer->starved = false;
			if (link->options.ops && link->options.ops->on_room)
				link->options.ops->on_room(link->options.self, peer);
		}
		if (peer->broken)
			link_peer_down(peer);
		if (i > link->peer_count)
			i = link->peer_count;
	}
	if (link->touched)
		look_again(link);
}

static int set_int(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof(value));
}

static int open_socket(struct link *link)
{
	const struct link_row *row = &link_rows[link->options.id];
	bool router = row->pattern == PATTERN_ROUTER;
	int64_t most = MESSAGE_MAX;
	int type = link->server ? (router ? ZMQ_ROUTER : ZMQ_PULL)
				: (router ? ZMQ_DEALER : ZMQ_PUSH);
	int bad = 0;

	link->socket = zmq_socket(context, type);
	if (!link->socket)
		return -zmq_errno();
	bad |= set_int(link->socket, ZMQ_SNDHWM, HWM);
	bad |= set_int(link->socket, ZMQ_RCVHWM, HWM_RECEIVED);
	bad |= set_int(link->socket, ZMQ_LINGER, LINGER_MS);
	bad |= set_int(link->socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
	bad |= set_int(link->socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS);
	bad |= set_int(link->socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
	bad |= set_int(link->socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
	bad |= set_int(link->socket, ZMQ_IMMEDIATE, 1);
	bad |= zmq_setsockopt(link->socket, ZMQ_MAXMSGSIZE, &most, sizeof(most));
	/*
	 * ZeroMQ names each connection itself. If a name came again and were handed over, ZeroMQ
	 * 4.3.4 would abort at its next heartbeat, when the old connection then ended unread.
	 */
	if (type == ZMQ_ROUTER)
		bad |= set_int(link->socket, ZMQ_ROUTER_MANDATORY, 1);
	return bad ? -EINVAL : 0;
}

static int open_monitor(struct link *link)
{
	static unsigned serial;
	char address[64];

	snprintf(address, sizeof(address), "inproc://monitor-%u", serial++);
	if (zmq_socket_monitor(link->socket, address,
		    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) < 0)
		return -zmq_errno();
	link->monitor = zmq_socket(context, ZMQ_PAIR);
	if (!link->monitor || set_int(link->monitor, ZMQ_LINGER, 0) < 0 ||
		zmq_connect(link->monitor, address) < 0)
		return -zmq_errno();
	return 0;
}

/* From the first moment no one has the socket open whose it is not. */
static int bind_at(struct link *link, const char *address)
{
	const struct link_options *options = &link->options;
	mode_t before = options->mode ? umask(~options->mode & 0777) : 0;
	int r = zmq_bind(link->socket, address) < 0 ? -zmq_errno() : 0;

	if (options->mode)
		umask(before);
	if (r == 0 && options->group &&
		chown(address + strlen("ipc://"), (uid_t)-1, options->group) < 0)
		r = -errno;
	return r;
}

static int attach(struct link *link)
{
	_cleanup_(mem_freep) char *address = mem_printf(
		"ipc://%s/%s", link->options.directory, link_rows[link->options.id].file);

	if (strlen(address) - strlen("ipc://") >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return -ENAMETOOLONG;
	if (link->server)
		return bind_at(link, address);
	return zmq_connect(link->socket, address) < 0 ? -zmq_errno() : 0;
}

static struct watch *watch_socket(struct link *link, void *socket)
{
	int fd = -1;
	size_t len = sizeof(fd);

	return zmq_getsockopt(socket, ZMQ_FD, &fd, &len) < 0
		? NULL
		: watch_new(link->options.loop, fd, on_readable, link);
}

static void start(struct link *link)
{
	struct loop *loop = link->options.loop;

	link->socket_watch = watch_socket(link, link->socket);
	link->monitor_watch = watch_socket(link, link->monitor);
	link->receive_hook = loop_hook_new(loop, LOOP_RECEIVE, on_receive, link);
	link->send_hook = loop_hook_new(loop, LOOP_SEND, on_send, link);
	link->timer = timer_new(loop, on_timer, link);
	link->touched = true;
	if (link->server && link_rows[link->options.id].pattern == PATTERN_ROUTER)
		timer_start(link->timer, PROBE_MS);
}

int link_new(const struct link_options *options, struct link **ret_link)
{
	struct link *link = mem_alloc(sizeof(*link));
	int r;

	link->options = *options;
	link->name = mem_strdup(options->name);
	link->server = link_rows[options->id].server == options->process && options->id != LINK_MAX;
	if (context_users++ == 0)
		context = zmq_ctx_new();
	if (!link->server)
		link_peer_new(link, (struct slice){ NULL, 0 });
	r = open_socket(link);
	if (r == 0)
		r = open_monitor(link);
	if (r == 0)
		r = attach(link);
	if (r < 0) {
		link_free(link);
		return r;
	}
	start(link);
	*ret_link = link;
	return 0;
}

/*
 * ZeroMQ leaks the event that it is about to tell a reader who is gone: so it is asked to stop, and
 * what it has told is read.
 */
static void close_monitor(struct link *link)
{
	char frame[512];

	if (!link->monitor)
		return;
	zmq_socket_monitor(link->socket, NULL, 0);
	while (zmq_recv(link->monitor, frame, sizeof(frame), ZMQ_DONTWAIT) >= 0)
		;
	zmq_close(link->monitor);
}

void link_free(struct link *link)
{
	if (!link)
		return;
	for (size_t i = 0; i < link->peer_count; i++) {
		if (link->send_hook)
			(void)link_peer_flush(link->peers[i]);
		link_peer_free(link->peers[i]);
	}
	loop_hook_free(link->receive_hook);
	loop_hook_free(link->send_hook);
	watch_free(link->socket_watch);
	watch_free(link->monitor_watch);
	timer_free(link->timer);
	close_monitor(link);
	if (link->socket)
		zmq_close(link->socket);
	if (--context_users == 0) {
		zmq_ctx_term(context);
		context = NULL;
	}
	mem_free(link->peers);
	mem_free(link->name);
	mem_free(link);
}
