/* judge.h - a stored hub with a handler that rules, as the peer g4; everyone is in the lobby */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_JUDGE_H
#define TESTS_UNIT_HUB_JUDGE_H

#include "tests/unit/hub/stored.h"

enum { JUDGE = 4, JUDGE_DEADLINE = 2000 };

struct judged {
	struct stored stored;
	char *guard[2], *rooms[2], *types[2];
	struct handler_settings settings;
	struct handler_section section;
};

static inline struct handler *judge_of(struct judged *judged)
{
	return handlers_find(&judged->stored.fake.hub->handlers, SLICE("judge"));
}

static inline void judged_configure(struct judged *judged)
{
	hub_configure(judged->stored.fake.hub, &judged->stored.fake.settings);
}

static inline void judged_turn(struct judged *judged)
{
	stored_turn(&judged->stored, true);
}

static inline void judge_serves(struct judged *judged, const char *rooms, uint8_t what)
{
	struct msg msg = { .type = MSG_SERVE };
	struct msg_pattern pattern = { .rooms = slice_of(rooms), .what = what };
	struct buf raw = { .cap = 0 };

	msg_add_pattern(&raw, &msg.serve.patterns, &pattern);
	fake_say(&judged->stored.fake, JUDGE, msg);
	buf_done(&raw);
}

static inline void judge_hello(struct judged *judged)
{
	struct fake *fake = &judged->stored.fake;
	struct handler *handler = handlers_hello(fake->hub, SLICE("judge"), 0, 0, 0);

	fake->peers[JUDGE].gateway = handler->gateway;
	judged_turn(judged);
}

static inline void judge_down(struct judged *judged)
{
	handlers_down(judged->stored.fake.hub, judge_of(judged));
}

static inline void judged_begin(struct judged *judged, uint8_t what)
{
	struct stored *stored = &judged->stored;
	struct fake *fake = &stored->fake;

	*judged = (struct judged){ .guard = { (char *)(uintptr_t) "lobby" },
		.settings = { .deadline = JUDGE_DEADLINE,
			.pending = 3,
			.results = 1 << 20,
			.backlog = 1 << 20,
			.keep = 3600 * 1000 } };
	judged->settings.guard = judged->guard;
	judged->settings.rooms = judged->rooms;
	judged->settings.guard_types = judged->types;
	judged->settings.user = judged->settings.group = &judged->guard[1];
	judged->section = (struct handler_section){ "judge", &judged->settings };
	stored_begin(stored, JOURNAL_PROCESS);
	fake->settings.handler_sections = &judged->section;
	fake->settings.handler_count = 1;
	fake->settings.handler_message = 1000;
	judged_configure(judged);
	stored_up(stored, 2);
	fake_connect_as(fake, 1, 1, "ann", "lobby", "u1", NULL);
	fake_connect(fake, 2, 1, "bob", "lobby");
	if (what) {
		judge_hello(judged);
		judge_serves(judged, "*", what);
	}
	stored_pass(stored, 1000);
	stored_pass(stored, 1000);
	fake_clear(fake);
}

static inline void judged_end(struct judged *judged)
{
	fake_clear(&judged->stored.fake);
	stored_end(&judged->stored);
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_WAITING), 0);
}

/* The hub is killed; all come back but the judge, and nothing of that is written down. */
static inline void judged_restart(struct judged *judged)
{
	stored_restart(&judged->stored, 2);
	fake_clear(&judged->stored.fake);
}

#define judged_expect(judged, lines) fake_expect(&(judged)->stored.fake, lines)

static inline void judged_say(
	struct judged *judged, unsigned gateway, const char *type, const char *ref, const char *mid)
{
	fake_say(&judged->stored.fake, gateway,
		(struct msg){ .type = MSG_PUBLISH,
			.publish = { .conn = 1,
				.room = SLICE("lobby"),
				.type = slice_of(type),
				.ref = slice_of(ref),
				.mid = slice_of(mid),
				.body = SLICE("\"n\":1") } });
}

/* The number of the question that is the `index`-th now. */
static inline uint64_t judged_ask(struct judged *judged, unsigned index)
{
	const struct desk *desk = desk_find(&judged->stored.fake.hub->questions, SLICE("judge"));
	const struct list *link = desk->all.next;

	while (index-- > 0)
		link = link->next;
	return LIST_ENTRY(link, const struct question, by_desk)->id;
}

static inline void judge_rules(struct judged *judged, uint64_t ask, enum handler_ruling ruling)
{
	fake_say(&judged->stored.fake, JUDGE,
		(struct msg){
			.type = MSG_RULING, .ruling = { .ask = ask, .ruling = (uint8_t)ruling } });
}

#endif
