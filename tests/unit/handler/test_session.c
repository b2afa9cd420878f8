/* test_session.c - the link to a hub: greetings, order, breaks, drops, what cannot be understood */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/handler/hub.h"

#include <stdio.h>

#include "tests/unit/handlers.h"

static struct hub hub;
static unsigned ups, downs, errors;
static int last_error;
static char last_text[200];

static void on_up(struct atrium *atrium, void *user)
{
	(void)atrium;
	assert_ptr_equal(user, &hub);
	ups++;
}

static void on_down(struct atrium *atrium, void *user)
{
	(void)atrium;
	(void)user;
	downs++;
}

static void on_error(struct atrium *atrium, int error, const char *text, void *user)
{
	(void)atrium;
	(void)user;
	errors++;
	last_error = error;
	snprintf(last_text, sizeof(last_text), "%s", text);
}

static void on_event(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)atrium;
	(void)event;
	(void)user;
}

static int setup(void **state)
{
	(void)state;
	hub_open(&hub);
	ups = downs = errors = 0;
	last_error = 0;
	assert_int_equal(atrium_on_up(hub.atrium, on_up), 0);
	assert_int_equal(atrium_on_down(hub.atrium, on_down), 0);
	assert_int_equal(atrium_on_error(hub.atrium, on_error), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hub_close(&hub);
	return 0;
}

static void handles_all_that_is_for_handlers(void **state)
{
	(void)state;
	check_handlers(&handler_dispatch);
}

static void greets_and_serves_before_anything_else(void **state)
{
	const struct msg *msg;

	(void)state;
	assert_int_equal(atrium_serve(hub.atrium, "a-*", ATRIUM_PEOPLE | ATRIUM_CALLS), 0);
	assert_int_equal(atrium_say(hub.atrium, "a-1", "t", "{}"), 0);
	hub_hears_nothing(&hub);
	session_connected(hub.atrium);
	msg = hub_next(&hub, MSG_HELLO);
	assert_int_equal(msg->hello.process, PROCESS_HANDLER);
	assert_int_equal(msg->hello.epoch, 5);
	assert_int_equal(msg->hello.peer_epoch, 0);
	assert_slice(msg->hello.name, "bot");
	hub_hears_nothing(&hub);
	hub_welcome(&hub);
	assert_int_equal(ups, 0);
	msg = hub_next(&hub, MSG_SERVE);
	assert_int_equal(msg->serve.patterns.count, 1);
	hub_next(&hub, MSG_ACT_PUBLISH);
	hub_served(&hub, msg->serve.call);
	assert_int_equal(ups, 1);
	assert_int_equal(atrium_is_up(hub.atrium), 1);
	assert_int_equal(errors, 0);
}

/* Calls are not asked for when there is no callback for any; commands are told by name. */
static void serve_tells_what_there_are_callbacks_for(void **state)
{
	struct msg_list list;
	struct msg_pattern pattern;
	struct msg_command command;

	(void)state;
	atrium_serve(hub.atrium, "a", ATRIUM_PEOPLE | ATRIUM_CALLS);
	atrium_serve(hub.atrium, "b", ATRIUM_CALLS);
	hub_link(&hub);
	list = hub.heard[1].serve.patterns;
	assert_true(msg_next_pattern(&list, &pattern));
	assert_int_equal(pattern.what, ATRIUM_PEOPLE);
	assert_false(msg_next_pattern(&list, &pattern));
	assert_int_equal(atrium_on_command(hub.atrium, "roll", on_event), 0);
	list = hub_next(&hub, MSG_SERVE)->serve.commands;
	assert_true(msg_next_command(&list, &command));
	assert_slice(command.name, "roll");
	assert_int_equal(atrium_on_command(hub.atrium, NULL, on_event), 0);
	assert_int_equal(hub_next(&hub, MSG_SERVE)->serve.commands.count, 0);
}

static void what_it_may_not_serve_is_told(void **state)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg msg = { .type = MSG_SERVED };
	struct msg_pattern rows[] = { { SLICE("hall-*"), 7 }, { SLICE("hall-*"), 8 },
		{ SLICE("x"), 1 } };
	const char *pattern = NULL;

	(void)state;
	atrium_serve(hub.atrium, "hall-1*", ATRIUM_PEOPLE | ATRIUM_GUARD);
	atrium_serve(hub.atrium, "x", ATRIUM_MESSAGES);
	session_connected(hub.atrium);
	hub_next(&hub, MSG_HELLO);
	hub_welcome(&hub);
	msg.served.call = hub_next(&hub, MSG_SERVE)->serve.call;
	for (size_t i = 0; i < 3; i++)
		msg_add_pattern(&raw, &msg.served.allowed, &rows[i]);
	hub_say(&hub, &msg);
	assert_int_equal(errors, 1);
	assert_int_equal(last_error, -EACCES);
	assert_non_null(strstr(last_text, "serve all of: x"));
	assert_int_equal(ups, 1);
	assert_int_equal(atrium_allowed(hub.atrium, 0, &pattern), 15);
	assert_string_equal(pattern, "hall-*");
	assert_int_equal(atrium_allowed(hub.atrium, 1, &pattern), 1);
	assert_int_equal(atrium_allowed(hub.atrium, 2, &pattern), -ENOENT);
}

