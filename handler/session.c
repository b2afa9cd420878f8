/* session.c - the link to the hub: HELLO, WELCOME, SERVE, generations, what a batch has */
/* SPDX-License-Identifier: MIT */
#include "handler/session.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "handler/encode.h"
#include "handler/handler.h"
#include "proto/batch.h"

/* What the hub says in its DROP to a process whose name another one has taken. */
#define REPLACED "replaced by another process"

enum {
	HELLO_ROOM = 256, /* bytes of a batch with a HELLO */
	MEMORY_PAUSE_MS = 100, /* before what there was no memory for is tried again */
};

void session_time(struct atrium *atrium, uint64_t now)
{
	struct session *session = &atrium->session;

	session->now = now;
	if (now < session->resume_at)
		return;
	session->resume_at = 0;
	session->starved = false;
	if (session->state != SESSION_PAUSED)
		return;
	session->state = session->connected ? SESSION_GREETING : SESSION_AWAY;
	session->hello = session->connected;
}

uint64_t session_due(const struct atrium *atrium)
{
	return atrium->session.resume_at;
}

static void leave(struct atrium *atrium, enum session_state state)
{
	struct session *session = &atrium->session;
	bool was_up = session->state == SESSION_UP;

	session->state = state;
	session->hello = session->serve = false;
	buf_clear(&session->batch);
	if (was_up) {
		handler_log(atrium, 6, "the link to the hub is down");
		handler_call(atrium, atrium->on.down);
		patterns_done(&atrium->allowed);
	}
}

void session_connected(struct atrium *atrium)
{
	struct session *session = &atrium->session;

	session->connected = true;
	if (session->state != SESSION_AWAY)
		return; /* it says HELLO after its pause, or never more */
	session->state = SESSION_GREETING;
	session->hello = true;
}

void session_broken(struct atrium *atrium)
{
	struct session *session = &atrium->session;

	session->connected = false;
	if (session->state != SESSION_PAUSED && session->state != SESSION_REPLACED)
		leave(atrium, SESSION_AWAY);
}

static void pause_link(struct atrium *atrium)
{
	struct session *session = &atrium->session;
	unsigned ms = session->pause_ms ? session->pause_ms * 2 : SESSION_PAUSE_MS;

	session->pause_ms = ms < SESSION_PAUSE_MAX_MS ? ms : SESSION_PAUSE_MAX_MS;
	session->resume_at = session->now + session->pause_ms;
	leave(atrium, SESSION_PAUSED);
}

void session_restart(struct atrium *atrium, int error, const char *why)
{
	pause_link(atrium);
	handler_error(atrium, error, "%s", why);
}

void session_up(struct atrium *atrium)
{
	if (atrium->session.state != SESSION_LINKED)
		return;
	atrium->session.state = SESSION_UP;
	atrium->session.pause_ms = 0;
	handler_log(atrium, 6, "the link to the hub is up");
	handler_call(atrium, atrium->on.up);
}

/* ---- what comes in ---- */

static void on_welcome(struct atrium *atrium, const struct msg_welcome *welcome)
{
	struct session *session = &atrium->session;

	if (session->state != SESSION_GREETING)
		return;
	session->state = SESSION_LINKED;
	session->serve = true;
	queue_rewind(&atrium->queue);
	if (!intake_welcome(&atrium->intake, welcome->epoch)) {
		session->told = 0;
		queue_forget_answers(&atrium->queue);
		matters_set_aside(atrium);
		matters_withdraw(atrium);
	}
}

static void on_drop(struct atrium *atrium, const struct batch *batch, const struct msg_drop *drop)
{
	bool before = atrium->session.state == SESSION_GREETING;
	int error = before ? -EACCES : -ECONNRESET;

	if (batch->version != HANDLER_VERSION)
		error = -EPROTONOSUPPORT;
	if (slice_starts(drop->why, SLICE(REPLACED))) {
		error = -EEXIST;
		leave(atrium, SESSION_REPLACED);
	} else {
		pause_link(atrium);
	}
	handler_error(atrium, error, "the hub ends the link: %.*s",
		(int)(drop->why.len < 500 ? drop->why.len : 500), drop->why.ptr);
}

/* It takes part in what follows a WELCOME. */
static bool is_linked(const struct atrium *atrium)
{
	return atrium->session.state == SESSION_LINKED || atrium->session.state == SESSION_UP;
}

/* False: nothing more of the batch is to be looked at. */
static bool take(struct atrium *atrium, const struct batch *batch, const struct msg *msg)
{
	if (!msg_allowed(msg->type, PROCESS_HUB, PROCESS_HANDLER))
		session_restart(atrium, -EBADMSG, "the hub says what it may not");
	else if (msg->type == MSG_DROP)
		on_drop(atrium, batch, &msg->drop);
	else if (msg->type == MSG_WELCOME)
		on_welcome(atrium, &msg->welcome);
	else if (!is_linked(atrium))
		return false;
	else if (dispatch_msg(&handler_dispatch, atrium, NULL, msg) < 0)
		session_restart(atrium, -EBADMSG, "the hub says what is not for handlers");
	return is_linked(atrium) && !atrium->doomed;
}

