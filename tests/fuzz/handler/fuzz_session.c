/* fuzz_session.c - whatever a hub says, a handler says only what it may, and links again */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "handler/handler.h"
#include "proto/base/mem.h"
#include "proto/batch.h"

/*
 * The input is what a hub says after its WELCOME and SERVED: messages, cut into batches where a
 * byte is 0xff. The handler defers what has an odd number, and is done with it later.
 */
enum { HELD = 64, EPOCH = 7 };

static struct atrium_event *held[HELD];
static unsigned held_count;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_event(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)user;
	(void)atrium_count(atrium, "r", NULL, NULL);
	assert(event->room && event->id && event->nickname && event->user && event->body);
	assert(event->body[event->body_len] == '\0');
	if (((event->seq + event->ask) & 1) && held_count < HELD && atrium_defer(event) == 0)
		held[held_count++] = event;
	else if (event->kind == ATRIUM_COMMAND)
		(void)atrium_reply(event, NULL);
	else if (event->kind == ATRIUM_GUARDED)
		(void)atrium_change(event, "t", event->format, event->body, event->body_len);
}

static void be_done(struct atrium *atrium)
{
	(void)atrium;
	while (held_count > 0)
		atrium_done(held[--held_count]);
}

/* All that it has to say can be decoded, and is for it to say. */
static void listen_to(struct atrium *atrium)
{
	struct slice bytes;
	struct batch batch;
	struct msg msg;

	while (session_compose(atrium, &bytes)) {
		int r = batch_parse(bytes, &batch);

		assert(r == 0);
		while (batch.messages.len) {
			r = msg_decode(&batch.messages, &msg);
			assert(r == 0 && msg_allowed(msg.type, PROCESS_HANDLER, PROCESS_HUB));
		}
		session_sent(atrium);
	}
}

static void say(struct atrium *atrium, struct slice messages)
{
	struct buf batch = { .cap = 0 };

	batch_begin(&batch, HANDLER_VERSION, atrium->session.generation, EPOCH);
	buf_put(&batch, messages);
	session_receive(atrium, buf_slice(&batch));
	buf_done(&batch);
	assert(intake_handled(&atrium->intake) <= atrium->intake.last);
	listen_to(atrium);
}

static void say_one(struct atrium *atrium, const struct msg *msg)
{
	struct buf messages = { .cap = 0 };

	msg_encode(&messages, msg);
	say(atrium, buf_slice(&messages));
	buf_done(&messages);
}

static void link_up(struct atrium *atrium)
{
	struct msg welcome = { .type = MSG_WELCOME, .welcome = { .epoch = EPOCH } };
	struct msg served = { .type = MSG_SERVED };

	session_connected(atrium);
	listen_to(atrium);
	say_one(atrium, &welcome);
	served.served.call = atrium->session.serve_call;
	say_one(atrium, &served);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make(data, size);
	struct atrium *atrium;

	if (handler_new("fuzz", NULL, 1, &atrium) < 0)
		return 0;
	held_count = 0;
	(void)atrium_serve(atrium, "*", 15);
	(void)atrium_on_connect(atrium, on_event);
	(void)atrium_on_disconnect(atrium, on_event);
	(void)atrium_on_message(atrium, NULL, on_event);
	(void)atrium_on_command(atrium, NULL, on_event);
	(void)atrium_on_guard(atrium, NULL, on_event);
	(void)atrium_on_missed(atrium, on_event);
	link_up(atrium);
	while (rest.len) {
		const char *end = memchr(rest.ptr, 0xff, rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

		say(atrium, slice_make(rest.ptr, len));
		if (held_count > 3)
			be_done(atrium);
		rest = slice_make(rest.ptr + len + (end != NULL), rest.len - len - (end != NULL));
	}
	be_done(atrium);
	session_broken(atrium);
	session_time(atrium, 1000 * 1000);
	if (atrium->session.state != SESSION_REPLACED) {
		link_up(atrium);
		assert(atrium_is_up(atrium));
	}
	handler_free(atrium);
	return 0;
}
