/* test_alert.c - rules as they are written, and alerts that neither flutter nor forget */
/* SPDX-License-Identifier: MIT */
#include "metrics/alert.h"

#include <errno.h>
#include <stdio.h>

#include "proto/json.h"
#include "tests/unit/metrics/reports.h"

/* ---- rules ---- */

static void rules_are_read(void **state)
{
	const char *why;
	struct rule rule;

	(void)state;
	assert_int_equal(
		rule_parse(SLICE("gateway.queue_bytes > 50000000 for 10 s"), &rule, &why), 0);
	assert_string_equal(rule.of, "gateway");
	assert_string_equal(rule.name, "queue_bytes");
	assert_int_equal(rule.op, RULE_MORE);
	assert_true(rule.limit == 50000000);
	assert_int_equal(rule.for_ms, 10000);
	assert_int_equal(rule_parse(SLICE(" host.cpu>=0.5 "), &rule, &why), 0);
	assert_int_equal(rule.op, RULE_AT_LEAST);
	assert_true(rule.limit == 0.5);
	assert_int_equal(rule.for_ms, 0);
	assert_int_equal(rule_parse(SLICE("gateway-2.fds != -64K for 1.5m"), &rule, &why), 0);
	assert_true(rule.limit == -65536);
	assert_int_equal(rule.for_ms, 90000);
	assert_int_equal(rule_parse(SLICE("total.delivery_p99 < 2M"), &rule, &why), 0);
	assert_int_equal(rule_parse(SLICE("any.up == 0"), &rule, &why), 0);
	assert_int_equal(rule_parse(SLICE("hub.link_breaks <= 1"), &rule, &why), 0);
}

static void what_is_no_rule_is_named(void **state)
{
	static const char *const wrong[] = { "", "gateway", "gateway.", ".up", "host.cpu",
		"host.cpu >", "host.cpu > x", "host.cpu > 1.", "host.cpu > .5", "host.cpu => 1",
		"host.cpu > 1 for", "host.cpu > 1 for 10", "host.cpu > 1 for 10 y",
		"host.cpu > 1 for 10 s x", "host.cpu > 1for 10 s", "host.cpu > 1e5",
		"host.cpu > 1 2", "host.nothing > 1", "total.cpu > 1", "hub.queue_bytes > 1",
		"any.nonsense > 1", "Host.cpu > 1", "host.cpu > 1000000G", "host.cpu > 1 for 400 d",
		"host.cpu > nan" };
	struct rule rule = { .limit = 7 };
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		why = NULL;
		if (rule_parse(slice_of(wrong[i]), &rule, &why) != -EINVAL)
			fail_msg("taken: %s", wrong[i]);
		assert_non_null(why);
		assert_true(rule.limit == 7);
	}
}

static void rules_read_back(void **state)
{
	static const char *const texts[] = { "host.cpu > 0.5 for 10 s", "any.up < 1",
		"hub.fds == -3 for 250 ms", "gateway.queue_bytes >= 67108864 for 3600 s",
		"auth.cpu <= 0.000001", "hub.up != 0" };
	struct buf out = { .cap = 0 };
	struct rule rule;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct rule again;

		assert_int_equal(rule_parse(slice_of(texts[i]), &rule, &why), 0);
		buf_clear(&out);
		rule_write(&rule, &out);
		assert_int_equal(rule_parse(buf_slice(&out), &again, &why), 0);
		assert_true(again.limit == rule.limit && again.for_ms == rule.for_ms &&
			again.op == rule.op);
	}
	buf_done(&out);
}

/* ---- alerts ---- */

struct seen {
	unsigned count;
	bool firing;
	double value;
	char on[STORE_NAME_MAX + 1];
};

static void on_change(void *arg, const struct alert *alert)
{
	struct seen *seen = arg;

	seen->count++;
	seen->firing = alert->firing;
	seen->value = alert->value;
	snprintf(seen->on, sizeof(seen->on), "%s", alert->on);
}

/* The queues of two gateways; a negative one is not known. */
static unsigned at(
	struct alerts *alerts, unsigned second, double first, double other, struct seen *seen)
{
	const double values[] = { first, other };
	unsigned before = seen->count;

