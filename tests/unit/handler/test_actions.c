/* test_actions.c - actions: what goes to the hub, what comes back, limits */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/handler/hub.h"

#include <stdio.h>

static struct hub hub;
static char trace[2000];
static unsigned rooms, errors;
static int last_error;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	size_t len = strlen(trace);
	va_list args;

	va_start(args, format);
	vsnprintf(trace + len, sizeof(trace) - len, format, args);
	va_end(args);
}

static void expect(const char *text)
{
	assert_string_equal(trace, text);
	trace[0] = '\0';
}

/* All that a result has. */
static void on_result(struct atrium *atrium, const struct atrium_result *result, void *arg)
{
	(void)atrium;
	note("%s %s e%d o%d r%d c%d u%d m%d", (const char *)arg,
		result->error ? result->error : "ok", (int)result->epoch, (int)result->offset,
		(int)result->rev, (int)result->count, (int)result->users, result->more);
	for (const struct atrium_entry *e = result->entries; e; e = e->next)
		note(" [%s %d %s %zu]", e->key, (int)e->rev, e->value, e->value_len);
	for (const struct atrium_kept *k = result->messages; k; k = k->next)
		note(" [%d %s %s %s]", (int)k->offset, k->type, k->body, k->nickname);
	for (const struct atrium_member *m = result->members; m; m = m->next)
		note(" [%s %s %s]", m->id, m->nickname, m->user);
	for (const struct atrium_room *r = result->rooms; r; r = r->next)
		note(" [%s %d %d]", r->name, (int)r->count, (int)r->kept);
	if (result->connection)
		note(" [%s %s %s %s %d]", result->connection->id, result->connection->meta,
			result->connection->rooms->name, result->connection->rooms->next->name,
			result->connection->here);
	note("; ");
}

static void on_room(struct atrium *atrium, void *user)
{
	(void)atrium;
	(void)user;
	rooms++;
}

static void on_error(struct atrium *atrium, int error, const char *text, void *user)
{
	(void)atrium;
	(void)user;
	errors++;
	last_error = error;
	note("%s; ", text);
}

static int setup(void **state)
{
	(void)state;
	hub_open(&hub);
	atrium_on_room(hub.atrium, on_room);
	atrium_on_error(hub.atrium, on_error);
	hub_link(&hub);
	trace[0] = '\0';
	rooms = errors = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (hub.atrium)
		hub_close(&hub);
	return 0;
}

static void publishes(void **state)
{
	struct atrium_message message = {
		.type = "t", .body = "{\"a\":1}", .ephemeral = 1, .except = "c2", .mid = "mine"
	};
	const struct msg *msg;

	(void)state;
	assert_int_equal(atrium_publish(hub.atrium, "r", &message, on_result, "publish"), 0);
	msg = hub_next(&hub, MSG_ACT_PUBLISH);
	assert_slice(msg->act_publish.room, "r");
	assert_slice(msg->act_publish.type, "t");
	assert_slice(msg->act_publish.body, "\"a\":1");
	assert_slice(msg->act_publish.mid, "mine");
	assert_slice(msg->act_publish.except, "c2");
	assert_int_equal(msg->act_publish.flags, EVENT_EPHEMERAL);
	hub_acted(&hub, msg->act_publish.call, "");
	expect("publish ok e0 o9 r0 c2 u0 m0; ");
	hub_acted(&hub, msg->act_publish.call, ""); /* once */
	expect("");
}

