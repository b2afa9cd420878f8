/* test_served.c - handlers: what they are told, what is kept for them, and for how long */
/* SPDX-License-Identifier: MIT */
#include "proto/base/log.h"
#include "tests/unit/hub/told.h"

static void test_people_and_messages(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	say(&stored, "hall-1");
	expect_told(&stored,
		"h3 came seq=1 room=hall-1 id=ann count=1\n"
		"h3 said seq=2 room=hall-1 offset=1 type=chat id=ann\n");
	/* A room that it may not serve. */
	fake_connect(&stored.fake, 1, 2, "bob", "lobby");
	fake_publish(&stored.fake, 1, 2, "lobby", "chat", NULL);
	stored_turn(&stored, true);
	expect_told(&stored, "");
	/* Of the moment: without a number. */
	fake_publish(&stored.fake, 1, 1, "hall-1", "typing", NULL);
	stored_turn(&stored, true);
	expect_told(&stored, "h3 said room=hall-1 type=typing id=ann\n");
	assert_null(room_find(&stored.fake.hub->rooms, SLICE("lobby"))->handlers);
	fake_disconnect(&stored.fake, 1, 1, true);
	stored_turn(&stored, true);
	expect_told(&stored, "h3 went seq=3 room=hall-1 id=ann count=0\n");
	stored_end(&stored);
}

/* In its grace time no one has gone. */
static void test_grace(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	fake_disconnect(&stored.fake, 1, 1, false);
	stored_pass(&stored, 4999);
	expect_told(&stored, "h3 came seq=1 room=hall-1 id=ann count=1\n");
	stored_pass(&stored, 1);
	expect_told(&stored, "h3 went seq=2 room=hall-1 id=ann count=0\n");
	stored_end(&stored);
}

static void test_hub_killed(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	say(&stored, "hall-1");
	say(&stored, "hall-1");
	served_handled(&stored, 3, 1);
	served_restart(&stored);
	/* What it serves is known before it says so. */
	say(&stored, "hall-1");
	(void)served_hello(&stored, 3, "bot");
	expect_told(&stored,
		"h3 came seq=1 room=hall-1 id=ann count=1\n"
		"h3 said seq=2 room=hall-1 offset=1 type=chat id=ann\n"
		"h3 said seq=3 room=hall-1 offset=2 type=chat id=ann\n"
		"h3 said seq=4 room=hall-1 offset=3 type=chat id=ann\n");
	served_handled(&stored, 3, 2);
	stored_pass(&stored, HANDLER_SAVE_MS);
	served_restart(&stored);
	(void)served_hello(&stored, 3, "bot");
	expect_told(&stored,
		"h3 said seq=3 room=hall-1 offset=2 type=chat id=ann\n"
		"h3 said seq=4 room=hall-1 offset=3 type=chat id=ann\n");
	stored_end(&stored);
}

/* Of a turn's events some were handled: the others come again, and no more. */
static void test_a_part_was_handled(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	for (int i = 0; i < 3; i++)
		fake_publish(&stored.fake, 1, 1, "hall-1", "chat", NULL);
	stored_turn(&stored, true);
	served_handled(&stored, 3, 2);
	fake_clear(&stored.fake);
	handlers_down(stored.fake.hub, handlers_find(&stored.fake.hub->handlers, SLICE("bot")));
	(void)served_hello(&stored, 3, "bot");
	expect_told(&stored,
		"h3 said seq=3 room=hall-1 offset=2 type=chat id=ann\n"
		"h3 said seq=4 room=hall-1 offset=3 type=chat id=ann\n");
	stored_end(&stored);
}

