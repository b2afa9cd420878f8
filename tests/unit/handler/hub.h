/* hub.h - a hub of the tests' own, without a socket: what a handler says to it, and what it says */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HANDLER_HUB_H
#define TESTS_UNIT_HANDLER_HUB_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "handler/handler.h"
#include "proto/base/mem.h"
#include "proto/batch.h"
#include "proto/event.h"

enum { HEARD_MAX = 4096 };

/* One for each test. What was heard is decoded, and points into `bytes`. */
struct hub {
	struct atrium *atrium;
	uint64_t epoch; /* of its journal */
	uint32_t generation; /* of the last HELLO */
	struct buf bytes[HEARD_MAX];
	struct msg heard[HEARD_MAX];
	unsigned count, at;
	unsigned batches;
	uint64_t now;
};

static inline void hub_hear(struct hub *hub, struct slice bytes)
{
	struct batch batch;
	struct slice rest;

	assert_int_equal(batch_parse(bytes, &batch), 0);
	assert_int_equal(batch.version, HANDLER_VERSION);
	hub->batches++;
	for (rest = batch.messages; rest.len;) {
		struct slice from = rest, copy;
		struct msg msg;

		assert_true(hub->count < HEARD_MAX);
		assert_int_equal(msg_decode(&rest, &msg), 0);
		assert_true(msg_allowed(msg.type, PROCESS_HANDLER, PROCESS_HUB));
		if (msg.type == MSG_HELLO) {
			assert_true(batch.generation > hub->generation);
			hub->generation = batch.generation;
		}
		assert_int_equal(batch.generation, hub->generation);
		buf_add(&hub->bytes[hub->count], from.ptr, from.len - rest.len);
		copy = buf_slice(&hub->bytes[hub->count]);
		assert_int_equal(msg_decode(&copy, &hub->heard[hub->count++]), 0);
	}
}

/* What the handler has to say. */
static inline void hub_listen(struct hub *hub)
{
	struct slice batch;

	while (session_compose(hub->atrium, &batch)) {
		hub_hear(hub, batch);
		session_sent(hub->atrium);
	}
}

/* The next message that it said, of this type. */
static inline const struct msg *hub_next(struct hub *hub, enum msg_type type)
{
	hub_listen(hub);
	if (hub->at == hub->count)
		fail_msg("nothing was said; %s was expected", msg_name(type));
	assert_string_equal(msg_name(hub->heard[hub->at].type), msg_name(type));
	return &hub->heard[hub->at++];
}

static inline void hub_hears_nothing(struct hub *hub)
{
	hub_listen(hub);
	if (hub->at != hub->count)
		fail_msg("%s was said", msg_name(hub->heard[hub->at].type));
}

/* Forgets what was heard. */
static inline void hub_clear(struct hub *hub)
{
	for (unsigned i = 0; i < hub->count; i++)
		buf_done(&hub->bytes[i]);
	hub->count = hub->at = 0;
}

static inline void hub_say_bytes(struct hub *hub, uint16_t version, struct slice messages)
{
	_cleanup_(buf_done) struct buf batch = { .cap = 0 };

	batch_begin(&batch, version, hub->generation, hub->epoch);
	buf_put(&batch, messages);
	hub->atrium->inside = true;
	session_receive(hub->atrium, buf_slice(&batch));
	hub->atrium->inside = false;
}

static inline void hub_say(struct hub *hub, const struct msg *msg)
{
	_cleanup_(buf_done) struct buf messages = { .cap = 0 };

	msg_encode(&messages, msg);
	hub_say_bytes(hub, HANDLER_VERSION, buf_slice(&messages));
}

static inline void hub_time(struct hub *hub, uint64_t ms)
{
	hub->now += ms;
	session_time(hub->atrium, hub->now);
}

static inline void hub_welcome(struct hub *hub)
{
	struct msg msg = { .type = MSG_WELCOME,
		.welcome = { .version = HANDLER_VERSION,
			.process = PROCESS_HUB,
			.epoch = hub->epoch,
			.name = SLICE("hub") } };

	hub_say(hub, &msg);
}

/* It may serve what it wants. */
static inline void hub_served(struct hub *hub, uint64_t call)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg msg = { .type = MSG_SERVED, .served = { .call = call } };
	struct msg_pattern all = { SLICE("*"), HANDLER_WHATS };

	msg_add_pattern(&raw, &msg.served.allowed, &all);
	hub_say(hub, &msg);
}

/* HELLO, WELCOME, SERVE, SERVED; what the HELLO said is in ret_hello, if that is not NULL. */
static inline void hub_greet(struct hub *hub, struct msg_hello *ret_hello)
{
	const struct msg *hello = hub_next(hub, MSG_HELLO);

	if (ret_hello)
		*ret_hello = hello->hello;
	hub_welcome(hub);
	hub_served(hub, hub_next(hub, MSG_SERVE)->serve.call);
}

static inline void hub_link(struct hub *hub)
{
	session_connected(hub->atrium);
	hub_greet(hub, NULL);
}

/* The connection breaks, and there is another. */
static inline void hub_relink(struct hub *hub)
{
	session_broken(hub->atrium);
	hub_clear(hub);
	hub_link(hub);
}

/* Not linked yet. */
static inline void hub_open(struct hub *hub)
{
	*hub = (struct hub){ .epoch = 7, .now = 1000 };
	assert_int_equal(handler_new("bot", hub, 5, &hub->atrium), 0);
	session_time(hub->atrium, hub->now);
}

static inline void hub_close(struct hub *hub)
{
	hub_clear(hub);
	handler_free(hub->atrium);
}

static inline void hub_came(struct hub *hub, uint64_t seq, const char *id)
{
	struct msg msg = { .type = MSG_CAME,
		.came = { .seq = seq,
			.room = SLICE("r"),
			.time = 1000 + seq,
			.id = slice_of(id),
			.nickname = SLICE("N"),
			.count = 1 } };

	hub_say(hub, &msg);
}

static inline void hub_said(struct hub *hub, uint64_t seq, const char *type, const char *body)
{
	struct msg msg = { .type = MSG_SAID,
		.said = { .seq = seq,
			.room = SLICE("r"),
			.time = 1000 + seq,
			.offset = seq,
			.type = slice_of(type),
			.id = SLICE("c1"),
			.body = slice_of(body) } };

	hub_say(hub, &msg);
}

static inline void hub_called(struct hub *hub, uint64_t ask, bool again, const char *cmd)
{
	struct msg msg = { .type = MSG_CALLED,
		.called = { .ask = ask,
			.again = again,
			.deadline = 2000,
			.room = SLICE("r"),
			.cmd = slice_of(cmd),
			.id = SLICE("c1"),
			.body = SLICE("\"a\":1") } };

	hub_say(hub, &msg);
}

static inline void hub_guarded(struct hub *hub, uint64_t ask, bool again, const char *type)
{
	struct msg msg = { .type = MSG_GUARDED,
		.guarded = { .ask = ask,
			.again = again,
			.deadline = 2000,
			.room = SLICE("r"),
			.type = slice_of(type),
			.id = SLICE("c1"),
			.body = SLICE("\"a\":1") } };

	hub_say(hub, &msg);
}

static inline void hub_acted(struct hub *hub, uint64_t call, const char *error)
{
	struct msg msg = { .type = MSG_ACTED,
		.acted = { .call = call, .error = slice_of(error), .offset = 9, .count = 2 } };

	hub_say(hub, &msg);
}

static inline void assert_slice(struct slice slice, const char *text)
{
	assert_int_equal(slice.len, strlen(text));
	assert_memory_equal(slice.ptr, text, slice.len);
}

#endif
