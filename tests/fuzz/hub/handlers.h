/* handlers.h - what handlers say to the hub, made of a few bytes */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_HUB_HANDLERS_H
#define TESTS_FUZZ_HUB_HANDLERS_H

#include "hub/hub.h"

enum { HANDLERS = 2, HANDLERS_KINDS = 16 };

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

/* One of each kind; `texts` are names of rooms, types and the like. `raw` is for its lists. */
static inline struct msg handlers_say(struct buf *raw, uint8_t kind, uint64_t number,
	struct slice room, struct slice type, struct slice target, struct slice mid)
{
	static const struct slice bodies[] = { { "", 0 }, { "\"a\":1", 5 }, { "\"id\":1", 6 },
		{ "{", 1 } };
	struct slice body = bodies[number % 4];
	uint8_t format = (uint8_t)(number / 4 % 5);
	struct msg msg = { .type = MSG_HANDLED, .handled = { .seen = number } };
	struct msg_list ops = { .count = 0 }, patterns = { .count = 0 };

	switch (kind % HANDLERS_KINDS) {
	case 0:
		return msg;
	case 1:
		msg_add_pattern(raw, &patterns,
			&(struct msg_pattern){
				number & 16 ? room : SLICE("*"), (uint8_t)(number % 17) });
		return (struct msg){ .type = MSG_SERVE, .serve = { 1, patterns, { 0 } } };
	case 2:
		return (struct msg){ .type = MSG_ACT_PUBLISH,
			.act_publish = {
				1, room, type, format, (uint8_t)(number & 3), target, mid, body } };
	case 3:
		return (struct msg){ .type = MSG_ACT_SEND,
			.act_send = { 1, target, type, format, mid, body } };
	case 4:
		return (struct msg){ .type = MSG_ACT_BROADCAST,
			.act_broadcast = {
				1, type, format, (uint8_t)(number & 3), target, mid, body } };
	case 5:
		return (struct msg){ .type = MSG_ACT_JOIN, .act_join = { 1, target, room } };
	case 6:
		return (struct msg){ .type = MSG_ACT_LEAVE, .act_leave = { 1, target, room } };
	case 7:
		return (struct msg){ .type = MSG_ACT_CLOSE,
			.act_close = { 1, target, number & 1 ? 4403 : (uint16_t)number, type } };
	case 8:
		msg_add_stateop(raw, &ops,
			&(struct msg_stateop){
				number & 1, type, number & 1 ? SLICE("") : SLICE("7") });
		return (struct msg){ .type = MSG_ACT_STATE,
			.act_state = { 1, room, mid, ops, { 0 } } };
	case 9:
		return (struct msg){ .type = MSG_ASK_STATE, .ask_state = { 1, room, type, { 0 } } };
	case 10:
		return (struct msg){ .type = MSG_ASK_HISTORY,
			.ask_history = { 1, room, number % 4, (uint32_t)number % 3 } };
	case 11:
		return (struct msg){ .type = MSG_ASK_MEMBERS,
			.ask_members = { 1, room, target, (uint32_t)number % 3 } };
	case 12:
		return (struct msg){ .type = MSG_ASK_CONNECTION, .ask_connection = { 1, target } };
	case 13:
		return (struct msg){ .type = MSG_ASK_ROOMS,
			.ask_rooms = {
				1, number & 1 ? room : SLICE(""), type, (uint32_t)number % 3 } };
	case 14:
		return (struct msg){ .type = MSG_RULING,
			.ruling = { number, (uint8_t)(number % 4), type, format, body, mid, mid } };
	default:
		return (struct msg){ .type = MSG_ANSWER, .answer = { number, mid, mid, body } };
	}
}

#endif