static void test_too_much_waits(void **state)
{
	struct stored stored;
	struct handler *bot;

	(void)state;
	begin(&stored);
	bot = handlers_find(&stored.fake.hub->handlers, SLICE("bot"));
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	stored_turn(&stored, true);
	served_handled(&stored, 3, 1);
	handlers_down(stored.fake.hub, bot);
	for (int i = 0; i < 100; i++)
		say(&stored, "hall-1");
	assert_true(bot->gateway->out.bytes <= 4000);
	served_restart(&stored);
	bot = served_hello(&stored, 3, "bot");
	assert_true(slice_starts(
		buf_slice(&stored.fake.log), slice_of("g3 welcome 0\nh3 missed seq=")));
	assert_int_equal(
		outgoing_first(&bot->gateway->out) - 2 + outgoing_count(&bot->gateway->out), 100);
	fake_clear(&stored.fake);
	/* When it has dealt with one of those that are there, nothing is missing. */
	served_handled(&stored, 3, outgoing_first(&bot->gateway->out));
	handlers_down(stored.fake.hub, bot);
	(void)served_hello(&stored, 3, "bot");
	assert_null(strstr(buf_cstr(&stored.fake.log), "missed"));
	stored_end(&stored);
}

/* Its link is full: answers wait, events go, and it is told of them. */
static void test_it_does_not_read(void **state)
{
	struct msg ask = { .type = MSG_ASK_MEMBERS,
		.ask_members = { .call = 5, .room = SLICE("hall-1") } };
	struct stored stored;

	(void)state;
	begin(&stored);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	stored_turn(&stored, true);
	stored.deaf[3] = true;
	for (int i = 0; i < 100; i++) {
		fake_publish(&stored.fake, 1, 1, "hall-1", "chat", NULL);
		if (i == 10)
			fake_say_raw(&stored.fake, 3, &ask);
		stored_turn(&stored, true);
	}
	fake_clear(&stored.fake);
	stored.deaf[3] = false;
	say(&stored, "hall-1");
	assert_non_null(strstr(buf_cstr(&stored.fake.log), "h3 members_are\n"));
	assert_non_null(strstr(buf_cstr(&stored.fake.log), "h3 missed seq="));
	assert_non_null(strstr(buf_cstr(&stored.fake.log), "h3 said seq=102 "));
	stored_end(&stored);
}

static void test_forgotten(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	stored_turn(&stored, true);
	stored.seen[3] = 1;
	handlers_down(stored.fake.hub, handlers_find(&stored.fake.hub->handlers, SLICE("bot")));
	stored_pass(&stored, 60 * 1000);
	assert_null(handlers_find(&stored.fake.hub->handlers, SLICE("bot"))->gateway);
	say(&stored, "hall-1");
	fake_clear(&stored.fake);
	(void)served_hello(&stored, 3, "bot");
	served_serve(&stored, 3, "*", HANDLER_MESSAGES);
	say(&stored, "hall-1");
	/* Its numbers go on from what it has seen. */
	expect_told(&stored, "h3 served\nh3 said seq=2 room=hall-1 offset=2 type=chat id=ann\n");
	stored_end(&stored);
}

/* Settings are read again: the section is gone, and what was kept with it. */
static void test_section_gone(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	(void)served_hello(&stored, 4, "two");
	served_serve(&stored, 4, "*", HANDLER_MESSAGES);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	fake_clear(&stored.fake);
	stored.fake.settings.handler_count = 1;
	hub_configure(stored.fake.hub, &stored.fake.settings);
	say(&stored, "hall-1");
	expect_told(&stored,
		"cut two: there is no section [handler] of this name, and [hub] handlers is closed\n"
		"h3 came seq=1 room=hall-1 id=ann count=1\n"
		"h3 said seq=2 room=hall-1 offset=1 type=chat id=ann\n");
	assert_null(handlers_find(&stored.fake.hub->handlers, SLICE("two")));
	served_restart(&stored);
	assert_int_equal(stored.fake.hub->handlers.peers.count, 1);
	stored_end(&stored);
}

/* The journal has one that may not be here any more. */
static void test_section_gone_while_down(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	stored.fake.settings.handler_count = 0;
	served_restart(&stored);
	assert_int_equal(stored.fake.hub->handlers.count, 0);
	stored_turn(&stored, true);
	stored.fake.settings.handler_count = 2;
	served_restart(&stored);
	assert_int_equal(stored.fake.hub->handlers.peers.count, 0);
	stored_end(&stored);
}

