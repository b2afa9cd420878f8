/* test_dispatch.c - what a process may not say breaks its link; what a client may not, does not */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

static void begin(struct fake *fake)
{
	fake_begin(fake);
	fake_up(fake, 1);
	fake_connect(fake, 1, 1, "ann", "lobby");
	fake_step(fake);
	fake_clear(fake);
}

static void back(struct fake *fake)
{
	fake_hello(fake, 1);
	fake_step(fake);
	fake_restated(fake, 1);
	fake_step(fake);
	fake->peers[1].seq = fake->peers[1].gateway->applied;
	fake_clear(fake);
}

static void expect_drop(struct fake *fake, struct msg msg)
{
	uint64_t applied = fake->peers[1].gateway->applied;

	fake_say(fake, 1, msg);
	fake_expect(fake, "g1 drop\n");
	assert_int_equal(fake->peers[1].gateway->applied, applied);
	assert_int_equal(fake->peers[1].gateway->state, GATEWAY_DOWN);
	back(fake);
}

#define PUBLISH(...) \
	(struct msg) \
	{ \
		.type = MSG_PUBLISH, .publish = { \
			.room = SLICE("lobby"), \
			.type = SLICE("chat"), \
			__VA_ARGS__ \
		} \
	}

static void test_values_that_there_are_not(void **state)
{
	static char long_text[70000];
	struct slice longest = slice_make(long_text, sizeof(long_text));
	struct slice long_name = slice_make(long_text, 256);
	struct fake fake;

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	begin(&fake);
	expect_drop(&fake, PUBLISH(.conn = 1, .format = EVENT_FORMATS));
	expect_drop(&fake, PUBLISH(.conn = 1, .flags = 4));
	expect_drop(&fake, PUBLISH(.conn = 0));
	expect_drop(
		&fake, (struct msg){ .type = MSG_DIRECT, .direct = { .conn = 1, .format = 200 } });
	expect_drop(&fake,
		(struct msg){ .type = MSG_DISCONNECT, .disconnect = { .conn = 1, .clean = 2 } });
	expect_drop(
		&fake, (struct msg){ .type = MSG_CONNECT, .connect = { .conn = 2, .admin = 2 } });
	expect_drop(&fake,
		(struct msg){
			.type = MSG_CONNECT, .connect = { .conn = 2, .address = long_name } });
	expect_drop(&fake,
		(struct msg){ .type = MSG_CONNECT, .connect = { .conn = 2, .user = long_name } });
	expect_drop(&fake, (struct msg){ .type = MSG_CONNECT, .connect = { .conn = 0 } });
	expect_drop(&fake,
		(struct msg){ .type = MSG_IDENTIFY, .identify = { .conn = 1, .grants = longest } });
	expect_drop(&fake,
		(struct msg){
			.type = MSG_IDENTIFY, .identify = { .conn = 1, .user = SLICE("\x01") } });
	expect_drop(&fake,
		(struct msg){ .type = MSG_CONNECT, .connect = { .conn = 2, .meta = SLICE("[]") } });
	expect_drop(&fake,
		(struct msg){
			.type = MSG_IDENTIFY, .identify = { .conn = 1, .meta = SLICE("{}{}") } });
	fake_end(&fake);
}

static void test_restating_when_it_is_not_its_time(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	expect_drop(&fake,
		(struct msg){ .type = MSG_RESTATED, .restated = { .hub_epoch = FAKE_EPOCH } });
	expect_drop(&fake, (struct msg){ .type = MSG_RESTATE, .restate = { .conn = 3 } });
	fake_hello(&fake, 2);
	fake_step(&fake);
	fake_clear(&fake);
	fake_say(&fake, 2, (struct msg){ .type = MSG_RESTATED, .restated = { .hub_epoch = 1 } });
	fake_expect(&fake, "g2 drop\n");
	fake_end(&fake);
}

static void expect_bad_restate(struct fake *fake, uint64_t conn, const char *id, const char *resume,
	const char *room, const char *room2)
{
	fake_hello(fake, 2);
	fake_step(fake);
	fake_clear(fake);
	fake_restate(fake, 2, conn, id, resume, room, room2);
	fake_expect(fake, "g2 drop\n");
	assert_int_equal(counter_get(COUNTER_HUB_CONNECTIONS), 1);
}

static void test_restated_what_cannot_be(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	expect_bad_restate(&fake, 0, "bob", FAKE_KEY_A, NULL, NULL);
	expect_bad_restate(&fake, 1, "", FAKE_KEY_A, NULL, NULL);
	expect_bad_restate(&fake, 1, "b b", FAKE_KEY_A, NULL, NULL);
	expect_bad_restate(&fake, 1, "bob", "short", NULL, NULL);
	expect_bad_restate(&fake, 1, "bob", FAKE_KEY_A, "a", "b\n");
	fake_end(&fake);
}

static void test_nothing_of_a_stranger(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_connect(&fake, 4, 1, "bob", "lobby");
	fake_restated(&fake, 4);
	fake_restate(&fake, 4, 1, "bob", FAKE_KEY_A, NULL, NULL);
	fake_expect(&fake, "g4 drop\ng4 drop\ng4 drop\n");
	fake_end(&fake);
}

/* What a client chose is refused to the client, so that it cannot break its gateway's link. */
static void test_a_long_ref(void **state)
{
	char ref[EVENT_REF_MAX + 2];
	struct fake fake;

	(void)state;
	memset(ref, '1', sizeof(ref));
	ref[EVENT_REF_MAX + 1] = '\0';
	begin(&fake);
	fake_publish(&fake, 1, 1, "lobby", "chat", ref);
	fake_join(&fake, 1, 1, "attic", ref);
	fake_expect(&fake, "g1 refusal 1 bad_message\ng1 refusal 1 bad_message\n");
	ref[EVENT_REF_MAX] = '\0';
	fake_leave(&fake, 1, 1, "attic", ref);
	assert_non_null(strstr(buf_cstr(&fake.log), "refusal 1 not_in_room ref=111"));
	fake_end(&fake);
}

/* Each row for the hub is in the table, and no other. */
static void test_table(void **state)
{
	(void)state;
	for (unsigned type = 0; type < MSG_TYPE_MAX; type++) {
		bool ours = false;

		for (int from = 1; from < PROCESS_MAX; from++)
			ours |= msg_allowed(type, (enum process)from, PROCESS_HUB) &&
				!msg_allowed(type, (enum process)from, PROCESS_GATEWAY);
		assert_int_equal(hub_dispatch.on[type] != NULL, ours);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_that_there_are_not),
		cmocka_unit_test(test_restating_when_it_is_not_its_time),
		cmocka_unit_test(test_restated_what_cannot_be),
		cmocka_unit_test(test_nothing_of_a_stranger),
		cmocka_unit_test(test_a_long_ref),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