/* A message of a newer hub, that is not for us to know: over it. */
static bool pass_over(struct slice *messages)
{
	const unsigned char *at = (const unsigned char *)messages->ptr;
	size_t len;

	if (messages->len < 5 || strcmp(msg_name(at[0]), "unknown") != 0)
		return false;
	len = (size_t)(at[1] | at[2] << 8 | at[3] << 16) | (size_t)at[4] << 24;
	if (messages->len - 5 < len)
		return false;
	*messages = slice_make(at + 5 + len, messages->len - 5 - len);
	return true;
}

void session_receive(struct atrium *atrium, struct slice bytes)
{
	struct session *session = &atrium->session;
	struct batch batch;
	struct msg msg;

	if (batch_parse(bytes, &batch) < 0 || batch.generation != session->generation ||
		(session->state != SESSION_GREETING && !is_linked(atrium)))
		return;
	if (batch.version != HANDLER_VERSION &&
		(msg_decode(&batch.messages, &msg) < 0 || msg.type != MSG_DROP)) {
		session_restart(atrium, -EPROTONOSUPPORT, "the hub speaks another version");
		return;
	}
	if (batch.version != HANDLER_VERSION) {
		on_drop(atrium, &batch, &msg.drop);
		return;
	}
	while (batch.messages.len) {
		if (pass_over(&batch.messages))
			continue;
		if (msg_decode(&batch.messages, &msg) < 0) {
			session_restart(atrium, -EBADMSG, "the hub says what cannot be decoded");
			return;
		}
		if (!take(atrium, &batch, &msg))
			return;
	}
}

/* ---- what goes out ---- */

static bool begin(struct atrium *atrium, size_t room)
{
	struct session *session = &atrium->session;

	if (store_room(&session->batch, room + BATCH_HEADER_LEN) < 0)
		return false;
	if (session->batch.len == 0)
		batch_begin(&session->batch, HANDLER_VERSION, session->generation, atrium->epoch);
	return true;
}

static bool put_hello(struct atrium *atrium)
{
	struct session *session = &atrium->session;
	uint64_t handled = intake_handled(&atrium->intake);
	struct msg msg = { .type = MSG_HELLO };

	buf_clear(&session->batch);
	session->generation++;
	if (!begin(atrium, HELLO_ROOM))
		return false;
	msg.hello = (struct msg_hello){ .version = HANDLER_KNOWS,
		.process = PROCESS_HANDLER,
		.epoch = atrium->epoch,
		.pid = (uint32_t)getpid(),
		.name = slice_of(atrium->name),
		.peer_epoch = atrium->intake.journal,
		.seen = handled };
	msg_encode(&session->batch, &msg);
	session->hello = false;
	session->told = handled;
	return true;
}

static bool put_serve(struct atrium *atrium)
{
	struct session *session = &atrium->session;

	if (!begin(atrium, 0) ||
		routes_serve(&session->batch, session->serve_call + 1, &atrium->serves,
			&atrium->on.commands) < 0)
		return false;
	session->serve_call++;
	session->serve = false;
	return true;
}

static bool put_handled(struct atrium *atrium, uint64_t handled)
{
	struct msg msg = { .type = MSG_HANDLED, .handled = { .seen = handled } };

	if (!begin(atrium, 0) || encode(&atrium->session.batch, &msg) < 0)
		return false;
	atrium->session.told = handled;
	return true;
}

static bool put_items(struct atrium *atrium)
{
	struct buf *batch = &atrium->session.batch;
	struct item *item;

	while (batch->len < SESSION_BATCH_MAX && (item = queue_next(&atrium->queue)) != NULL) {
		if (!begin(atrium, item->bytes.len))
			return false;
		buf_put(batch, buf_slice(&item->bytes));
		queue_sent(&atrium->queue, item);
	}
	return true;
}

/* What was done because of an event goes before the word that it is handled. */
static bool put_all(struct atrium *atrium)
{
	struct session *session = &atrium->session;
	uint64_t handled = intake_handled(&atrium->intake);

	if (session->hello)
		return put_hello(atrium);
	if (!is_linked(atrium))
		return true;
	if (session->serve && !put_serve(atrium))
		return false;
	if (!put_items(atrium))
		return false;
	return queue_next(&atrium->queue) || handled <= session->told ||
		put_handled(atrium, handled);
}

bool session_compose(struct atrium *atrium, struct slice *ret_batch)
{
	struct session *session = &atrium->session;

	if (session->batch.len == 0 && !session->starved && !put_all(atrium)) {
		session->starved = true;
		if (session->resume_at == 0)
			session->resume_at = session->now + MEMORY_PAUSE_MS;
	}
	/* A header without a message is of no use, and does no harm. */
	*ret_batch = buf_slice(&session->batch);
	return session->batch.len > 0;
}

void session_sent(struct atrium *atrium)
{
	struct buf *batch = &atrium->session.batch;

	buf_clear(batch);
	if (batch->cap > (size_t)2 * SESSION_BATCH_MAX)
		buf_done(batch);
}