static void breaks_and_links_again(void **state)
{
	struct msg_hello hello;

	(void)state;
	hub_link(&hub);
	hub_came(&hub, 41, "c1");
	assert_int_equal(hub_next(&hub, MSG_HANDLED)->handled.seen, 41);
	session_broken(hub.atrium);
	assert_int_equal(downs, 1);
	assert_int_equal(atrium_is_up(hub.atrium), 0);
	hub_hears_nothing(&hub);
	session_connected(hub.atrium);
	hub_greet(&hub, &hello);
	assert_int_equal(hello.peer_epoch, 7);
	assert_int_equal(hello.seen, 41);
	assert_int_equal(ups, 2);
	hub_hears_nothing(&hub);
}

static void actions_are_sent_again_in_order_with_the_same_mid(void **state)
{
	char first[64];
	struct slice mid;

	(void)state;
	hub_link(&hub);
	atrium_say(hub.atrium, "r", "one", "{}");
	atrium_join(hub.atrium, "c1", "r", NULL, NULL);
	atrium_say(hub.atrium, "r", "two", "{}");
	mid = hub_next(&hub, MSG_ACT_PUBLISH)->act_publish.mid;
	assert_true(mid.len > 0 && mid.len < sizeof(first));
	memcpy(first, mid.ptr, mid.len);
	first[mid.len] = '\0';
	hub_next(&hub, MSG_ACT_JOIN);
	hub_next(&hub, MSG_ACT_PUBLISH);
	hub_acted(&hub, 2, "");
	hub_relink(&hub);
	assert_slice(hub_next(&hub, MSG_ACT_PUBLISH)->act_publish.mid, first);
	assert_slice(hub_next(&hub, MSG_ACT_PUBLISH)->act_publish.type, "two");
	hub_hears_nothing(&hub);
	assert_int_equal(atrium_pending(hub.atrium), 2);
}

/* Of an earlier connection, or before its WELCOME. */
static void what_is_not_of_this_link_is_ignored(void **state)
{
	uint32_t generation;

	(void)state;
	hub_link(&hub);
	generation = hub.generation;
	session_broken(hub.atrium);
	hub_clear(&hub);
	session_connected(hub.atrium);
	hub_next(&hub, MSG_HELLO);
	hub_came(&hub, 1, "c1"); /* no WELCOME yet */
	hub.generation = generation;
	hub_welcome(&hub);
	hub_hears_nothing(&hub);
	hub.generation = generation + 1;
	hub_welcome(&hub);
	hub_next(&hub, MSG_SERVE);
	assert_int_equal(errors, 0);
}

static void drop(const char *why)
{
	struct msg msg = { .type = MSG_DROP, .drop = { slice_of(why) } };

	hub_say(&hub, &msg);
}

