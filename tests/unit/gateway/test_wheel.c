/* test_wheel.c - deadlines, on a clock that stands still */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/wheel.h"
#include "proto/base/mem.h"

enum { MANY = 1000 };

struct item {
	struct wheel_node node;
	struct wheel *wheel;
	struct item *victim;
	struct mono now;
	uint64_t again_ms;
	int fired;
};

static const struct mono start = { 1234567890123 };

static void fire(struct wheel_node *node)
{
	struct item *item = (struct item *)node;

	item->fired++;
	if (item->victim)
		wheel_remove(&item->victim->node);
	if (item->again_ms)
		wheel_add(item->wheel, node, item->now, item->again_ms, fire);
}

/* Never early, and at most a step late. */
static void in_time(void **state)
{
	static const uint64_t delays[] = { 0, 1, 249, 250, 251, 10000, 63999, 64000, 64001,
		3600000 };

	(void)state;
	for (size_t i = 0; i < sizeof(delays) / sizeof(*delays); i++) {
		struct wheel *wheel = wheel_new(start);
		struct item item = { .fired = 0 };

		wheel_add(wheel, &item.node, start, delays[i], fire);
		for (uint64_t ms = 0; ms<delays[i]; ms += delays[i]> 100000 ? 997 : 50) {
			wheel_turn(wheel, mono_after(start, ms));
			assert_int_equal(item.fired, 0);
		}
		wheel_turn(wheel, mono_after(start, delays[i] + WHEEL_STEP_MS));
		assert_int_equal(item.fired, 1);
		wheel_turn(wheel, mono_after(start, delays[i] + 200000));
		assert_int_equal(item.fired, 1);
		wheel_free(wheel);
	}
}

static void removed_and_moved(void **state)
{
	struct wheel *wheel = wheel_new(start);
	struct item a = { .fired = 0 }, b = { .fired = 0 };

	(void)state;
	wheel_remove(&a.node);
	wheel_add(wheel, &a.node, start, 1000, fire);
	wheel_add(wheel, &b.node, start, 1000, fire);
	wheel_remove(&a.node);
	wheel_add(wheel, &b.node, start, 5000, fire);
	wheel_turn(wheel, mono_after(start, 4000));
	assert_int_equal(a.fired + b.fired, 0);
	wheel_turn(wheel, mono_after(start, 5250));
	assert_int_equal(b.fired, 1);
	wheel_remove(&b.node);
	wheel_free(wheel);
}

/* In one slot: each removes the next, and itself goes back in. */
static void changed_while_turning(void **state)
{
	struct wheel *wheel = wheel_new(start);
	struct mono later = mono_after(start, 2000);
	struct item items[10] = { { .fired = 0 } };

	(void)state;
	for (int i = 0; i < 10; i++) {
		items[i].wheel = wheel;
		items[i].now = later;
		items[i].victim = i < 9 ? &items[i + 1] : NULL;
		items[i].again_ms = 1000;
		wheel_add(wheel, &items[i].node, start, 1000, fire);
	}
	wheel_turn(wheel, later);
	for (int i = 0; i < 10; i++)
		assert_int_equal(items[i].fired, i % 2 == 0);
	for (int i = 0; i < 10; i++)
		items[i].again_ms = 0;
	wheel_turn(wheel, mono_after(later, 1250));
	for (int i = 0; i < 10; i++)
		assert_int_equal(items[i].fired, i % 2 == 0 ? 2 : 0);
	wheel_free(wheel);
}

/* After a machine has slept, all that is due fires once, and what is not does not. */
static void long_sleep(void **state)
{
	struct wheel *wheel = wheel_new(start);
	struct item *items = mem_array(MANY, sizeof(*items));

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		wheel_add(wheel, &items[i].node, start, i * 1000, fire);
	wheel_turn(wheel, mono_after(start, 500 * 1000 + WHEEL_STEP_MS));
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(items[i].fired, i <= 500);
	wheel_turn(wheel, mono_after(start, 2000 * 1000));
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(items[i].fired, 1);
	mem_free(items);
	wheel_free(wheel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_time),
		cmocka_unit_test(removed_and_moved),
		cmocka_unit_test(changed_while_turning),
		cmocka_unit_test(long_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
