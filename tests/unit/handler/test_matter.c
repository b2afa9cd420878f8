/* test_matter.c - events and questions: callbacks, deferring, answering, redelivery */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/handler/hub.h"

#include <stdio.h>

static struct hub hub;
static struct atrium_event *kept[16];
static unsigned kept_count;
static char trace[1000]; /* what was told, in order */
static bool deferring, freeing;
static struct atrium_event *withdrawn;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	size_t len = strlen(trace);
	va_list args;

	va_start(args, format);
	vsnprintf(trace + len, sizeof(trace) - len, format, args);
	va_end(args);
}

static void on_event(struct atrium *atrium, struct atrium_event *event, void *user)
{
	assert_ptr_equal(user, &hub);
	note("%d:%llu ", (int)event->kind, (unsigned long long)(event->seq + event->ask));
	if (deferring) {
		assert_int_equal(atrium_defer(event), 0);
		assert_int_equal(atrium_defer(event), -EALREADY);
		kept[kept_count++] = event;
	}
	if (freeing)
		atrium_free(atrium);
}

static void on_chat(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)atrium;
	(void)user;
	note("chat:%s ", event->body);
}

static void on_withdrawn(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)atrium;
	(void)user;
	withdrawn = event;
}

static void expect(const char *text)
{
	assert_string_equal(trace, text);
	trace[0] = '\0';
}

static void set_all(struct atrium *atrium, atrium_event_fn *fn)
{
	assert_int_equal(atrium_on_connect(atrium, fn), 0);
	assert_int_equal(atrium_on_state(atrium, fn), 0);
	assert_int_equal(atrium_on_disconnect(atrium, fn), 0);
	assert_int_equal(atrium_on_message(atrium, NULL, fn), 0);
	assert_int_equal(atrium_on_command(atrium, NULL, fn), 0);
	assert_int_equal(atrium_on_guard(atrium, NULL, fn), 0);
	assert_int_equal(atrium_on_missed(atrium, fn), 0);
	assert_int_equal(atrium_on_withdrawn(atrium, on_withdrawn), 0);
}

static int setup(void **state)
{
	(void)state;
	hub_open(&hub);
	set_all(hub.atrium, on_event);
	atrium_serve(hub.atrium, "*", 15);
	hub_link(&hub);
	kept_count = 0;
	trace[0] = '\0';
	deferring = freeing = false;
	withdrawn = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hub_close(&hub);
	return 0;
}

static void events_are_acknowledged_when_told(void **state)
{
	(void)state;
	hub_came(&hub, 1, "c1");
	hub_said(&hub, 2, "t", "\"a\":1");
	hub_said(&hub, 0, "typing", "");
	expect("1:1 3:2 3:0 ");
	assert_int_equal(hub_next(&hub, MSG_HANDLED)->handled.seen, 2);
	hub_hears_nothing(&hub);
}

static void callbacks_by_type(void **state)
{
	(void)state;
	atrium_on_message(hub.atrium, "chat", on_chat);
	hub_said(&hub, 1, "chat", "\"a\":1");
	hub_said(&hub, 2, "other", "");
	expect("chat:{\"a\":1} 3:2 ");
	atrium_on_message(hub.atrium, "chat", NULL);
	atrium_on_message(hub.atrium, NULL, NULL);
	hub_said(&hub, 3, "chat", "");
	expect("");
	assert_int_equal(hub_next(&hub, MSG_HANDLED)->handled.seen, 3);
	assert_int_equal(atrium_on_message(hub.atrium, "", on_chat), -EINVAL);
	assert_int_equal(atrium_on_message(NULL, "t", on_chat), -EINVAL);
}

static void deferred_ones_hold_back_what_is_handled(void **state)
{
	(void)state;
	deferring = true;
	for (uint64_t seq = 1; seq <= 4; seq++)
		hub_came(&hub, seq, "c1");
	deferring = false;
	hub_came(&hub, 5, "c1");
	hub_hears_nothing(&hub);
	atrium_done(kept[1]);
	hub_hears_nothing(&hub);
	atrium_done(kept[0]);
	assert_int_equal(hub_next(&hub, MSG_HANDLED)->handled.seen, 2);
	atrium_done(kept[3]);
	hub_hears_nothing(&hub);
	atrium_done(kept[2]);
	assert_int_equal(hub_next(&hub, MSG_HANDLED)->handled.seen, 5);
	atrium_done(NULL);
	assert_int_equal(atrium_defer(NULL), -EINVAL);
}

