/* test_tap.c - taps: who may, what they show, what is left out, and when they end */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

static void make_admin(struct fake *fake, unsigned index, uint64_t conn, bool admin)
{
	fake_say(fake, index,
		(struct msg){ .type = MSG_IDENTIFY,
			.identify = { .conn = conn, .user = SLICE("root"), .admin = admin } });
}

/* eve of g1 is an administrator, and in no room; ann and bob (user u1) of g2 are in a. */
static void begin(struct fake *fake)
{
	fake_begin(fake);
	fake->settings.max_taps = 2;
	fake->settings.tap_rate = 3;
	fake->settings.tap_bytes = 100;
	hub_configure(fake->hub, &fake->settings);
	fake_up(fake, 2);
	fake_connect(fake, 1, 1, "eve", NULL);
	fake_connect(fake, 2, 1, "ann", "a");
	fake_connect_as(fake, 2, 2, "bob", "a", "u1", NULL);
	make_admin(fake, 1, 1, true);
	fake_pass(fake, 1000);
	fake_clear(fake);
}

struct filter {
	const char *room, *user, *type, *id;
};

static void tap(struct fake *fake, unsigned index, uint64_t conn, struct filter filter)
{
	fake_say(fake, index,
		(struct msg){ .type = MSG_TAP,
			.tap = { .conn = conn,
				.ref = SLICE("t"),
				.room = slice_of(filter.room),
				.user = slice_of(filter.user),
				.type = slice_of(filter.type),
				.id = slice_of(filter.id) } });
}

static void untap(struct fake *fake, unsigned index, uint64_t conn)
{
	fake_say(fake, index,
		(struct msg){ .type = MSG_UNTAP, .untap = { .conn = conn, .ref = SLICE("u") } });
}

/* The lines of the log that are about taps. */
static void expect_shown(struct fake *fake, const char *lines)
{
	_cleanup_(buf_done) struct buf shown = { .cap = 0 };
	char *text = (char *)(uintptr_t)buf_cstr(&fake->log), *line, *rest = text;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (strstr(line, " tapped ") || strstr(line, " tapping "))
			buf_printf(&shown, "%s\n", line);
	assert_string_equal(buf_cstr(&shown), lines);
	fake_clear(fake);
}

static void test_all_is_shown(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake.settings.tap_rate = 100;
	fake.settings.tap_bytes = 10000;
	hub_configure(fake.hub, &fake.settings);
	tap(&fake, 1, 1, (struct filter){ .room = NULL });
	fake_publish(&fake, 2, 2, "a", "m", NULL);
	fake_publish(&fake, 2, 2, "a", "typing", NULL);
	fake_direct(&fake, 2, 1, "bob", NULL);
	fake_join(&fake, 2, 1, "b", NULL);
	fake_leave(&fake, 2, 1, "b", NULL);
	fake_say(&fake, 1,
		(struct msg){ .type = MSG_BROADCAST,
			.broadcast = { .conn = 1,
				.scope = SCOPE_CONNECTIONS,
				.type = SLICE("broadcast"),
				.body = SLICE("\"n\":1") } });
	expect_shown(&fake,
		"g1 tapping 1 on ref=t\n"
		"g1 tapped 1 message room=a type=m id=bob user=u1 body=\"n\":1\n"
		"g1 tapped 1 message room=a type=typing id=bob user=u1 body=\"n\":1\n"
		"g1 tapped 1 private target=bob type=private id=ann body=\"n\":1\n"
		"g1 tapped 1 join room=b type=join id=ann\n"
		"g1 tapped 1 leave room=b type=leave id=ann\n"
		"g1 tapped 1 broadcast type=broadcast id=eve user=root body=\"n\":1\n");
	assert_int_equal(counter_get(COUNTER_HUB_TAPPED), 6);
	untap(&fake, 1, 1);
	fake_publish(&fake, 2, 2, "a", "m", NULL);
	expect_shown(&fake, "g1 tapping 1 off ref=u\n");
	assert_int_equal(counter_get(COUNTER_HUB_TAPS), 0);
	fake_end(&fake);
}

/* Said by ann and bob: a message each, one to the other, and bob joins another room. */
static void talk(struct fake *fake)
{
	fake_publish(fake, 2, 1, "a", "m", NULL);
	fake_publish(fake, 2, 2, "a", "n", NULL);
	fake_direct(fake, 2, 1, "user:u1", NULL);
	fake_join(fake, 2, 2, "b", NULL);
	fake_leave(fake, 2, 2, "b", NULL);
	fake_pass(fake, 1000);
}

