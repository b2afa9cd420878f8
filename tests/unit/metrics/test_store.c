/* test_store.c - rates, restarts, silence */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/metrics/reports.h"

#include <errno.h>
#include <stdio.h>

static struct mono at(uint64_t ms)
{
	return mono_after((struct mono){ 0 }, ms);
}

static void rates_are_per_second(void **state)
{
	struct store *store = store_new();
	const struct store_process *hub;

	(void)state;
	report(store, 1000, PROCESS_HUB, "hub", 7, COUNTER_HUB_PUBLISHED, 100);
	hub = store_at(store, 0);
	assert_true(store_rate(hub, COUNTER_HUB_PUBLISHED) == 0);
	report(store, 3000, PROCESS_HUB, "hub", 7, COUNTER_HUB_PUBLISHED, 700);
	assert_true(store_rate(hub, COUNTER_HUB_PUBLISHED) == 300);
	report(store, 4000, PROCESS_HUB, "hub", 7, COUNTER_HUB_PUBLISHED, 800);
	assert_true(store_rate(hub, COUNTER_HUB_PUBLISHED) == 100);
	/* One right after another says nothing of speed: the older of the two is forgotten. */
	report(store, 4010, PROCESS_HUB, "hub", 7, COUNTER_HUB_PUBLISHED, 900);
	assert_true(store_rate(hub, COUNTER_HUB_PUBLISHED) == 200);
	/* A gauge may go down; nothing moves backwards. */
	report(store, 6000, PROCESS_HUB, "hub", 7, COUNTER_HUB_PUBLISHED, 5);
	assert_true(store_rate(hub, COUNTER_HUB_PUBLISHED) == 0);
	store_free(store);
	store_free(NULL);
}

static void a_restart_is_no_rate(void **state)
{
	struct store *store = store_new();
	const struct store_process *hub;

	(void)state;
	report(store, 1000, PROCESS_HUB, "hub", 7, COUNTER_HUB_PUBLISHED, 100);
	report(store, 2000, PROCESS_HUB, "hub", 7, COUNTER_HUB_PUBLISHED, 200);
	report(store, 3000, PROCESS_HUB, "hub", 8, COUNTER_HUB_PUBLISHED, 5000);
	assert_int_equal(store_count(store), 1);
	hub = store_at(store, 0);
	assert_int_equal(hub->restarts, 1);
	assert_int_equal(hub->pid, 1008);
	assert_true(store_rate(hub, COUNTER_HUB_PUBLISHED) == 0);
	report(store, 4000, PROCESS_HUB, "hub", 8, COUNTER_HUB_PUBLISHED, 5010);
	assert_true(store_rate(hub, COUNTER_HUB_PUBLISHED) == 10);
	assert_int_equal(hub->restarts, 1);
	store_free(store);
}

static void silence_is_noticed(void **state)
{
	struct store *store = store_new();
	const struct store_process *gateway;

	(void)state;
	report(store, 1000, PROCESS_GATEWAY, "gateway-1", 7, COUNTER_GATEWAY_CONNECTIONS, 4);
	report(store, 2000, PROCESS_GATEWAY, "gateway-1", 7, COUNTER_GATEWAY_CONNECTIONS, 5);
	gateway = store_at(store, 0);
	store_expire(store, at(5000));
	assert_true(gateway->up);
	assert_int_equal(store_sum(store, COUNTER_GATEWAY_CONNECTIONS), 5);
	store_expire(store, at(5001));
	assert_false(gateway->up);
	assert_int_equal(store_sum(store, COUNTER_GATEWAY_CONNECTIONS), 0);
	assert_true(store_sum_rate(store, COUNTER_GATEWAY_CONNECTIONS) == 0);
	/* It speaks again: it was only slow. */
	report(store, 9000, PROCESS_GATEWAY, "gateway-1", 7, COUNTER_GATEWAY_CONNECTIONS, 12);
	assert_true(gateway->up);
	assert_true(store_rate(gateway, COUNTER_GATEWAY_CONNECTIONS) == 1);
	/* The last of its kind goes on being missed; another is forgotten. */
	report(store, 9000, PROCESS_GATEWAY, "gateway-2", 8, COUNTER_GATEWAY_CONNECTIONS, 1);
	store_expire(store, at(609000));
	assert_int_equal(store_count(store), 2);
	store_expire(store, at(609001));
	assert_int_equal(store_count(store), 1);
	store_expire(store, at(9999999));
	assert_int_equal(store_count(store), 1);
	assert_false(store_at(store, 0)->up);
	store_free(store);
}

