/* test_rules.c - rooms keep to the rules of their section, also when it changes */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/stored.h"

static char *cursors[] = { "cursor", "draw", NULL };
static char *none[] = { NULL };

static struct room_settings rules;
static const struct room_section sections[] = { { "lob*", &rules } };
static struct stored stored;
static struct fake *const fake = &stored.fake;

static void configure(void)
{
	fake->settings.rooms = sections;
	fake->settings.room_count = 1;
	hub_configure(fake->hub, &fake->settings);
}

/* Ann is in the lobby, which keeps four messages, and bob nowhere. */
static int begin(void **state)
{
	(void)state;
	rules = (struct room_settings){ .history = 4,
		.history_ttl = 3600 * 1000,
		.ephemeral = none,
		.conflate = none,
		.presence = true };
	stored_begin(&stored, JOURNAL_PROCESS);
	stored_up(&stored, 1);
	configure();
	fake_connect(fake, 1, 1, "ann", "lobby");
	fake_connect(fake, 1, 2, "bob", NULL);
	stored_pass(&stored, 1000);
	fake_clear(fake);
	return 0;
}

static int end(void **state)
{
	(void)state;
	stored_end(&stored);
	return 0;
}

static struct room *lobby(void)
{
	return room_find(&fake->hub->rooms, SLICE("lobby"));
}

static void publish(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		fake_publish(fake, 1, 1, "lobby", "chat", NULL);
	stored_pass(&stored, 10);
	fake_clear(fake);
}

/* What was said, without the ACK. */
static void expect(const char *lines)
{
	const char *text;

	stored_pass(&stored, 1000);
	text = strchr(buf_cstr(&fake->log), '\n');
	assert_non_null(text);
	assert_string_equal(text + 1, lines);
	fake_clear(fake);
}

static void test_max_members(void **state)
{
	(void)state;
	rules.max_members = 2;
	configure();
	fake_join(fake, 1, 2, "lobby", "1");
	fake_connect(fake, 1, 3, "eve", "lobby");
	fake_join(fake, 1, 3, "lobby", "2");
	fake_join(fake, 1, 2, "lobby", "3"); /* is in it already */
	fake_connect(fake, 1, 4, "joe", "other");
	stored_pass(&stored, 1000);
	assert_non_null(strstr(buf_cstr(&fake->log), "joined 2 room=lobby ref=1"));
	assert_non_null(strstr(buf_cstr(&fake->log), "refusal 3 room_full\n"));
	assert_non_null(strstr(buf_cstr(&fake->log), "refusal 3 room_full ref=2\n"));
	assert_non_null(strstr(buf_cstr(&fake->log), "joined 2 room=lobby ref=3"));
	assert_non_null(strstr(buf_cstr(&fake->log), "joined 4 room=other"));
	assert_int_equal(lobby()->count, 2);
	fake_clear(fake);
	fake_leave(fake, 1, 1, "lobby", NULL);
	fake_join(fake, 1, 3, "lobby", "4");
	stored_pass(&stored, 1000);
	assert_non_null(strstr(buf_cstr(&fake->log), "joined 3 room=lobby ref=4"));
	rules.max_members = 1; /* who is in it stays */
	configure();
	assert_int_equal(lobby()->count, 2);
}

static void test_no_presence(void **state)
{
	(void)state;
	rules.presence = false;
	configure();
	fake_join(fake, 1, 2, "lobby", "1");
	expect("g1 joined 2 room=lobby ref=1 2/2 ann:ANN bob:BOB\n");
	fake_leave(fake, 1, 2, "lobby", "2");
	expect("g1 left 2 room=lobby ref=2\n");
	fake_join(fake, 1, 2, "lobby", NULL);
	stored_pass(&stored, 1000);
	fake_clear(fake);
	rules.presence = true; /* from now on; not what was before */
	configure();
	fake_leave(fake, 1, 2, "lobby", NULL);
	expect("g1 left 2 room=lobby\n"
	       "g1 notice - room=lobby id=bob nickname=BOB\n"
	       "g1 presence room=lobby 1/1 ann:ANN\n");
}

static void test_conflate(void **state)
{
	(void)state;
	rules.conflate = cursors;
	configure();
	fake_publish(fake, 1, 1, "lobby", "cursor", NULL);
	fake_publish(fake, 1, 1, "lobby", "chat", NULL);
	expect("g1 deliver room=lobby type=cursor flags=4 offset=1 id=ann nickname=ANN "
	       "body=\"n\":1\n"
	       "g1 deliver room=lobby type=chat offset=2 id=ann nickname=ANN body=\"n\":1\n");
	rules.ephemeral = cursors;
	configure();
	fake_publish(fake, 1, 1, "lobby", "draw", NULL);
	expect("g1 deliver room=lobby type=draw flags=4 id=ann nickname=ANN body=\"n\":1\n");
}

static void test_history_shrinks_and_grows(void **state)
{
	uint64_t epoch = lobby()->epoch;

	(void)state;
	publish(6);
	assert_int_equal(lobby()->history.count, 4);
	rules.history = 2;
	configure();
	assert_int_equal(lobby()->history.count, 2);
	rules.history = 3;
	configure();
	publish(6);
	assert_int_equal(lobby()->history.count, 3);
	assert_int_equal(lobby()->history.offset, 12);
	assert_int_equal(lobby()->epoch, epoch);
	stored_restart(&stored, 1);
	assert_int_equal(lobby()->history.offset, 12);
}

/* What is said meanwhile has no number: who comes back with the old place has missed something. */
static void test_history_off_and_on(void **state)
{
	uint64_t epoch = lobby()->epoch;

	(void)state;
	publish(2);
	rules.history = 0;
	configure();
	assert_int_equal(lobby()->history.count, 0);
	publish(1);
	assert_int_equal(lobby()->history.offset, 2);
	rules.history = 4;
	configure();
	assert_int_not_equal(lobby()->epoch, epoch);
	publish(1);
	assert_int_equal(lobby()->history.offset, 3);
	assert_int_equal(lobby()->history.count, 1);
}

/* A room that no one is in goes when nothing of it is to be kept any more. */
static void test_idle_rooms_follow(void **state)
{
	(void)state;
	publish(2);
	fake_leave(fake, 1, 1, "lobby", NULL);
	stored_pass(&stored, 10);
	assert_int_equal(fake->hub->rooms.idle_count, 1);
	rules.history = 0;
	configure();
	stored_pass(&stored, 20 * 1000);
	assert_null(lobby());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_max_members, begin, end),
		cmocka_unit_test_setup_teardown(test_no_presence, begin, end),
		cmocka_unit_test_setup_teardown(test_conflate, begin, end),
		cmocka_unit_test_setup_teardown(test_history_shrinks_and_grows, begin, end),
		cmocka_unit_test_setup_teardown(test_history_off_and_on, begin, end),
		cmocka_unit_test_setup_teardown(test_idle_rooms_follow, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