	alerts_begin(alerts);
	for (unsigned i = 0; i < 2; i++) {
		struct figure figure = { .of = i ? "gateway-2" : "gateway-1",
			.name = "queue_bytes",
			.process = PROCESS_GATEWAY,
			.value = values[i] };

		if (values[i] >= 0)
			alerts_see(alerts, &figure);
	}
	alerts_end(alerts, mono_after((struct mono){ 0 }, second * 1000), second, on_change, seen);
	return seen->count - before;
}

static void add(struct alerts *alerts, const char *name, const char *when, const char *clear)
{
	const char *why;

	assert_int_equal(alerts_add(alerts, name, when, clear, &why), 0);
}

static void it_fires_when_it_has_held(void **state)
{
	struct alerts alerts = { .count = 0 };
	struct seen seen = { .count = 0 };

	(void)state;
	add(&alerts, "queue", "gateway.queue_bytes > 100 for 5 s",
		"gateway.queue_bytes < 50 for 2 s");
	assert_int_equal(at(&alerts, 1, 200, 0, &seen), 0);
	assert_int_equal(at(&alerts, 5, 200, 0, &seen), 0);
	/* It flutters: begins anew. */
	assert_int_equal(at(&alerts, 6, 100, 0, &seen), 0);
	assert_int_equal(at(&alerts, 7, 101, 0, &seen), 0);
	assert_int_equal(at(&alerts, 11, 101, 0, &seen), 0);
	assert_int_equal(at(&alerts, 12, 90, 300, &seen), 1);
	assert_true(seen.firing && seen.value == 300);
	assert_string_equal(seen.on, "gateway-2");
	assert_int_equal(alerts.all[0].since_ms, 12);
	/* Between the two marks nothing changes, however long. */
	assert_int_equal(at(&alerts, 20, 70, 70, &seen), 0);
	assert_int_equal(at(&alerts, 90, 70, 70, &seen), 0);
	/* All of them must be calm. */
	assert_int_equal(at(&alerts, 91, 0, 50, &seen), 0);
	assert_int_equal(at(&alerts, 99, 0, 50, &seen), 0);
	assert_int_equal(at(&alerts, 100, 0, 49, &seen), 0);
	assert_int_equal(at(&alerts, 102, 0, 49, &seen), 1);
	assert_false(seen.firing);
}

static void without_clear_it_ends_by_itself(void **state)
{
	struct alerts alerts = { .count = 0 };
	struct seen seen = { .count = 0 };

	(void)state;
	add(&alerts, "queue", "gateway.queue_bytes > 100 for 5 s", "");
	add(&alerts, "at once", "gateway.queue_bytes > 100", "");
	assert_int_equal(at(&alerts, 1, 200, 0, &seen), 1);
	assert_int_equal(at(&alerts, 6, 200, 0, &seen), 1);
	assert_int_equal(at(&alerts, 7, 100, 0, &seen), 1); /* the one without a time */
	assert_int_equal(at(&alerts, 11, 100, 0, &seen), 0);
	assert_int_equal(at(&alerts, 12, 100, 0, &seen), 1);
	assert_false(alerts.all[0].firing || alerts.all[1].firing);
}

static void what_is_not_known_changes_nothing(void **state)
{
	struct alerts alerts = { .count = 0 };
	struct seen seen = { .count = 0 };

	(void)state;
	add(&alerts, "queue", "gateway.queue_bytes > 100 for 2 s", "");
	assert_int_equal(at(&alerts, 1, 200, -1, &seen), 0);
	assert_int_equal(at(&alerts, 3, -1, -1, &seen), 0);
	assert_int_equal(at(&alerts, 4, 200, -1, &seen), 0);
	assert_int_equal(at(&alerts, 6, 200, -1, &seen), 1);
	/* It went down with a full queue. */
	assert_int_equal(at(&alerts, 60, -1, -1, &seen), 0);
	assert_true(alerts.all[0].firing && !alerts.all[0].known);
	assert_int_equal(at(&alerts, 61, 0, -1, &seen), 0);
	assert_int_equal(at(&alerts, 63, 0, -1, &seen), 1);
}

static void see(void *arg, const struct figure *figure)
{
	alerts_see(arg, figure);
}