static void formats(void **state)
{
	struct atrium_message message = {
		.type = "t", .format = ATRIUM_BINARY, .body = "\0\1", .body_len = 2
	};
	const struct msg *msg;

	(void)state;
	assert_int_equal(atrium_publish(hub.atrium, "r", &message, NULL, NULL), 0);
	msg = hub_next(&hub, MSG_ACT_PUBLISH);
	assert_int_equal(msg->act_publish.format, EVENT_BINARY);
	assert_int_equal(msg->act_publish.body.len, 2);
	message = (struct atrium_message){ .type = "t", .format = ATRIUM_TEXT, .body = "hi" };
	assert_int_equal(atrium_send(hub.atrium, "user:ann", &message, NULL, NULL), 0);
	msg = hub_next(&hub, MSG_ACT_SEND);
	assert_int_equal(msg->act_send.format, EVENT_TEXT);
	assert_slice(msg->act_send.body, "hi");
	assert_slice(msg->act_send.target, "user:ann");
	assert_int_equal(atrium_tell(hub.atrium, "c1", "t", NULL), 0);
	assert_slice(hub_next(&hub, MSG_ACT_SEND)->act_send.body, "");
	/* a name of the server's, as it is or with escapes */
	assert_int_equal(atrium_say(hub.atrium, "r", "t", "{\"a\":1,\"room\":2}"), 0);
	assert_int_equal(hub_next(&hub, MSG_ACT_PUBLISH)->act_publish.format, EVENT_PARAM);
	assert_int_equal(atrium_say(hub.atrium, "r", "t", "{\"\\u0069d\":2}"), 0);
	assert_int_equal(hub_next(&hub, MSG_ACT_PUBLISH)->act_publish.format, EVENT_PARAM);
	assert_int_equal(atrium_say(hub.atrium, "r", "t", "{\"a\":{\"id\":2}}"), 0);
	assert_int_equal(hub_next(&hub, MSG_ACT_PUBLISH)->act_publish.format, EVENT_MEMBERS);
}