/* What is done because of an event goes to the hub before the word that it is handled. */
static void handled_comes_after_what_was_done(void **state)
{
	(void)state;
	deferring = true;
	hub_came(&hub, 1, "c1");
	atrium_say(hub.atrium, "r", "t", "{}");
	atrium_done(kept[0]);
	hub_next(&hub, MSG_ACT_PUBLISH);
	hub_next(&hub, MSG_HANDLED);
}

static void what_comes_again_is_told_once(void **state)
{
	struct msg_hello hello;

	(void)state;
	deferring = true;
	for (uint64_t seq = 1; seq <= 3; seq++)
		hub_came(&hub, seq, "c1");
	atrium_done(kept[1]);
	session_broken(hub.atrium);
	hub_clear(&hub);
	session_connected(hub.atrium);
	hub_greet(&hub, &hello);
	assert_int_equal(hello.seen, 0);
	for (uint64_t seq = 1; seq <= 4; seq++)
		hub_came(&hub, seq, "c1");
	expect("1:1 1:2 1:3 1:4 ");
	atrium_done(kept[0]);
	assert_int_equal(hub_next(&hub, MSG_HANDLED)->handled.seen, 2);
}

static void a_gap_begins_the_link_anew(void **state)
{
	(void)state;
	hub_came(&hub, 1, "c1");
	hub_came(&hub, 3, "c1");
	assert_int_equal(hub.atrium->session.state, SESSION_PAUSED);
	hub_clear(&hub);
	hub_time(&hub, SESSION_PAUSE_MS);
	hub_greet(&hub, NULL);
	hub_came(&hub, 2, "c1");
	hub_came(&hub, 3, "c1");
	expect("1:1 1:2 1:3 ");
}

static void a_loss_is_told(void **state)
{
	struct msg msg = { .type = MSG_MISSED, .missed = { 9, 7 } };

	(void)state;
	hub_came(&hub, 1, "c1");
	hub_relink(&hub);
	hub_came(&hub, 4, "c1");
	expect("1:1 4:0 1:4 ");
	deferring = true;
	hub_say(&hub, &msg);
	expect("4:9 ");
	assert_int_equal(kept[0]->missed, 5);
	atrium_done(kept[0]);
	assert_int_equal(hub_next(&hub, MSG_HANDLED)->handled.seen, 9);
}

/* What is deferred is still the user's; it is just not acknowledged to anyone. */
static void another_journal(void **state)
{
	(void)state;
	deferring = true;
	hub_came(&hub, 1, "c1");
	hub_called(&hub, 50, false, "roll");
	hub.epoch = 8;
	hub_relink(&hub);
	assert_ptr_equal(withdrawn, kept[1]);
	assert_int_equal(atrium_reply(kept[1], "{}"), -ECANCELED);
	hub_came(&hub, 1, "c2");
	assert_int_equal(kept[0]->journal, 7);
	assert_int_equal(kept[2]->journal, 8);
	assert_string_equal(kept[0]->id, "c1");
	atrium_done(kept[0]);
	atrium_done(kept[1]);
	hub_hears_nothing(&hub);
	atrium_done(kept[2]);
	assert_int_equal(hub_next(&hub, MSG_HANDLED)->handled.seen, 1);
}

/* After longer than its `keep`. */
static void a_hub_that_had_forgotten_us(void **state)
{
	(void)state;
	deferring = true;
	hub_came(&hub, 1, "c1");
	hub_came(&hub, 2, "c1");
	hub_relink(&hub);
	hub_came(&hub, 1, "c9");
	expect("1:1 1:2 1:1 ");
	atrium_done(kept[0]);
	atrium_done(kept[1]);
	hub_hears_nothing(&hub);
	atrium_done(kept[2]);
	assert_int_equal(hub_next(&hub, MSG_HANDLED)->handled.seen, 1);
}

static void freed_by_a_callback(void **state)
{
	(void)state;
	hub.atrium->inside = true;
	freeing = true;
	hub_came(&hub, 1, "c1");
	freeing = false;
	assert_true(hub.atrium->doomed);
	hub_came(&hub, 2, "c1");
	expect("1:1 1:2 ");
}

/* ---- questions ---- */

