/* test_ends.c - callbacks that free the handler, or serve something else, in the middle */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/handler/hub.h"

static struct hub hub;
static unsigned calls, after; /* of what frees it; of anything after that */

static void free_it(struct atrium *atrium, void *user)
{
	(void)user;
	calls++;
	atrium_free(atrium);
}

static void free_it_by_event(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)event;
	free_it(atrium, user);
}

static void free_it_by_result(struct atrium *atrium, const struct atrium_result *result, void *arg)
{
	if (strcmp(result->error ? result->error : "", "canceled") != 0)
		free_it(atrium, arg);
}

static void not_any_more(struct atrium *atrium, void *user)
{
	(void)atrium;
	(void)user;
	after++;
}

static void no_error_any_more(struct atrium *atrium, int error, const char *text, void *user)
{
	(void)error;
	(void)text;
	not_any_more(atrium, user);
}

static void no_event_any_more(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)event;
	not_any_more(atrium, user);
}

static void defer_it(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)atrium;
	(void)user;
	assert_int_equal(atrium_defer(event), 0);
}

static int setup(void **state)
{
	(void)state;
	hub_open(&hub);
	calls = after = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hub_close(&hub);
	return 0;
}

static void freed_by_a_result(void **state)
{
	(void)state;
	hub_link(&hub);
	assert_int_equal(atrium_limit(hub.atrium, 1, 1000), 0);
	atrium_on_room(hub.atrium, not_any_more);
	assert_int_equal(atrium_count(hub.atrium, "r", free_it_by_result, NULL), 0);
	assert_int_equal(atrium_count(hub.atrium, "r", NULL, NULL), -EAGAIN);
	hub_listen(&hub);
	hub_acted(&hub, 1, "unavailable");
	assert_int_equal(calls, 1);
	assert_int_equal(after, 0);
}

static void freed_when_the_link_is_down(void **state)
{
	const struct msg drop = { .type = MSG_DROP, .drop = { .why = SLICE("enough") } };

	(void)state;
	hub_link(&hub);
	atrium_on_down(hub.atrium, free_it);
	atrium_on_error(hub.atrium, no_error_any_more);
	hub_say(&hub, &drop);
	assert_int_equal(calls, 1);
	assert_int_equal(after, 0);
}

/* The event behind those that are lost was not looked at: it is the next process's. */
static void freed_when_events_are_lost(void **state)
{
	struct msg_hello hello;

	(void)state;
	hub_link(&hub);
	hub_came(&hub, 1, "c1");
	hub_relink(&hub);
	atrium_on_missed(hub.atrium, free_it_by_event);
	atrium_on_connect(hub.atrium, no_event_any_more);
	hub_clear(&hub);
	hub_came(&hub, 5, "c5");
	assert_int_equal(calls, 1);
	assert_int_equal(after, 0);
	hub_hears_nothing(&hub);
	session_broken(hub.atrium);
	session_connected(hub.atrium);
	hello = hub_next(&hub, MSG_HELLO)->hello;
	assert_int_equal(hello.seen, 1);
}

static void freed_when_questions_are_withdrawn(void **state)
{
	(void)state;
	atrium_on_command(hub.atrium, NULL, defer_it);
	hub_link(&hub);
	hub_called(&hub, 1, false, "one");
	hub_called(&hub, 2, false, "two");
	atrium_on_withdrawn(hub.atrium, free_it_by_event);
	session_broken(hub.atrium);
	hub_clear(&hub);
	session_connected(hub.atrium);
	(void)hub_next(&hub, MSG_HELLO);
	hub.epoch++;
	hub_welcome(&hub);
	assert_int_equal(calls, 1);
}

static void serve_nothing(struct atrium *atrium, int error, const char *text, void *user)
{
	(void)text;
	(void)user;
	assert_int_equal(error, -EACCES);
	calls++;
	assert_int_equal(atrium_serve(atrium, "a", 0), 0);
	assert_int_equal(atrium_serve(atrium, "b", 0), 0);
	assert_int_equal(atrium_serve(atrium, "c", 0), 0);
}

/* What was wanted and may not be is not wanted any more: the walk over it is over. */
static void serves_less_when_it_may_not(void **state)
{
	struct msg msg = { .type = MSG_SERVED };

	(void)state;
	atrium_serve(hub.atrium, "a", ATRIUM_PEOPLE);
	atrium_serve(hub.atrium, "b", ATRIUM_PEOPLE);
	atrium_serve(hub.atrium, "c", ATRIUM_PEOPLE);
	atrium_on_error(hub.atrium, serve_nothing);
	session_connected(hub.atrium);
	(void)hub_next(&hub, MSG_HELLO);
	hub_welcome(&hub);
	msg.served.call = hub_next(&hub, MSG_SERVE)->serve.call;
	hub_say(&hub, &msg);
	assert_int_equal(calls, 1);
	assert_int_equal(hub_next(&hub, MSG_SERVE)->serve.patterns.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(freed_by_a_result),
		TEST(freed_when_the_link_is_down),
		TEST(freed_when_events_are_lost),
		TEST(freed_when_questions_are_withdrawn),
		TEST(serves_less_when_it_may_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