static void what_can_never_be_right(void **state)
{
	struct atrium *atrium = hub.atrium;
	struct atrium_message message = { .type = "t" };
	static char deep[100], large[16 * 1024 * 1024 + 3];

	(void)state;
	assert_int_equal(atrium_say(NULL, "r", "t", "{}"), -EINVAL);
	assert_int_equal(atrium_say(atrium, "", "t", "{}"), -EINVAL);
	assert_int_equal(atrium_say(atrium, NULL, "t", "{}"), -EINVAL);
	assert_int_equal(atrium_say(atrium, "r", NULL, "{}"), -EINVAL);
	assert_int_equal(atrium_say(atrium, "r", "t", "{"), -EINVAL);
	message.body_len = 100;
	assert_int_equal(atrium_publish(atrium, "r", &message, NULL, NULL), -EINVAL);
	message.format = ATRIUM_BINARY;
	assert_int_equal(atrium_publish(atrium, "r", &message, NULL, NULL), -EINVAL);
	message = (struct atrium_message){ .type = "t" };
	assert_int_equal(atrium_say(atrium, "r", "t", "{} {}"), -EINVAL);
	assert_int_equal(atrium_say(atrium, "r", "t", "\"text\""), -EINVAL);
	memset(deep, '[', 32);
	memset(deep + 32, ']', 32);
	memmove(deep + 5, deep, 64);
	memcpy(deep, "{\"a\":", 5);
	deep[69] = '}';
	assert_int_equal(atrium_say(atrium, "r", "t", deep), -EINVAL);
	memset(large, ' ', sizeof(large) - 1);
	assert_int_equal(atrium_say(atrium, "r", "t", large), -EMSGSIZE);
	message.reserved[3] = "";
	assert_int_equal(atrium_publish(atrium, "r", &message, NULL, NULL), -EINVAL);
	message = (struct atrium_message){ .type = "t", .mid = "" };
	assert_int_equal(atrium_publish(atrium, "r", &message, NULL, NULL), -EINVAL);
	message = (struct atrium_message){ .type = "t", .except = "a b" };
	assert_int_equal(atrium_broadcast(atrium, &message, NULL, NULL), -EINVAL);
	message = (struct atrium_message){ .type = "t", .ephemeral = 1 };
	assert_int_equal(atrium_send(atrium, "c1", &message, NULL, NULL), -EINVAL);
	assert_int_equal(atrium_tell(atrium, "a b", "t", NULL), -EINVAL);
	assert_int_equal(atrium_join(atrium, "user:", "r", NULL, NULL), -EINVAL);
	assert_int_equal(atrium_leave(atrium, "c1", "", NULL, NULL), -EINVAL);
	assert_int_equal(atrium_close(atrium, "c1", 65536, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(atrium_history(atrium, "", 0, 0, NULL, NULL), -EINVAL);
	assert_int_equal(atrium_history_page(atrium, "", 0, 0, 0, NULL, NULL), -EINVAL);
	assert_int_equal(atrium_history_page(atrium, "", 0, 7, 0, NULL, NULL), -EINVAL);
	assert_int_equal(atrium_members(atrium, "r", "a b", 0, NULL, NULL), -EINVAL);
	assert_int_equal(atrium_connection_get(atrium, "", NULL, NULL), -EINVAL);
	assert_int_equal(atrium_limit(atrium, 0, 1), -EINVAL);
	assert_int_equal(atrium_serve(atrium, "", 1), -EINVAL);
	assert_int_equal(atrium_serve(atrium, NULL, 1), -EINVAL);
	assert_int_equal(atrium_serve(atrium, "r", 32), -EINVAL);
	hub_hears_nothing(&hub);
	assert_int_equal(atrium_pending(atrium), 0);
}

static void patterns_have_a_limit(void **state)
{
	char pattern[20];

	(void)state;
	for (int i = 0; i < 256; i++) {
		snprintf(pattern, sizeof(pattern), "r%d", i);
		assert_int_equal(atrium_serve(hub.atrium, pattern, 1), 0);
	}
	assert_int_equal(atrium_serve(hub.atrium, "one more", 1), -ENOSPC);
	assert_int_equal(atrium_serve(hub.atrium, "r7", 2), 0);
	assert_int_equal(atrium_serve(hub.atrium, "r7", 0), 0);
	assert_int_equal(atrium_serve(hub.atrium, "one more", 1), 0);
	assert_int_equal(hub_next(&hub, MSG_SERVE)->serve.patterns.count, 256);
}

static void states(void **state)
{
	const struct atrium_op ops[] = { { ATRIUM_SET, "a", " [1] ", 0 },
		{ ATRIUM_DELETE, "b", NULL, 0 }, { ATRIUM_IF, "c", NULL, 4 } };
	struct atrium_op bad = { .key = "a", .value = "1,2" };
	const char *keys[] = { "a", "b" };
	const struct msg *msg;
	struct msg_list list;
	struct msg_stateop op;
	struct msg_statecheck check;

	(void)state;
	assert_int_equal(atrium_state_apply(hub.atrium, "r", &bad, 1, NULL, NULL, NULL), -EINVAL);
	bad.value = "";
	assert_int_equal(atrium_state_apply(hub.atrium, "r", &bad, 1, NULL, NULL, NULL), -EINVAL);
	bad.value = NULL;
	assert_int_equal(atrium_state_apply(hub.atrium, "r", &bad, 1, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(atrium_state_apply(hub.atrium, "r", ops, 0, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(atrium_state_apply(hub.atrium, "r", ops, 3, NULL, on_result, "state"), 0);
	msg = hub_next(&hub, MSG_ACT_STATE);
	list = msg->act_state.ops;
	assert_true(msg_next_stateop(&list, &op));
	assert_slice(op.value, " [1] ");
	assert_true(msg_next_stateop(&list, &op));
	assert_int_equal(op.remove, 1);
	list = msg->act_state.checks;
	assert_true(msg_next_statecheck(&list, &check));
	assert_int_equal(check.rev, 4);
	assert_true(msg->act_state.mid.len > 0);
	assert_int_equal(atrium_state_get(hub.atrium, "r", NULL, NULL, NULL), 0);
	assert_int_equal(hub_next(&hub, MSG_ASK_STATE)->ask_state.keys.count, 0);
	assert_int_equal(atrium_state_get_keys(hub.atrium, "r", keys, 2, NULL, NULL), 0);
	assert_int_equal(hub_next(&hub, MSG_ASK_STATE)->ask_state.keys.count, 2);
	keys[1] = "";
	assert_int_equal(atrium_state_get_keys(hub.atrium, "r", keys, 2, NULL, NULL), -EINVAL);
}

/* Lists of each kind, and an error. */
static void results(void **state)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg msg = { .type = MSG_STATE_IS,
		.state_is = { 1, SLICE("conflict"), 5, 6, 7, { 0 } } };
	struct msg_stateentry entry = { SLICE("k"), 3, SLICE("[1]") };
	struct msg_kept kept = { .offset = 8, .type = SLICE("t"), .body = SLICE("\"a\":1") };
	struct msg_member member = { SLICE("c1"), SLICE("Ann"), SLICE("ann") };
	struct msg_roominfo room = { .name = SLICE("r"), .count = 2, .kept = 3 };
	struct msg_roomname name = { SLICE("r1") };

	(void)state;
	atrium_state_get(hub.atrium, "r", "", on_result, "state");
	atrium_history(hub.atrium, "r", 0, 0, on_result, "history");
	atrium_members(hub.atrium, "r", NULL, 5, on_result, "members");
	atrium_rooms(hub.atrium, NULL, NULL, 5, on_result, "rooms");
	atrium_connection_get(hub.atrium, "c1", on_result, "connection");
	hub_listen(&hub);
	msg_add_stateentry(&raw, &msg.state_is.entries, &entry);
	msg_add_stateentry(&raw, &msg.state_is.entries, &entry);
	hub_say(&hub, &msg);
	expect("state conflict e7 o6 r5 c0 u0 m0 [k 3 [1] 3] [k 3 [1] 3]; ");
	buf_clear(&raw);
	msg = (struct msg){ .type = MSG_HISTORY_IS, .history_is = { 2, SLICE(""), 7, 8, { 0 } } };
	msg_add_kept(&raw, &msg.history_is.messages, &kept);
	hub_say(&hub, &msg);
	expect("history ok e7 o8 r0 c0 u0 m0 [8 t {\"a\":1} ]; ");
	buf_clear(&raw);
	msg = (struct msg){ .type = MSG_MEMBERS_ARE,
		.members_are = { 3, SLICE(""), 4, 3, 1, { 0 } } };
	msg_add_member(&raw, &msg.members_are.members, &member);
	hub_say(&hub, &msg);
	expect("members ok e0 o0 r0 c4 u3 m1 [c1 Ann ann]; ");
	buf_clear(&raw);
	msg = (struct msg){ .type = MSG_ROOMS_ARE, .rooms_are = { 4, SLICE(""), 9, 1, { 0 } } };
	msg_add_roominfo(&raw, &msg.rooms_are.rooms, &room);
	hub_say(&hub, &msg);
	expect("rooms ok e0 o0 r0 c9 u0 m1 [r 2 3]; ");
	buf_clear(&raw);
	msg = (struct msg){ .type = MSG_CONNECTION_IS,
		.connection_is = { .call = 5, .id = SLICE("c1"), .here = 1, .meta = SLICE("{}") } };
	msg_add_roomname(&raw, &msg.connection_is.rooms, &name);
	name.name = SLICE("r2");
	msg_add_roomname(&raw, &msg.connection_is.rooms, &name);
	hub_say(&hub, &msg);
	expect("connection ok e0 o0 r0 c0 u0 m0 [c1 {} r1 r2 1]; ");
	assert_int_equal(atrium_pending(hub.atrium), 0);
}

static void an_answer_to_something_else(void **state)
{
	(void)state;
	atrium_count(hub.atrium, "r", on_result, "count");
	hub_listen(&hub);
	hub_acted(&hub, 1, "");
	assert_int_equal(last_error, -EBADMSG);
	assert_int_equal(atrium_pending(hub.atrium), 1); /* it is asked again */
}

/* While its journal takes nothing the hub answers so, whatever was wanted. */
static void what_cannot_be_done_now(void **state)
{
	(void)state;
	atrium_count(hub.atrium, "r", on_result, "count");
	atrium_history(hub.atrium, "r", 0, 0, on_result, "history");
	atrium_state_get(hub.atrium, "r", NULL, on_result, "state");
	hub_listen(&hub);
	for (uint64_t call = 1; call <= 3; call++)
		hub_acted(&hub, call, "unavailable");
	assert_int_equal(errors, 0);
	assert_int_equal(atrium_pending(hub.atrium), 0);
	expect("count unavailable e0 o9 r0 c2 u0 m0; history unavailable e0 o9 r0 c2 u0 m0; "
	       "state unavailable e0 o9 r0 c2 u0 m0; ");
}

static void failures_without_a_callback_are_told(void **state)
{
	(void)state;
	atrium_say(hub.atrium, "r", "t", "{}");
	hub_listen(&hub);
	hub_acted(&hub, 1, "forbidden");
	assert_int_equal(last_error, -EREMOTEIO);
	expect("act_publish failed: forbidden; ");
}

static void waiting_actions_have_a_limit(void **state)
{
	int r;

	(void)state;
	assert_int_equal(atrium_limit(hub.atrium, 4, 1000000), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(atrium_say(hub.atrium, "r", "t", "{}"), 0);
	assert_int_equal(atrium_say(hub.atrium, "r", "t", "{}"), -EAGAIN);
	hub_listen(&hub);
	hub_acted(&hub, 1, "");
	assert_int_equal(rooms, 0);
	hub_acted(&hub, 2, "");
	assert_int_equal(rooms, 1);
	hub_acted(&hub, 3, "");
	assert_int_equal(rooms, 1);
	assert_int_equal(atrium_limit(hub.atrium, 100, 300), 0);
	for (r = 0; r == 0;)
		r = atrium_say(hub.atrium, "r", "t", "{}");
	assert_int_equal(r, -EAGAIN);
	assert_true(atrium_pending(hub.atrium) < 10);
}

/* Each callback is called exactly once, also when there is no answer any more. */
static void canceled_at_the_end(void **state)
{
	(void)state;
	atrium_say(hub.atrium, "r", "t", "{}");
	atrium_count(hub.atrium, "r", on_result, "sent");
	hub_listen(&hub);
	atrium_count(hub.atrium, "r", on_result, "not sent");
	hub_close(&hub);
	hub.atrium = NULL;
	expect("sent canceled e0 o0 r0 c0 u0 m0; not sent canceled e0 o0 r0 c0 u0 m0; ");
}

/* A callback acts again. */
static void on_result_again(struct atrium *atrium, const struct atrium_result *result, void *arg)
{
	note("%s; ", result->error ? result->error : "ok");
	(void)atrium_count(atrium, "r", on_result, arg);
}

static void results_may_act(void **state)
{
	(void)state;
	atrium_join(hub.atrium, "c1", "r", on_result_again, "again");
	hub_listen(&hub);
	hub_acted(&hub, 1, "no_such_target");
	expect("no_such_target; ");
	hub_next(&hub, MSG_ACT_JOIN);
	hub_next(&hub, MSG_ASK_MEMBERS);
}

static void the_rest_of_the_actions(void **state)
{
	struct atrium_message message = { .type = "t", .except = "c1" };
	const struct msg *msg;

	(void)state;
	assert_int_equal(atrium_broadcast(hub.atrium, &message, NULL, NULL), 0);
	assert_slice(hub_next(&hub, MSG_ACT_BROADCAST)->act_broadcast.except, "c1");
	assert_int_equal(atrium_leave(hub.atrium, "user:ann", "r", NULL, NULL), 0);
	assert_slice(hub_next(&hub, MSG_ACT_LEAVE)->act_leave.target, "user:ann");
	assert_int_equal(atrium_close(hub.atrium, "c1", 4410, "out", NULL, NULL), 0);
	msg = hub_next(&hub, MSG_ACT_CLOSE);
	assert_int_equal(msg->act_close.code, 4410);
	assert_slice(msg->act_close.text, "out");
	assert_int_equal(atrium_rooms(hub.atrium, "a-*", "a-1", 10, NULL, NULL), 0);
	msg = hub_next(&hub, MSG_ASK_ROOMS);
	assert_slice(msg->ask_rooms.search, "a-*");
	assert_slice(msg->ask_rooms.after, "a-1");
	assert_int_equal(atrium_history(hub.atrium, "r", 5, 7, NULL, NULL), 0);
	msg = hub_next(&hub, MSG_ASK_HISTORY);
	assert_int_equal(msg->ask_history.since, 5);
	assert_int_equal(msg->ask_history.limit, 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(publishes),
		TEST(formats),
		TEST(what_can_never_be_right),
		TEST(patterns_have_a_limit),
		TEST(states),
		TEST(results),
		TEST(an_answer_to_something_else),
		TEST(what_cannot_be_done_now),
		TEST(failures_without_a_callback_are_told),
		TEST(waiting_actions_have_a_limit),
		TEST(canceled_at_the_end),
		TEST(results_may_act),
		TEST(the_rest_of_the_actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