static void test_open(void **state)
{
	struct stored stored;

	(void)state;
	served_begin(&stored, NULL, 0);
	assert_non_null(handlers_refuse(&stored.fake.hub->handlers, SLICE("any"), geteuid(), 0));
	stored.fake.settings.handlers = HANDLERS_OPEN;
	hub_configure(stored.fake.hub, &stored.fake.settings);
	assert_null(handlers_refuse(&stored.fake.hub->handlers, SLICE("any"), geteuid(), 0));
	assert_non_null(handlers_refuse(&stored.fake.hub->handlers, SLICE("any"), 65534, 0));
	assert_non_null(
		handlers_refuse(&stored.fake.hub->handlers, SLICE("any"), geteuid() + 1, 0));
	(void)served_hello(&stored, 3, "any");
	served_serve(&stored, 3, "*", HANDLER_WHATS);
	fake_connect(&stored.fake, 1, 1, "ann", "lobby");
	stored_turn(&stored, true);
	expect_told(&stored, "h3 served\nh3 came seq=1 room=lobby id=ann count=1\n");
	/* Closed again: what was kept for it goes with it. */
	stored.fake.settings.handlers = HANDLERS_CLOSED;
	hub_configure(stored.fake.hub, &stored.fake.settings);
	assert_int_equal(stored.fake.hub->handlers.count, 0);
	stored_end(&stored);
}

/* What it does itself it is not told, and the other one is. */
static void test_acting(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	(void)served_hello(&stored, 4, "two");
	served_serve(&stored, 4, "hall-?", HANDLER_MESSAGES);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	stored_turn(&stored, true);
	fake_clear(&stored.fake);
	served_say(&stored, 3,
		(struct msg){ .type = MSG_ACT_PUBLISH,
			.act_publish = {
				.call = 7, .room = SLICE("hall-1"), .type = SLICE("hi") } });
	expect_told(&stored,
		"h3 acted offset=1\nh4 said seq=1 room=hall-1 offset=1 type=hi id=handler\n");
	served_say(&stored, 3,
		(struct msg){ .type = MSG_ACT_PUBLISH,
			.act_publish = {
				.call = 8, .room = SLICE("lobby"), .type = SLICE("hi") } });
	expect_told(&stored, "h3 acted error=forbidden\n");
	stored_end(&stored);
}

static void add_said(struct outgoing *out, uint64_t seq)
{
	struct msg msg = { .type = MSG_SAID, .said = { .seq = seq, .room = SLICE("hall-1") } };

	outgoing_add(out, &msg);
}

/* A handler may say that it has seen what the hub was about to send, in any state of that. */
static void test_seen_before_it_was_sent(void **state)
{
	struct outgoing out;

	(void)state;
	outgoing_init(&out);
	out.gaps = true;
	add_said(&out, 1);
	add_said(&out, 2);
	outgoing_seen(&out, 100);
	outgoing_stored(&out, 1, false);
	outgoing_rewind(&out);
	assert_int_equal(outgoing_count(&out), 0);
	assert_int_equal(out.bytes, 0);
	add_said(&out, 101); /* numbers go on behind those that it says it has */
	outgoing_stored(&out, 1, false);
	outgoing_rewind(&out);
	assert_int_equal(outgoing_first(&out), 101);
	outgoing_done(&out);

	outgoing_init(&out);
	out.gaps = true;
	add_said(&out, 6);
	add_said(&out, 7);
	outgoing_seen(&out, 12);
	add_said(&out, 13);
	outgoing_stored(&out, 1, false);
	outgoing_rewind(&out);
	assert_int_equal(outgoing_first(&out), 13);
	assert_int_equal(outgoing_count(&out), 1);
	outgoing_done(&out);
}

