/* handlers.h - what handlers say to the hub, made of a few bytes */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_HUB_HANDLERS_H
#define TESTS_FUZZ_HUB_HANDLERS_H

#include "hub/hub.h"

enum { HANDLERS = 2, HANDLERS_KINDS = 17 };

static const char *const handler_names[HANDLERS] = { "one", "two" };
static char *handlers_any[] = { "*", NULL }, *handlers_some[] = { "s", "t", "\x3f", NULL };
static char *handlers_guarded[] = { "r", "v", NULL }, *handlers_none[] = { NULL };
static char *handlers_types[] = { "chat", "draw", NULL };

static const struct handler_settings handler_all = { .rooms = handlers_any,
	.guard = handlers_guarded,
	.guard_types = handlers_types,
	.absent = ABSENT_WAIT,
	.deadline = 500,
	.pending = 3,
	.user = handlers_none,
	.group = handlers_none,
	.backlog = 65536,
	.keep = 2000 };
static const struct handler_settings handler_some = { .rooms = handlers_some,
	.guard = handlers_none,
	.guard_types = handlers_none,
	.absent = ABSENT_PASS,
	.deadline = 100,
	.pending = 1,
	.user = handlers_none,
	.group = handlers_none,
	.backlog = 65536,
	.keep = 500 };
static const struct handler_section handler_sections[] = { { "one", &handler_all },
	{ "two", &handler_some } };

/* What an action, a question or an answer is made of. */
struct handlers_words {
	struct slice room, type, target, mid, body;
	uint64_t number;
	uint8_t format;
};

static inline struct msg handlers_act(uint8_t kind, const struct handlers_words *words)
{
	uint8_t flags = (uint8_t)(words->number & 3);
	uint16_t code = words->number & 1 ? 4403 : (uint16_t)words->number;

	switch (kind) {
	case 0:
		return (struct msg){ .type = MSG_ACT_PUBLISH,
			.act_publish = { 1, words->room, words->type, words->format, flags,
				words->target, words->mid, words->body } };
	case 1:
		return (struct msg){ .type = MSG_ACT_SEND,
			.act_send = { 1, words->target, words->type, words->format, words->mid,
				words->body } };
	case 2:
		return (struct msg){ .type = MSG_ACT_BROADCAST,
			.act_broadcast = { 1, words->type, words->format, flags, words->target,
				words->mid, words->body } };
	case 3:
		return (struct msg){ .type = MSG_ACT_JOIN,
			.act_join = { 1, words->target, words->room } };
	case 4:
		return (struct msg){ .type = MSG_ACT_LEAVE,
			.act_leave = { 1, words->target, words->room } };
	default:
		return (struct msg){ .type = MSG_ACT_CLOSE,
			.act_close = { 1, words->target, code, words->type } };
	}
}

static inline struct msg handlers_ask(uint8_t kind, const struct handlers_words *words)
{
	uint32_t limit = (uint32_t)words->number % 3;
	struct slice search = words->number & 1 ? words->room : SLICE("");

	switch (kind) {
	case 0:
		return (struct msg){ .type = MSG_ASK_STATE,
			.ask_state = { 1, words->room, words->type, { 0 } } };
	case 1:
		return (struct msg){ .type = MSG_ASK_HISTORY,
			.ask_history = { 1, words->room, words->number % 4, limit } };
	case 2:
		return (struct msg){ .type = MSG_ASK_MEMBERS,
			.ask_members = { 1, words->room, words->target, limit } };
	case 3:
		return (struct msg){ .type = MSG_ASK_CONNECTION,
			.ask_connection = { 1, words->target } };
	case 4:
		return (struct msg){ .type = MSG_ASK_ROOMS,
			.ask_rooms = { 1, search, words->type, limit } };
	case 5:
		return (struct msg){ .type = MSG_RULING,
			.ruling = { words->number, (uint8_t)(words->number % 4), words->type,
				words->format, words->body, words->mid, words->mid } };
	default:
		return (struct msg){ .type = MSG_ANSWER,
			.answer = { words->number, words->mid, words->mid, words->body } };
	}
}

/* One of each kind. `raw` is for its lists. */
static inline struct msg handlers_say(
	struct buf *raw, uint8_t kind, const struct handlers_words *words)
{
	struct msg_stateop op = { words->number & 1, words->type, SLICE("7") };
	struct msg_pattern pattern = { words->number & 16 ? words->room : SLICE("*"),
		(uint8_t)(words->number % 33) };
	struct msg_range range = { words->number / 4, words->number / 4 + words->number % 4 };
	struct msg_list list = { .count = 0 };

	switch (kind) {
	case 0:
		return (struct msg){ .type = MSG_HANDLED, .handled = { words->number } };
	case 1:
		msg_add_pattern(raw, &list, &pattern);
		return (struct msg){ .type = MSG_SERVE, .serve = { 1, list, { 0 } } };
	case HANDLERS_KINDS - 1:
		msg_add_range(raw, &list, &range);
		return (struct msg){ .type = MSG_HANDLED_SOME, .handled_some = { list } };
	case 8:
		if (op.remove)
			op.value = SLICE("");
		msg_add_stateop(raw, &list, &op);
		return (struct msg){ .type = MSG_ACT_STATE,
			.act_state = { 1, words->room, words->mid, list, { 0 } } };
	default:
		return kind < 8 ? handlers_act(kind - 2, words) : handlers_ask(kind - 9, words);
	}
}

static inline struct msg handlers_made(struct buf *raw, uint8_t kind, uint64_t number,
	struct slice room, struct slice type, struct slice target, struct slice mid)
{
	static const char *const bodies[] = { "", "\"a\":1", "\"id\":1", "{" };
	const struct handlers_words words = { room, type, target, mid, slice_of(bodies[number % 4]),
		number, (uint8_t)(number / 4 % 5) };

	return handlers_say(raw, kind % HANDLERS_KINDS, &words);
}

#endif
