/* served.h - a stored fake hub with handlers: what they are told is written down */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_SERVED_H
#define TESTS_UNIT_HUB_SERVED_H

#include "tests/unit/hub/fake_state.h"
#include "tests/unit/hub/stored.h"

enum { SERVED_FIRST = 3 }; /* fake peers from here on are handlers: h3, h4 */

static char *served_none[] = { NULL };
static char *served_halls[] = { "hall-*", NULL };
static char *served_all[] __attribute__((unused)) = { "*", NULL };
static char *served_safe[] __attribute__((unused)) = { "safe-*", NULL };
static char *served_chat[] __attribute__((unused)) = { "chat", NULL };

static const struct handler_settings served_settings = { .rooms = served_halls,
	.guard = served_none,
	.guard_types = served_none,
	.deadline = 2000,
	.pending = 10,
	.user = served_none,
	.group = served_none,
	.backlog = 4000,
	.keep = 60 * 1000 };

static inline void served_write(struct fake *fake, unsigned index, const struct msg *msg)
{
	buf_printf(&fake->log, "h%u %s", index, msg_name(msg->type));
	fake_number(fake, "seq", msg_seq(msg));
	switch (msg->type) {
	case MSG_SAID:
		fake_field(fake, "room", msg->said.room);
		fake_number(fake, "offset", msg->said.offset);
		fake_field(fake, "type", msg->said.type);
		fake_field(fake, "id", msg->said.id);
		break;
	case MSG_CAME:
	case MSG_WENT:
		fake_field(fake, "room", msg->came.room);
		fake_field(fake, "id", msg->came.id);
		buf_printf(&fake->log, " count=%u", msg->came.count);
		break;
	case MSG_CHANGED:
		fake_field(fake, "room", msg->changed.room);
		fake_number(fake, "rev", msg->changed.rev);
		fake_field(fake, "id", msg->changed.id);
		fake_ops(&fake->log, msg->changed.ops);
		break;
	case MSG_MISSED:
		fake_number(fake, "count", msg->missed.count);
		break;
	case MSG_SERVED:
		fake_field(fake, "error", msg->served.error);
		break;
	case MSG_ACTED:
		fake_field(fake, "error", msg->acted.error);
		fake_number(fake, "offset", msg->acted.offset);
		fake_number(fake, "count", msg->acted.count);
		break;
	default:
		break;
	}
	buf_putc(&fake->log, '\n');
}

static inline int served_send_parcel(
	void *arg, struct gateway *gateway, struct slice messages, unsigned count)
{
	struct stored *stored = arg;
	unsigned index = fake_index(&stored->fake, gateway);
	struct msg msg;

	if (!gateway->handler)
		return stored_send_parcel(arg, gateway, messages, count);
	if (stored->deaf[index])
		return -1;
	while (messages.len) {
		assert_int_equal(msg_decode(&messages, &msg), 0);
		served_write(&stored->fake, index, &msg);
	}
	return 0;
}

static inline void served_cut(void *arg, struct gateway *gateway, const char *why)
{
	struct stored *stored = arg;

	buf_printf(&stored->fake.log, "cut %s: %s\n", gateway->name, why);
	handlers_down(stored->fake.hub, gateway->handler);
}

static inline void served_outlet(struct stored *stored)
{
	stored->fake.hub->outlet.send_parcel = served_send_parcel;
	stored->fake.hub->outlet.cut = served_cut;
}

/* Gateways 1 and 2 are here; handlers by these sections may be. */
static inline void served_begin(
	struct stored *stored, const struct handler_section *sections, size_t count)
{
	stored_begin(stored, JOURNAL_PROCESS);
	stored->fake.settings.handler_sections = sections;
	stored->fake.settings.handler_count = count;
	stored->fake.settings.handler_message = 100;
	hub_configure(stored->fake.hub, &stored->fake.settings);
	served_outlet(stored);
	stored_up(stored, 2);
}

static inline void served_restart(struct stored *stored)
{
	stored_kill(stored);
	stored_open(stored);
	served_outlet(stored);
	stored_hello(stored, 1);
	stored_hello(stored, 2);
	fake_clear(&stored->fake);
}

/* A process of the handler comes, as peer `index`, and is welcomed. */
static inline struct handler *served_hello(struct stored *stored, unsigned index, const char *name)
{
	struct handler *handler = handlers_hello(
		stored->fake.hub, slice_of(name), stored->seen[index], geteuid(), getegid());

	assert_non_null(handler);
	stored->fake.peers[index].gateway = handler->gateway;
	stored_turn(stored, true);
	assert_true(handler_linked(handler));
	return handler;
}

static inline void served_say(struct stored *stored, unsigned index, struct msg msg)
{
	fake_say_raw(&stored->fake, index, &msg);
	stored_turn(stored, true);
}

static inline void served_serve(
	struct stored *stored, unsigned index, const char *rooms, uint8_t what)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg msg = { .type = MSG_SERVE, .serve = { .call = 1 } };

	msg_add_pattern(&raw, &msg.serve.patterns,
		&(struct msg_pattern){ .rooms = slice_of(rooms), .what = what });
	served_say(stored, index, msg);
}

static inline void served_handled(struct stored *stored, unsigned index, uint64_t seen)
{
	served_say(stored, index, (struct msg){ .type = MSG_HANDLED, .handled = { .seen = seen } });
}

#endif