/* It is not let in: it asks again, ever more rarely. */
static void is_not_let_in(void **state)
{
	uint64_t pause = SESSION_PAUSE_MS;

	(void)state;
	session_connected(hub.atrium);
	for (unsigned i = 1; i < 12; i++) {
		hub_next(&hub, MSG_HELLO);
		drop("no section of the settings");
		assert_int_equal(errors, i);
		assert_int_equal(last_error, -EACCES);
		assert_int_equal(session_due(hub.atrium), hub.now + pause);
		hub_time(&hub, pause - 1);
		hub_hears_nothing(&hub);
		hub_time(&hub, 1);
		pause = pause * 2 < SESSION_PAUSE_MAX_MS ? pause * 2 : SESSION_PAUSE_MAX_MS;
	}
	hub_greet(&hub, NULL);
	assert_int_equal(ups, 1);
	assert_int_equal(downs, 0);
}

static void drop_while_up(void **state)
{
	(void)state;
	hub_link(&hub);
	drop("it does not read what it is answered");
	assert_int_equal(last_error, -ECONNRESET);
	assert_int_equal(downs, 1);
	session_broken(hub.atrium);
	hub_time(&hub, SESSION_PAUSE_MS);
	hub_hears_nothing(&hub);
	session_connected(hub.atrium);
	hub_greet(&hub, NULL);
}

static void replaced_for_good(void **state)
{
	(void)state;
	hub_link(&hub);
	drop("replaced by another process of this name");
	assert_int_equal(last_error, -EEXIST);
	assert_int_equal(downs, 1);
	session_broken(hub.atrium);
	session_connected(hub.atrium);
	hub_time(&hub, 1000 * 1000);
	hub_hears_nothing(&hub);
	assert_int_equal(hub.atrium->session.state, SESSION_REPLACED);
}

static void another_version(void **state)
{
	_cleanup_(buf_done) struct buf bytes = { .cap = 0 };
	struct msg msg = { .type = MSG_DROP, .drop = { SLICE("upgrade") } };

	(void)state;
	session_connected(hub.atrium);
	hub_next(&hub, MSG_HELLO);
	hub_say_bytes(&hub, HANDLER_VERSION + 1, SLICE("what it is no one knows"));
	assert_int_equal(last_error, -EPROTONOSUPPORT);
	hub_time(&hub, SESSION_PAUSE_MS);
	hub_next(&hub, MSG_HELLO);
	msg_encode(&bytes, &msg);
	hub_say_bytes(&hub, HANDLER_VERSION + 1, buf_slice(&bytes));
	assert_int_equal(last_error, -EPROTONOSUPPORT);
	assert_non_null(strstr(last_text, "upgrade"));
	assert_int_equal(errors, 2);
}

/* Each message cut at each place: an error, the link anew, and what was sent is sent again. */
static void bytes_that_cannot_be_decoded(void **state)
{
	_cleanup_(buf_done) struct buf bytes = { .cap = 0 };
	struct msg msg = { .type = MSG_CAME, .came = { .seq = 1, .room = SLICE("r") } };

	(void)state;
	msg_encode(&bytes, &msg);
	session_connected(hub.atrium);
	for (size_t len = 1; len < bytes.len; len++) {
		hub_greet(&hub, NULL);
		hub_say_bytes(&hub, HANDLER_VERSION, slice_make(bytes.data, len));
		assert_int_equal(last_error, -EBADMSG);
		assert_int_equal(errors, len);
		hub_time(&hub, SESSION_PAUSE_MAX_MS);
		hub_listen(&hub);
		if (len + 1 < bytes.len)
			hub.at = hub.count - 1;
		if (hub.count > 30) {
			hub_clear(&hub);
			session_broken(hub.atrium);
			session_connected(hub.atrium);
		}
	}
}

static void what_a_hub_may_not_say(void **state)
{
	struct msg msg = { .type = MSG_ACT_JOIN };

	(void)state;
	hub_link(&hub);
	hub_say(&hub, &msg);
	assert_int_equal(last_error, -EBADMSG);
	assert_int_equal(downs, 1);
}