static void sums_are_over_all(void **state)
{
	struct store *store = store_new();

	(void)state;
	for (uint64_t i = 0; i < 2; i++) {
		report(store, 1000 + i * 1000, PROCESS_GATEWAY, "gateway-1", 1,
			COUNTER_GATEWAY_DELIVERED, i * 30);
		report(store, 1000 + i * 1000, PROCESS_GATEWAY, "gateway-2", 2,
			COUNTER_GATEWAY_DELIVERED, 10 + i * 12);
	}
	assert_int_equal(store_sum(store, COUNTER_GATEWAY_DELIVERED), 52);
	assert_true(store_sum_rate(store, COUNTER_GATEWAY_DELIVERED) == 42);
	store_free(store);
}

static void they_stand_in_order(void **state)
{
	static const char *const names[] = { "gateway-1", "gateway-10", "gateway-2", "hub", "auth",
		"metrics" };
	static const enum process processes[] = { PROCESS_GATEWAY, PROCESS_GATEWAY, PROCESS_GATEWAY,
		PROCESS_HUB, PROCESS_AUTH, PROCESS_METRICS };
	static const size_t order[] = { 5, 1, 3, 0, 4, 2 };
	struct store *store = store_new();

	(void)state;
	for (size_t i = 0; i < 6; i++)
		report(store, 1, processes[order[i]], names[order[i]], 1, 0, 0);
	assert_int_equal(store_count(store), 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(store_at(store, i)->name, names[i]);
	store_free(store);
}

static void what_is_refused(void **state)
{
	static const char *const names[] = { "", "hub\"", "hub\n", "Hub", "a b", "\xc3\xa9",
		"0123456789012345678901234567890123456789012345678901234567890123x" };
	struct store *store = store_new();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(report(store, 1, PROCESS_HUB, names[i], 1, 0, 0), -EINVAL);
	assert_int_equal(report(store, 1, 0, "hub", 1, 0, 0), -EINVAL);
	assert_int_equal(report(store, 1, PROCESS_MAX, "hub", 1, 0, 0), -EINVAL);
	assert_int_equal(report(store, 1, 255, "hub", 1, 0, 0), -EINVAL);
	assert_int_equal(store_count(store), 0);
	for (int i = 0; i < STORE_MAX; i++) {
		char name[32];

		snprintf(name, sizeof(name), "gateway-%d", i);
		assert_int_equal(report(store, 1, PROCESS_GATEWAY, name, 1, 0, 0), 0);
	}
	assert_int_equal(report(store, 1, PROCESS_GATEWAY, "one-more", 1, 0, 0), -ENOSPC);
	assert_int_equal(report(store, 9, PROCESS_GATEWAY, "gateway-5", 1, 0, 0), 0);
	store_free(store);
}

/* Rows that are not there, or another process's, are not taken. */
static void foreign_counters_are_let_be(void **state)
{
	struct store *store = store_new();

	(void)state;
	assert_int_equal(report(store, 1, PROCESS_HUB, "hub", 1, 65535, 5), 0);
	assert_int_equal(report(store, 1, PROCESS_HUB, "hub", 1, COUNTER_MAX, 5), 0);
	assert_int_equal(
		report(store, 1, PROCESS_HUB, "hub", 1, COUNTER_GATEWAY_CONNECTIONS, 5), 0);
	assert_int_equal(store_sum(store, COUNTER_GATEWAY_CONNECTIONS), 0);
	assert_int_equal(report(store, 1, PROCESS_HUB, "hub", 1, COUNTER_LINK_BREAKS, 5), 0);
	assert_int_equal(store_sum(store, COUNTER_LINK_BREAKS), 5);
	store_free(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_per_second),
		cmocka_unit_test(a_restart_is_no_rate),
		cmocka_unit_test(silence_is_noticed),
		cmocka_unit_test(sums_are_over_all),
		cmocka_unit_test(they_stand_in_order),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(foreign_counters_are_let_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