/* With sections that come later there may be more than may come by themselves. */
static void test_more_than_may_come_by_themselves(void **state)
{
	enum { MORE = 8, ALL = HANDLERS_MAX + MORE };
	struct handler_section listed[MORE];
	char names[MORE][24];
	struct stored stored;
	struct handlers *handlers;

	(void)state;
	served_begin(&stored, NULL, 0);
	handlers = &stored.fake.hub->handlers;
	stored.fake.settings.handlers = HANDLERS_OPEN;
	hub_configure(stored.fake.hub, &stored.fake.settings);
	for (int i = 0; i < ALL; i++) {
		char name[24];

		if (i == HANDLERS_MAX) {
			assert_null(handlers_hello(stored.fake.hub, SLICE("no-more"), 0, 0, 0));
			for (int n = 0; n < MORE; n++) {
				snprintf(names[n], sizeof(names[n]), "listed-%d", n);
				listed[n] = (struct handler_section){ names[n], &served_settings };
			}
			stored.fake.settings.handler_sections = listed;
			stored.fake.settings.handler_count = MORE;
			hub_configure(stored.fake.hub, &stored.fake.settings);
		}
		snprintf(name, sizeof(name), i < HANDLERS_MAX ? "any-%d" : "listed-%d",
			i % HANDLERS_MAX);
		(void)served_hello(&stored, 3, name);
		served_serve(&stored, 3, "hall-*", HANDLER_MESSAGES);
	}
	assert_int_equal(handlers->count, ALL);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	stored_turn(&stored, true);
	assert_int_equal(room_find(&stored.fake.hub->rooms, SLICE("hall-1"))->handlers->count, ALL);
	stored_end(&stored);
}

static void test_names(void **state)
{
	(void)state;
	assert_null(handler_name_check(SLICE("a.B-9_")));
	assert_non_null(handler_name_check(SLICE("")));
	assert_non_null(handler_name_check(SLICE("a b")));
	assert_non_null(handler_name_check(SLICE("a\0b")));
	assert_null(handler_name_check(slice_make("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
						  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		64)));
	assert_non_null(handler_name_check(slice_make("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
						      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		65)));
}

/* Who guards, who answers: by the settings, and by what they serve. */
static void test_guard_and_answerer(void **state)
{
	struct handler_settings guards = served_settings;
	const struct handler_section two[] = { { "bot", &guards }, { "two", &served_settings } };
	struct stored stored;
	struct room *room;
	struct handler *bot;

	(void)state;
	guards.rooms = served_none;
	guards.guard = served_safe;
	guards.guard_types = served_chat;
	served_begin(&stored, two, 2);
	bot = handlers_find(&stored.fake.hub->handlers, SLICE("bot"));
	fake_connect(&stored.fake, 1, 1, "ann", "safe-1");
	room = room_find(&stored.fake.hub->rooms, SLICE("safe-1"));
	assert_ptr_equal(handlers_guard(room, SLICE("chat")), bot);
	assert_null(handlers_guard(room, SLICE("draw")));
	assert_false(handler_guards(bot, room));
	assert_null(handlers_answerer(room, SLICE("roll"), stored.fake.hub->now));
	(void)served_hello(&stored, 3, "bot");
	served_serve(&stored, 3, "*", HANDLER_GUARD | HANDLER_CALLS);
	assert_true(handler_guards(bot, room));
	assert_ptr_equal(handlers_answerer(room, SLICE("roll"), stored.fake.hub->now), bot);
	handlers_down(stored.fake.hub, bot);
	stored_pass(&stored, 2000); /* until then it is expected to come back */
	assert_null(handlers_answerer(room, SLICE("roll"), stored.fake.hub->now));
	assert_true(handler_may_serve(bot, SLICE("safe-2")));
	assert_false(handler_may_serve(bot, SLICE("hall-2")));
	assert_false(handler_may_all(bot));
	guards.rooms = served_all;
	assert_true(handler_may_all(bot));
	stored_end(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people_and_messages),
		cmocka_unit_test(test_grace),
		cmocka_unit_test(test_hub_killed),
		cmocka_unit_test(test_a_part_was_handled),
		cmocka_unit_test(test_too_much_waits),
		cmocka_unit_test(test_it_does_not_read),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_section_gone),
		cmocka_unit_test(test_section_gone_while_down),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_acting),
		cmocka_unit_test(test_seen_before_it_was_sent),
		cmocka_unit_test(test_more_than_may_come_by_themselves),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_guard_and_answerer),
	};

	log_open("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