static void a_process_that_is_down(void **state)
{
	struct store *store = store_new();
	struct alerts alerts = { .count = 0 };
	const char *const none[] = { NULL };
	struct host host = { .cpu = 1 };
	struct seen seen = { .count = 0 };

	(void)state;
	alerts_add_defaults(&alerts, none);
	assert_true(alerts_have(&alerts, "process_down"));
	report(store, 1000, PROCESS_HUB, "hub", 1, COUNTER_HUB_ROOMS, 1);
	report(store, 1000, PROCESS_AUTH, "auth", 1, COUNTER_AUTH_KEYS, 1);
	for (unsigned second = 1; second <= 6; second++) {
		struct mono now = mono_after((struct mono){ 0 }, second * 1000);

		report(store, second * 1000, PROCESS_HUB, "hub", 1, COUNTER_HUB_ROOMS, 1);
		store_expire(store, now);
		alerts_begin(&alerts);
		figures_each(store, &host, see, &alerts);
		alerts_end(&alerts, now, second, on_change, &seen);
		assert_int_equal(seen.count, second > 4);
	}
	assert_true(seen.firing && seen.value == 0);
	assert_string_equal(seen.on, "auth");
	store_free(store);
}

static void settings_take_the_place_of_defaults(void **state)
{
	struct alerts alerts = { .count = 0 }, fresh = { .count = 0 };
	const char *const named[] = { "disk_full", "process_down", NULL };
	struct seen seen = { .count = 0 };
	const char *why;

	(void)state;
	add(&alerts, "disk_full", "host.disk > 50", "");
	add(&alerts, "queue", "gateway.queue_bytes > 100", "");
	assert_int_equal(alerts_add(&alerts, "queue", "host.cpu > 1", "", &why), -EINVAL);
	assert_int_equal(alerts_add(&alerts, "", "host.cpu > 1", "", &why), -EINVAL);
	assert_int_equal(alerts_add(&alerts, "a\"b", "host.cpu > 1", "", &why), -EINVAL);
	assert_int_equal(alerts_add(&alerts, "c", "host.cpu > 1", "host.cpu", &why), -EINVAL);
	alerts_add_defaults(&alerts, named);
	assert_false(alerts_have(&alerts, "process_down"));
	assert_true(alerts_have(&alerts, "memory_short"));
	assert_true(alerts.all[0].when.limit == 50);
	/* New settings: what fires goes on. */
	assert_int_equal(at(&alerts, 1, 200, 0, &seen), 1);
	add(&fresh, "queue", "gateway.queue_bytes > 100", "gateway.queue_bytes < 10");
	add(&fresh, "other", "gateway.queue_bytes > 100", "");
	alerts_inherit(&fresh, &alerts);
	assert_true(fresh.all[0].firing && fresh.all[0].has_clear);
	assert_false(fresh.all[1].firing);
	for (unsigned i = 0; fresh.count < ALERTS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%u", i);
		add(&fresh, name, "host.cpu > 1", "");
	}
	assert_int_equal(alerts_add(&fresh, "one more", "host.cpu > 1", "", &why), -ENOSPC);
}

static void as_json(void **state)
{
	struct alerts alerts = { .count = 0 };
	struct seen seen = { .count = 0 };
	struct buf out = { .cap = 0 };

	(void)state;
	add(&alerts, "queue", "gateway.queue_bytes > 100", "");
	alert_write(&alerts.all[0], &out);
	assert_string_equal(buf_cstr(&out),
		"\"name\":\"queue\",\"state\":\"ok\",\"value\":null,\"on\":null,"
		"\"when\":\"gateway.queue_bytes > 100\"");
	at(&alerts, 7, 0, 200, &seen);
	buf_clear(&out);
	alert_write(&alerts.all[0], &out);
	assert_string_equal(buf_cstr(&out),
		"\"name\":\"queue\",\"state\":\"firing\",\"value\":200.000,\"on\":\"gateway-2\","
		"\"since\":7,\"when\":\"gateway.queue_bytes > 100\"");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_read),
		cmocka_unit_test(what_is_no_rule_is_named),
		cmocka_unit_test(rules_read_back),
		cmocka_unit_test(it_fires_when_it_has_held),
		cmocka_unit_test(without_clear_it_ends_by_itself),
		cmocka_unit_test(what_is_not_known_changes_nothing),
		cmocka_unit_test(a_process_that_is_down),
		cmocka_unit_test(settings_take_the_place_of_defaults),
		cmocka_unit_test(as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
