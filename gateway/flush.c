/* flush.c - clients with something to write: each is written to once, at the end of the turn */
/* SPDX-License-Identifier: MIT */
#include "gateway/flush.h"

#include <errno.h>
#include <libwebsockets.h>
#include <sys/socket.h>

#include "proto/base/mem.h"
#include "proto/counters.h"

enum { IOVECS = 64 };

struct flush {
	struct loop_hook *hook;
	struct list dirty;
	struct list doomed;
};

static void doom(struct client *client)
{
	struct flush *flush = client->gateway->flush;

	client->doomed = true;
	client->dirty = true;
	outbox_clear(&client->outbox);
	list_append(&flush->doomed, &client->dirty_link);
}

/*
 * A frame of which the socket took a part: the rest goes through lws before anything else can,
 * or a pong of lws's would land inside it. lws keeps what is not taken.
 */
static int write_tail(struct client *client, struct frame *frame, struct slice tail)
{
	int n = lws_write(client->wsi, (unsigned char *)tail.ptr, tail.len, LWS_WRITE_RAW);

	frame_unref(frame);
	if (n < 0)
		return -EPIPE;
	counter_add(COUNTER_GATEWAY_SENT_BYTES, tail.len);
	return lws_partial_buffered(client->wsi) ? -EAGAIN : 0;
}

/* One call for all that fits. 0: it was taken; -EAGAIN: the socket is full; else the error. */
static int write_some(struct client *client)
{
	struct iovec iov[IOVECS];
	struct msghdr message = { .msg_iov = iov };
	struct frame *frame;
	struct slice tail;
	size_t bytes;
	ssize_t n;

	message.msg_iovlen = (size_t)outbox_peek(&client->outbox, iov, IOVECS, &bytes);
	n = sendmsg(client->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EINTR ? 0 : errno == EWOULDBLOCK ? -EAGAIN : -errno;
	counter_add(COUNTER_GATEWAY_SENT_BYTES, (uint64_t)n);
	frame = outbox_written(&client->outbox, (size_t)n, &tail);
	if (frame)
		return write_tail(client, frame, tail);
	return (size_t)n < bytes ? -EAGAIN : 0;
}

void flush_now(struct client *client)
{
	int r = 0;

	if (client->doomed || client->blocked)
		return;
	if (lws_partial_buffered(client->wsi))
		r = -EAGAIN;
	while (r == 0 && client->outbox.count)
		r = write_some(client);
	if (r == -EAGAIN) {
		client->blocked = true;
		lws_callback_on_writable(client->wsi);
	} else if (r < 0) {
		doom(client);
	}
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

static struct client *first_of(struct list *list)
{
	return list_empty(list) ? NULL : LIST_ENTRY(list->next, struct client, dirty_link);
}

/* Killing frees clients, so it waits until no one walks over them. */
static void on_turn_end(void *arg)
{
	struct flush *flush = arg;
	struct client *client;

	while ((client = first_of(&flush->dirty))) {
		flush_forget(client);
		flush_now(client);
		if (client->overrun && !client->doomed)
			client_close(client, CLOSE_TOO_SLOW);
	}
	while ((client = first_of(&flush->doomed))) {
		flush_forget(client);
		client_kill(client);
	}
}

struct flush *flush_new(struct gateway *gateway)
{
	struct flush *flush = mem_alloc(sizeof(*flush));

	list_init(&flush->dirty);
	list_init(&flush->doomed);
	flush->hook = loop_hook_new(gateway->loop, LOOP_FLUSH, on_turn_end, flush);
	return flush;
}

void flush_free(struct flush *flush)
{
	if (!flush)
		return;
	loop_hook_free(flush->hook);
	mem_free(flush);
}