static void replies(void **state)
{
	const struct msg *msg;

	(void)state;
	deferring = true;
	hub_called(&hub, 50, false, "roll");
	assert_string_equal(kept[0]->command, "roll");
	assert_string_equal(kept[0]->body, "{\"a\":1}");
	assert_int_equal(kept[0]->deadline_ms, 2000);
	assert_int_equal(atrium_reply(kept[0], "not JSON"), -EINVAL);
	assert_int_equal(atrium_reply(kept[0], "[1]"), -EINVAL);
	assert_int_equal(atrium_pass(kept[0]), -EINVAL);
	assert_int_equal(atrium_reply(kept[0], " {\"sum\": 7} "), 0);
	assert_int_equal(atrium_reply(kept[0], "{}"), -EALREADY);
	assert_int_equal(atrium_refuse(kept[0], NULL, NULL), -EALREADY);
	atrium_done(kept[0]);
	msg = hub_next(&hub, MSG_ANSWER);
	assert_int_equal(msg->answer.ask, 50);
	assert_slice(msg->answer.body, "\"sum\": 7");
	assert_slice(msg->answer.error, "");
	hub_hears_nothing(&hub);
}

static void rulings(void **state)
{
	const struct msg *msg;

	(void)state;
	deferring = true;
	for (uint64_t ask = 1; ask <= 4; ask++)
		hub_guarded(&hub, ask, false, "move");
	assert_int_equal(atrium_pass(kept[0]), 0);
	assert_int_equal(atrium_change(kept[1], "moved", ATRIUM_JSON, "{\"id\":2}", 0), 0);
	assert_int_equal(atrium_change(kept[2], "", ATRIUM_JSON, "{}", 0), -EINVAL);
	assert_int_equal(atrium_change(kept[2], "t", ATRIUM_TEXT, "\xff", 1), -EINVAL);
	assert_int_equal(atrium_change(kept[2], "t", (enum atrium_format)9, "{}", 0), -EINVAL);
	assert_int_equal(atrium_refuse(kept[2], "Not a code", NULL), -EINVAL);
	assert_int_equal(atrium_refuse(kept[2], "", NULL), -EINVAL);
	assert_int_equal(atrium_refuse(kept[2], "bad", "\xff"), -EINVAL);
	assert_int_equal(atrium_reply(kept[2], "{}"), -EINVAL);
	assert_int_equal(atrium_refuse(kept[2], "not_your_turn", "wait"), 0);
	for (unsigned i = 0; i < 4; i++)
		atrium_done(kept[i]); /* the last was not answered */
	assert_int_equal(hub_next(&hub, MSG_RULING)->ruling.ruling, RULING_PASS);
	msg = hub_next(&hub, MSG_RULING);
	assert_int_equal(msg->ruling.ruling, RULING_CHANGE);
	assert_int_equal(msg->ruling.format, EVENT_PARAM);
	assert_slice(msg->ruling.type, "moved");
	assert_slice(msg->ruling.body, "\"id\":2");
	msg = hub_next(&hub, MSG_RULING);
	assert_int_equal(msg->ruling.ruling, RULING_REFUSE);
	assert_slice(msg->ruling.error, "not_your_turn");
	assert_slice(msg->ruling.text, "wait");
	msg = hub_next(&hub, MSG_RULING);
	assert_int_equal(msg->ruling.ruling, RULING_REFUSE);
	assert_slice(msg->ruling.error, "unavailable");
}

static void what_no_one_answers_is_refused(void **state)
{
	(void)state;
	hub_called(&hub, 1, false, "roll"); /* the callback just returns */
	assert_slice(hub_next(&hub, MSG_ANSWER)->answer.error, "unavailable");
	atrium_on_command(hub.atrium, NULL, NULL);
	atrium_on_guard(hub.atrium, NULL, NULL);
	hub_next(&hub, MSG_SERVE);
	hub_called(&hub, 2, false, "roll");
	assert_slice(hub_next(&hub, MSG_ANSWER)->answer.error, "unsupported");
	hub_guarded(&hub, 3, false, "move");
	assert_slice(hub_next(&hub, MSG_RULING)->ruling.error, "refused");
	hub_hears_nothing(&hub);
}

static void asked_again(void **state)
{
	(void)state;
	deferring = true;
	hub_called(&hub, 1, false, "roll");
	hub_called(&hub, 2, false, "roll");
	assert_int_equal(atrium_reply(kept[0], "{\"sum\":3}"), 0);
	atrium_done(kept[0]);
	hub_next(&hub, MSG_ANSWER);
	hub_relink(&hub);
	hub_called(&hub, 1, true, "roll"); /* the answer got lost */
	assert_slice(hub_next(&hub, MSG_ANSWER)->answer.body, "\"sum\":3");
	hub_called(&hub, 2, true, "roll"); /* it is deferred still */
	hub_called(&hub, 3, true, "roll"); /* another process was asked */
	expect("5:1 5:2 5:3 ");
	assert_int_equal(kept[2]->again, 1);
	hub_hears_nothing(&hub);
	atrium_reply(kept[1], NULL);
	atrium_done(kept[1]);
	assert_int_equal(hub_next(&hub, MSG_ANSWER)->answer.ask, 2);
}