static void test_filters(void **state)
{
	static const struct {
		struct filter filter;
		const char *lines;
	} rows[] = {
		{ { .room = "?", .type = "m" },
			"g1 tapped 1 message room=a type=m id=ann body=\"n\":1\n" },
		{ { .room = "b*" },
			"g1 tapped 1 join room=b type=join id=bob user=u1\n"
			"g1 tapped 1 leave room=b type=leave id=bob user=u1\n" },
		{ { .user = "u*", .type = "[mnp]*" }, "" },
		{ { .user = "u*", .type = "n" },
			"g1 tapped 1 message room=a type=n id=bob user=u1 body=\"n\":1\n" },
		{ { .user = "u1", .type = "private" },
			"g1 tapped 1 private target=user:u1 type=private id=ann body=\"n\":1\n" },
		{ { .id = "ann" },
			"g1 tapped 1 message room=a type=m id=ann body=\"n\":1\n"
			"g1 tapped 1 private target=user:u1 type=private id=ann body=\"n\":1\n" },
		{ { .room = "c" }, "" },
	};
	struct fake fake;

	(void)state;
	begin(&fake);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tap(&fake, 1, 1, rows[i].filter);
		fake_clear(&fake);
		talk(&fake);
		expect_shown(&fake, rows[i].lines);
	}
	assert_int_equal(counter_get(COUNTER_HUB_TAPS), 1);
	fake_end(&fake);
}

/* Three messages a second, or 100 bytes; how many more there were is told when it is over. */
static void test_what_is_left_out_is_told(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	tap(&fake, 1, 1, (struct filter){ .type = "m" });
	fake_clear(&fake);
	for (int i = 0; i < 10; i++)
		fake_publish(&fake, 2, 1, "a", "m", NULL);
	fake_pass(&fake, 400);
#define SHOWN "g1 tapped 1 message room=a type=m id=ann body=\"n\":1\n"
	expect_shown(&fake, SHOWN SHOWN SHOWN);
	fake_pass(&fake, 600);
	expect_shown(&fake, "g1 tapped 1 left_out 7\n");
	fake_pass(&fake, 5000);
	expect_shown(&fake, "");
	assert_int_equal(counter_get(COUNTER_HUB_TAP_LEFT_OUT), 7);
	fake_publish(&fake, 2, 1, "a", "m", NULL);
	expect_shown(&fake, SHOWN);
	fake.settings.tap_bytes = 20;
	hub_configure(fake.hub, &fake.settings);
	fake_publish(&fake, 2, 1, "a", "m", NULL);
	fake_pass(&fake, 1000);
	expect_shown(&fake, "g1 tapped 1 left_out 1\n");
	fake_end(&fake);
}

static void test_who_may(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	tap(&fake, 2, 1, (struct filter){ .room = NULL });
	fake_expect(&fake, "g2 refusal 1 forbidden ref=t\n");
	tap(&fake, 1, 1, (struct filter){ .room = "\n" });
	fake_expect(&fake, "g1 refusal 1 bad_message ref=t\n");
	make_admin(&fake, 2, 1, true);
	make_admin(&fake, 2, 2, true);
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	tap(&fake, 1, 1, (struct filter){ .room = "z" });
	tap(&fake, 2, 1, (struct filter){ .room = "z" });
	tap(&fake, 2, 2, (struct filter){ .room = "z" });
	tap(&fake, 1, 1, (struct filter){ .room = "y" });
	fake_expect(&fake,
		"g1 tapping 1 on ref=t\ng2 tapping 1 on ref=t\n"
		"g2 refusal 2 too_many_taps ref=t\ng1 tapping 1 on ref=t\n");
	untap(&fake, 2, 2);
	fake_expect(&fake, "g2 tapping 2 off ref=u\n");
	fake_end(&fake);
}

/* With the right, with the connection, when it is lost, and when another takes it over. */
static void test_ends(void **state)
{
	struct fake fake;
	char key[CONN_RESUME_LEN + 1];

	(void)state;
	begin(&fake);
	tap(&fake, 1, 1, (struct filter){ .room = "z" });
	fake_clear(&fake);
	make_admin(&fake, 1, 1, false);
	fake_expect(&fake, "g1 tapping 1 off ref=\ng1 refusal 1 forbidden\n");
	make_admin(&fake, 1, 1, true);
	tap(&fake, 1, 1, (struct filter){ .room = "z" });
	fake_disconnect(&fake, 1, 1, false);
	assert_int_equal(counter_get(COUNTER_HUB_TAPS), 0);
	fake_connect(&fake, 1, 2, "pat", NULL);
	memcpy(key, fake.resume, sizeof(key));
	make_admin(&fake, 1, 2, true);
	tap(&fake, 1, 2, (struct filter){ .room = NULL });
	fake_connect_as(&fake, 2, 3, "pat", NULL, "root", key);
	assert_int_equal(counter_get(COUNTER_HUB_TAPS), 0);
	fake_clear(&fake);
	fake_publish(&fake, 2, 1, "a", "m", NULL);
	expect_shown(&fake, "");
	make_admin(&fake, 2, 3, true);
	tap(&fake, 2, 3, (struct filter){ .room = NULL });
	fake_disconnect(&fake, 2, 3, true);
	assert_int_equal(counter_get(COUNTER_HUB_TAPS), 0);
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_shown),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_what_is_left_out_is_told),
		cmocka_unit_test(test_who_may),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
