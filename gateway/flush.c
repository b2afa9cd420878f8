/* flush.c - clients with something to write: each is written to once, at the end of the turn */
/* SPDX-License-Identifier: MIT */
#include "gateway/flush.h"

#include <errno.h>
#include <sys/socket.h>

#include "gateway/tls_stream.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/histogram.h"

enum { IOVECS = 64 };

struct flush {
	struct gateway *gateway;
	struct loop_hook *hook;
	struct list dirty;
	struct list doomed;
	struct list stuck; /* by stuck_link: clients whose sockets are full */
	struct list held; /* by stuck_link, too: see flush_hold() */
	struct timer *timer; /* for the first of them */
};

/* One call for all that fits. 0: it was taken; -EAGAIN: the socket is full; else the error. */
static int write_some(struct client *client)
{
	struct iovec iov[IOVECS];
	struct msghdr message = { .msg_iov = iov };
	size_t bytes;
	ssize_t n;

	message.msg_iovlen = (size_t)outbox_peek(&client->outbox, iov, IOVECS, &bytes);
	/* for one frame, which is most often all there is, the kernel has less to do */
	if (message.msg_iovlen == 1)
		n = send(client->fd, iov[0].iov_base, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = sendmsg(client->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EINTR ? 0 : errno == EWOULDBLOCK ? -EAGAIN : -errno;
	counter_add(COUNTER_GATEWAY_SENT_BYTES, (uint64_t)n);
	outbox_written(&client->outbox, (size_t)n);
	return (size_t)n < bytes ? -EAGAIN : 0;
}

/* The same through TLS, which takes what is given to it; -EAGAIN: some of that waits there. */
static int write_encrypted(struct client *client)
{
	struct iovec iov[IOVECS];
	size_t bytes;
	int count = outbox_peek(&client->outbox, iov, IOVECS, &bytes);
	int r = tls_stream_write(client->tls, iov, count, &bytes);

	counter_add(COUNTER_GATEWAY_SENT_BYTES, bytes);
	outbox_written(&client->outbox, bytes);
	return r;
}

static int write_all(struct client *client)
{
	int r = client->tls ? tls_stream_flush(client->tls) : 0;

	while (r == 0 && client->outbox.count)
		r = client->tls ? write_encrypted(client) : write_some(client);
	return r;
}

static size_t waiting_bytes(const struct client *client)
{
	return client->outbox.bytes + (client->tls ? tls_stream_waits(client->tls) : 0);
}

static void wait_until_writable(struct client *client, bool taken)
{
	client->blocked = true;
	client_watch(client);
	histogram_observe(HISTOGRAM_GATEWAY_BACKLOG, client->outbox.bytes);
	if (!taken && !list_empty(&client->stuck_link))
		return;
	client->stuck_since = clock_now();
	list_append(&client->gateway->flush->stuck, &client->stuck_link);
}

void flush_now(struct client *client)
{
	size_t waiting = waiting_bytes(client);
	int r;

	if (client->doomed || client->blocked || client->answering)
		return;
	r = write_all(client);
	if (r == 0) {
		list_remove(&client->stuck_link);
		client_written(client);
	} else if (r == -EAGAIN) {
		wait_until_writable(client, waiting_bytes(client) < waiting);
	} else {
		client_doom(client);
	}
}

void flush_doom(struct client *client)
{
	client->dirty = true;
	list_append(&client->gateway->flush->doomed, &client->dirty_link);
}

void flush_mark(struct client *client)
{
	if (client->dirty)
		return;
	client->dirty = true;
	list_append(&client->gateway->flush->dirty, &client->dirty_link);
}

void flush_forget(struct client *client)
{
	client->dirty = false;
	list_remove(&client->dirty_link);
}

void flush_release(struct client *client)
{
	if (!client->answering)
		return;
	client->answering = false;
	list_remove(&client->stuck_link);
	flush_mark(client);
}

static struct client *first_held(const struct flush *flush)
{
	return list_empty(&flush->held) ? NULL
					: LIST_ENTRY(flush->held.next, struct client, stuck_link);
}

void flush_hold(struct client *client)
{
	struct flush *flush = client->gateway->flush;
	int64_t hold = client->gateway->conf->answer_hold;

	if (hold == 0)
		return;
	client->answering = true;
	client->stuck_since = clock_now();
	list_append(&flush->held, &client->stuck_link);
	if (!timer_active(flush->timer))
		timer_start(flush->timer, (uint64_t)hold);
}

static void on_held_long(void *arg)
{
	struct flush *flush = arg;
	struct mono now = clock_now(), due;
	struct client *client;

	while ((client = first_held(flush))) {
		due = mono_after(client->stuck_since, (uint64_t)client->gateway->conf->answer_hold);
		if (mono_before(now, due)) {
			timer_start(flush->timer, mono_ms_until(now, due));
			return;
		}
		counter_add(COUNTER_GATEWAY_ANSWERED_ALONE, 1);
		flush_release(client);
	}
}

/* A client that is being closed has a deadline of its own. */
static void time_out(struct client *client)
{
	struct mono since = client->stuck_since;

	if (client->state == CLIENT_CLOSING || client->doomed) {
		list_remove(&client->stuck_link);
		return;
	}
	/* it may take something by now: we may have been stopped for a while */
	client->blocked = false;
	client_watch(client);
	flush_now(client);
	if (!client->blocked || client->doomed || client->stuck_since.ns != since.ns)
		return;
	counter_add(COUNTER_GATEWAY_WRITE_TIMEOUTS, 1);
	client_close(client, CLOSE_TOO_SLOW);
	list_remove(&client->stuck_link);
}

void flush_tick(struct flush *flush, struct mono now)
{
	while (!list_empty(&flush->stuck)) {
		struct client *client = LIST_ENTRY(flush->stuck.next, struct client, stuck_link);
		uint64_t patience = (uint64_t)client->gateway->conf->write_timeout;

		if (mono_before(now, mono_after(client->stuck_since, patience)))
			return;
		time_out(client);
	}
}

static struct client *first_of(struct list *list)
{
	return list_empty(list) ? NULL : LIST_ENTRY(list->next, struct client, dirty_link);
}

/* Clients are freed here, where no one stands in one or walks over them. */
static void on_turn_end(void *arg)
{
	struct flush *flush = arg;
	struct client *client;

	while ((client = first_of(&flush->dirty))) {
		flush_forget(client);
		client_read_on(client);
		flush_now(client);
		if (client->overrun && !client->doomed)
			client_close(client, CLOSE_TOO_SLOW);
	}
	gateway_turn_over(flush->gateway);
	while ((client = first_of(&flush->doomed))) {
		client_free(client);
	}
}

struct flush *flush_new(struct gateway *gateway)
{
	struct flush *flush = mem_alloc(sizeof(*flush));

	flush->gateway = gateway;
	list_init(&flush->dirty);
	list_init(&flush->doomed);
	list_init(&flush->stuck);
	list_init(&flush->held);
	flush->timer = timer_new(gateway->loop, on_held_long, flush);
	flush->hook = loop_hook_new(gateway->loop, LOOP_FLUSH, on_turn_end, flush);
	return flush;
}

void flush_free(struct flush *flush)
{
	if (!flush)
		return;
	loop_hook_free(flush->hook);
	timer_free(flush->timer);
	mem_free(flush);
}