/* Of what is answered while the hub is away. */
static void answers_wait_for_the_hub(void **state)
{
	(void)state;
	deferring = true;
	hub_called(&hub, 1, false, "roll");
	session_broken(hub.atrium);
	hub_clear(&hub);
	atrium_reply(kept[0], "{}");
	atrium_done(kept[0]);
	hub_hears_nothing(&hub);
	session_connected(hub.atrium);
	hub_greet(&hub, NULL);
	hub_called(&hub, 1, true, "roll");
	assert_int_equal(hub_next(&hub, MSG_ANSWER)->answer.ask, 1);
	hub_listen(&hub);
	expect("5:1 ");
}

static void withdrawn_questions(void **state)
{
	struct msg msg = { .type = MSG_WITHDRAWN, .withdrawn = { 1 } };

	(void)state;
	deferring = true;
	hub_guarded(&hub, 1, false, "move");
	hub_say(&hub, &msg);
	assert_ptr_equal(withdrawn, kept[0]);
	withdrawn = NULL;
	hub_say(&hub, &msg);
	assert_null(withdrawn);
	assert_int_equal(atrium_pass(kept[0]), -ECANCELED);
	atrium_done(kept[0]);
	hub_hears_nothing(&hub);
	hub_say(&hub, &msg); /* of one that is not there */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static struct atrium_event seen;

static void on_state(struct atrium *atrium, struct atrium_event *event, void *user)
{
	const struct atrium_entry *entry = event->changes;

	(void)atrium;
	(void)user;
	seen = *event;
	note("%s@%s by %s: ", event->room, event->user, event->nickname);
	for (; entry; entry = entry->next)
		note("%s=%s@%llu ", entry->key, entry->value ? entry->value : "(none)",
			(unsigned long long)entry->rev);
}

static void states_are_told(void **state)
{
	struct msg_stateop ops[] = { { .key = SLICE("a"), .value = SLICE("[1]") },
		{ .key = SLICE("b"), .remove = 1 } };
	struct msg msg = { .type = MSG_CHANGED,
		.changed = { .seq = 9,
			.room = SLICE("r"),
			.epoch = 5,
			.offset = 4,
			.time = 3,
			.rev = 2,
			.id = SLICE("i"),
			.nickname = SLICE("Ann"),
			.user = SLICE("ann") } };
	struct buf raw = { .cap = 0 };

	(void)state;
	atrium_on_state(hub.atrium, on_state);
	for (size_t i = 0; i < 2; i++)
		msg_add_stateop(&raw, &msg.changed.ops, &ops[i]);
	hub_say(&hub, &msg);
	expect("r@ann by Ann: a=[1]@2 b=(none)@2 ");
	assert_int_equal(seen.kind, ATRIUM_CHANGED);
	assert_int_equal(seen.seq, 9);
	assert_int_equal(seen.epoch, 5);
	assert_int_equal(seen.offset, 4);
	assert_int_equal(seen.time, 3);
	assert_int_equal(seen.rev, 2);
	assert_int_equal(hub_next(&hub, MSG_HANDLED)->handled.seen, 9);
	/* it has come before; then the state is gone */
	hub_say(&hub, &msg);
	expect("");
	msg.changed.seq = 10;
	msg.changed.ops = (struct msg_list){ .count = 0 };
	hub_say(&hub, &msg);
	expect("r@ann by Ann: ");
	assert_null(seen.changes);
	buf_done(&raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(states_are_told),
		TEST(events_are_acknowledged_when_told),
		TEST(callbacks_by_type),
		TEST(deferred_ones_hold_back_what_is_handled),
		TEST(handled_comes_after_what_was_done),
		TEST(what_comes_again_is_told_once),
		TEST(a_gap_begins_the_link_anew),
		TEST(a_loss_is_told),
		TEST(another_journal),
		TEST(a_hub_that_had_forgotten_us),
		TEST(freed_by_a_callback),
		TEST(replies),
		TEST(rulings),
		TEST(what_no_one_answers_is_refused),
		TEST(asked_again),
		TEST(answers_wait_for_the_hub),
		TEST(withdrawn_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
