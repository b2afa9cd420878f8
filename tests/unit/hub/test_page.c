/* test_page.c - pages of long lists, and how often something happens */
/* SPDX-License-Identifier: MIT */
#include "hub/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hub/meter.h"

enum { ITEMS = 1000, MOST = 7 };

/* Numbers from 0 on, in an order that is none. */
static uint64_t number_at(size_t at)
{
	return (at * 617) % ITEMS / 10;
}

/* The serials of a page behind `after`, whose items are then where the next begins. */
static size_t take(bool descending, const struct page_key *after, struct page_key *ret_last,
	uint64_t *ret_serials)
{
	struct page page;
	size_t count;

	page_init(&page, MOST, descending);
	if (after)
		page_go_on(&page, after);
	for (size_t i = 0; i < ITEMS; i++) {
		struct page_key key = { .number = number_at(i), .serial = i };

		page_add(&page, &key, NULL);
	}
	assert_int_equal(page.total, ITEMS);
	count = page.count < MOST ? page.count : MOST;
	for (size_t i = 0; i < count; i++)
		ret_serials[i] = page.items[i].key.serial;
	if (count)
		*ret_last = page.items[count - 1].key;
	count = page.count > MOST ? MOST : page.count;
	page_done(&page);
	return count;
}

/* Page after page each is there once, and in order. */
static void walk(bool descending)
{
	struct page_key last, before;
	uint64_t serials[MOST];
	unsigned seen[ITEMS] = { 0 };
	size_t count = take(descending, NULL, &last, serials), all = 0;

	while (count) {
		for (size_t i = 0; i < count; i++)
			assert_int_equal(seen[serials[i]]++, 0);
		all += count;
		before = last;
		count = take(descending, &last, &last, serials);
		if (count)
			assert_true((page_order(&before, &last) > 0) == descending);
	}
	assert_int_equal(all, ITEMS);
}

static void test_pages(void **state)
{
	(void)state;
	walk(false);
	walk(true);
}

static void test_keys(void **state)
{
	const struct page_key keys[] = { { 0, SLICE(""), 9 }, { 0, SLICE("a"), 1 },
		{ 0, SLICE("a"), 2 }, { 0, SLICE("aa"), 1 }, { 0, SLICE("b"), 0 },
		{ 1, SLICE(""), 0 } };

	(void)state;
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < 6; j++)
			assert_int_equal(page_order(&keys[i], &keys[j]), (i > j) - (i < j));
}

static void test_meter(void **state)
{
	struct meter meter = { 0 };

	(void)state;
	assert_int_equal(meter_rate(meter, 5000000), 0);
	for (uint64_t ms = 5000000; ms < 5010000; ms += 100)
		meter_add(&meter, ms);
	assert_int_equal(meter_rate(meter, 5009999), 10000); /* ten a second */
	assert_int_equal(meter_rate(meter, 5010000), 10000);
	assert_int_equal(meter_rate(meter, 5015000), 5000);
	assert_int_equal(meter_rate(meter, 5020000), 0);
	meter_add(&meter, 9000000);
	assert_int_equal(meter_rate(meter, 9000000), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_meter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
