/* client_end.c - how a WebSocket connection ends, and what is said about it */
/* SPDX-License-Identifier: MIT */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "gateway/admit.h"
#include "gateway/client.h"
#include "gateway/expiry.h"
#include "gateway/flush.h"
#include "gateway/introduction.h"
#include "gateway/limits.h"
#include "gateway/memory.h"
#include "gateway/taps.h"
#include "gateway/tls_stream.h"
#include "gateway/uplink.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	CLOSE_MS = 5000, /* to read what is waiting and to answer the close frame */
	RETRY_SPREAD_MS = 4000, /* when it is closed alone */
};

/* The hub is told once, as soon as the client is not served any more. */
void client_leave_hub(struct client *client, const struct ending *ending)
{
	struct gateway *gateway = client->gateway;
	struct msg msg = { .type = MSG_DISCONNECT };

	if (!client->session)
		return;
	taps_gone(gateway->taps, client->session);
	msg.disconnect.conn = client->session->conn;
	/* who has no key cannot come back to its place */
	msg.disconnect.clean = client->said_goodbye || client->dialect->bare;
	msg.disconnect.by = (uint8_t)ending->by;
	msg.disconnect.code = ending->code;
	msg.disconnect.text = ending->text;
	msg.disconnect.queued = client->outbox.bytes;
	session_gone(gateway->sessions, client->session, uplink_send(gateway->uplink, &msg));
	client->session = NULL;
}

void client_doom(struct client *client)
{
	if (client->doomed)
		return;
	client->doomed = true;
	client_watch(client);
	flush_doom(client);
}

/*
 * The close frame did not even go into the socket: TCP is cut off. If it did, the system need not
 * hold it for longer than we would for a client that never reads.
 */
static void on_close_deadline(struct wheel_node *node)
{
	struct client *client = (struct client *)node;
	struct linger at_once = { .l_onoff = 1 };
	unsigned patience = (unsigned)client->gateway->conf->write_timeout;

	if (client->blocked)
		(void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	else
		(void)setsockopt(
			client->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof(patience));
	client_doom(client);
}

/* What a client that is not served any more does not need. */
static void let_go(struct client *client, const struct ending *ending)
{
	/* the answer to its handshake is not dropped with what waits behind it */
	flush_release(client);
	flush_now(client);
	client->state = CLIENT_CLOSING;
	expiry_free(client);
	client_leave_hub(client, ending);
	question_cancel(client);
	introduction_free(client->intro);
	client->intro = NULL;
	buf_done(&client->held);
	memory_count(client);
	list_remove(&client->paused_link);
	/* its own close frame is still to be read */
	client_unpause(client, PAUSE_HELD);
	client_unpause(client, PAUSE_UPLINK);
	client_unpause(client, PAUSE_LEAVING);
	wheel_add(client->gateway->wheel, &client->deadline, clock_now(), CLOSE_MS,
		on_close_deadline);
}

static void push(struct client *client, enum frame_opcode opcode, struct slice payload)
{
	struct frame *frame = frame_new(opcode, payload);

	outbox_push(&client->outbox, frame);
	frame_unref(frame);
	flush_mark(client);
}

/* For who takes the end of a connection for an accident, unless it is told before. */
static void push_notice(struct client *client, const struct close_row *row)
{
	struct buf *text = &client->gateway->text;

	if (!client->dialect->closing)
		return;
	client->dialect->closing(text, row, row->again ? client->retry_ms : 0);
	push(client, FRAME_TEXT, buf_slice(text));
	buf_clear(text);
}

void client_close_saying(struct client *client, enum close_reason reason, const char *text)
{
	_cleanup_(buf_done) struct buf payload = { .cap = 0 };
	struct close_row said = *close_row(reason);
	const struct close_row *row = &said;

	if (client->state == CLIENT_CLOSING)
		return;
	if (text)
		said.text = text;
	counter_add(row->counter, 1);
	if (!client->retry_ms)
		client->retry_ms = limits_retry_ms(0, 1, RETRY_SPREAD_MS, service_random());
	let_go(client,
		&(struct ending){
			.by = ENDER_SERVER, .code = row->code, .text = slice_of(row->text) });
	if (reason == CLOSE_TOO_SLOW)
		outbox_drop_whole(&client->outbox);
	push_notice(client, row);
	buf_putc(&payload, (char)(row->code >> 8));
	buf_putc(&payload, (char)row->code);
	if (row->again)
		buf_printf(&payload, "{\"retry_ms\":%u}", client->retry_ms);
	else
		buf_put(&payload, slice_of(row->text));
	push(client, FRAME_CLOSE, buf_slice(&payload));
}

static struct ending ending_said(struct slice payload)
{
	const unsigned char *bytes = (const unsigned char *)payload.ptr;
	struct ending ending = { .by = ENDER_CLIENT, .code = ENDER_NO_CODE };

	if (payload.len < 2)
		return ending;
	ending.code = (uint16_t)(bytes[0] << 8 | bytes[1]);
	ending.text = slice_make(payload.ptr + 2, payload.len - 2);
	return ending;
}

/*
 * It answers ours, or is answered with the same code. Then TCP is closed, from this side (RFC 6455
 * section 7.1.1).
 */
void client_said_close(struct client *client, struct slice payload)
{
	struct ending ending = ending_said(payload);

	client->close_heard = true;
	if (client->state != CLIENT_CLOSING) {
		client->said_goodbye = wsproto_is_clean(payload);
		let_go(client, &ending);
		outbox_drop_whole(&client->outbox);
		push(client, FRAME_CLOSE, slice_make(payload.ptr, payload.len < 2 ? 0 : 2));
	}
	flush_mark(client);
}

/*
 * After a close frame: the peer's is awaited until the deadline, unless it was heard. Where the
 * peer's frames cannot be read any more, it is told at once that nothing follows.
 */
void client_written(struct client *client)
{
	client->asked = 0;
	if (client->state != CLIENT_CLOSING)
		return;
	if (client->close_heard)
		client_doom(client);
	else if (client->ws.over && client->tls)
		tls_stream_end(client->tls);
	else if (client->ws.over)
		shutdown(client->fd, SHUT_WR);
}