/* Of a code that is not known here; but not if it is cut. */
static void messages_of_newer_hubs(void **state)
{
	(void)state;
	hub_link(&hub);
	hub_say_bytes(&hub, HANDLER_VERSION, SLICE("\xfe\x02\0\0\0ab\xfe\0\0\0\0"));
	assert_int_equal(errors, 0);
	hub_say_bytes(&hub, HANDLER_VERSION, SLICE("\xfe\x03\0\0\0ab"));
	assert_int_equal(last_error, -EBADMSG);
}

static void short_batches_are_nothing(void **state)
{
	(void)state;
	hub_link(&hub);
	for (size_t len = 0; len < BATCH_HEADER_LEN; len++)
		session_receive(hub.atrium, slice_make("12345678901234", len));
	hub_say_bytes(&hub, HANDLER_VERSION, SLICE(""));
	assert_int_equal(errors, 0);
	assert_int_equal(atrium_is_up(hub.atrium), 1);
}

/* A batch that could not be sent is not made anew, and not sent twice. */
static void batch_waits_until_it_is_sent(void **state)
{
	struct slice batch, again;

	(void)state;
	hub_link(&hub);
	atrium_say(hub.atrium, "r", "one", "{}");
	assert_true(session_compose(hub.atrium, &batch));
	atrium_say(hub.atrium, "r", "two", "{}");
	assert_true(session_compose(hub.atrium, &again));
	assert_int_equal(batch.len, again.len);
	hub_hear(&hub, again);
	session_sent(hub.atrium);
	assert_slice(hub_next(&hub, MSG_ACT_PUBLISH)->act_publish.type, "one");
	assert_slice(hub_next(&hub, MSG_ACT_PUBLISH)->act_publish.type, "two");
	hub_hears_nothing(&hub);
}

static void large_queues_go_in_several_batches(void **state)
{
	static char body[100 * 1024];

	(void)state;
	memset(body, ' ', sizeof(body) - 1);
	body[0] = '{';
	body[sizeof(body) - 2] = '}';
	hub_link(&hub);
	hub.batches = 0;
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(atrium_say(hub.atrium, "r", "t", body), 0);
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(hub_next(&hub, MSG_ACT_PUBLISH)->act_publish.call, i + 1);
	assert_true(hub.batches > 2 && hub.batches < 10);
	assert_true(hub.atrium->session.batch.cap <= (size_t)2 * SESSION_BATCH_MAX);
}

static void names(void **state)
{
	struct atrium *atrium = NULL;
	char name[66] = "";

	(void)state;
	assert_int_equal(handler_new("", NULL, 1, &atrium), -EINVAL);
	assert_int_equal(handler_new(NULL, NULL, 1, &atrium), -EINVAL);
	assert_int_equal(handler_new("a b", NULL, 1, &atrium), -EINVAL);
	assert_int_equal(handler_new("\xc3\xa4", NULL, 1, &atrium), -EINVAL);
	memset(name, 'x', 65);
	assert_int_equal(handler_new(name, NULL, 1, &atrium), -EINVAL);
	name[64] = '\0';
	assert_int_equal(handler_new(name, NULL, 1, &atrium), 0);
	assert_string_equal(atrium_name(atrium), name);
	assert_null(atrium_user(atrium));
	handler_free(atrium);
	handler_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(handles_all_that_is_for_handlers),
		TEST(greets_and_serves_before_anything_else),
		TEST(serve_tells_what_there_are_callbacks_for),
		TEST(what_it_may_not_serve_is_told),
		TEST(breaks_and_links_again),
		TEST(actions_are_sent_again_in_order_with_the_same_mid),
		TEST(what_is_not_of_this_link_is_ignored),
		TEST(is_not_let_in),
		TEST(drop_while_up),
		TEST(replaced_for_good),
		TEST(another_version),
		TEST(bytes_that_cannot_be_decoded),
		TEST(what_a_hub_may_not_say),
		TEST(messages_of_newer_hubs),
		TEST(short_batches_are_nothing),
		TEST(batch_waits_until_it_is_sent),
		TEST(large_queues_go_in_several_batches),
		TEST(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
