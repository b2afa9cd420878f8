/* test_table.c - finding, removing, growing; entries of one hash */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/list.h"
#include "proto/base/table.h"

enum { ITEMS = 1000 };

struct item {
	uint32_t number;
	bool in;
	struct table_link link;
};

static struct item *find(const struct table *table, uint32_t number, uint32_t hash)
{
	for (struct table_link *link = table_first(table, hash); link; link = table_next(link))
		if (LIST_ENTRY(link, struct item, link)->number == number)
			return LIST_ENTRY(link, struct item, link);
	return NULL;
}

/* As many of one hash as `alike` says, and hashes that share a slot however large the table is. */
static uint32_t hash_of(uint32_t number, uint32_t alike)
{
	return number / alike << 20;
}

static void check(const struct table *table, struct item *items, uint32_t alike)
{
	size_t count = 0;

	for (uint32_t i = 0; i < ITEMS; i++) {
		assert_ptr_equal(find(table, i, hash_of(i, alike)), items[i].in ? &items[i] : NULL);
		count += items[i].in;
	}
	assert_int_equal(table->count, count);
	assert_true(table->slot_count >= count);
}

static void run(uint32_t alike)
{
	static struct item items[ITEMS];
	struct table table = { .count = 0 };

	assert_null(table_first(&table, 0));
	for (uint32_t i = 0; i < ITEMS; i++) {
		items[i] = (struct item){ .number = i, .in = true };
		table_add(&table, &items[i].link, hash_of(i, alike));
	}
	check(&table, items, alike);
	for (uint32_t i = 0; i < ITEMS; i += 3) {
		items[i].in = false;
		table_remove(&table, &items[i].link);
	}
	check(&table, items, alike);
	for (uint32_t i = 0; i < ITEMS; i++) {
		if (items[i].in)
			table_remove(&table, &items[i].link);
		items[i].in = !items[i].in;
		if (items[i].in)
			table_add(&table, &items[i].link, hash_of(i, alike));
	}
	check(&table, items, alike);
	table_done(&table);
	assert_null(table_first(&table, 0));
	table_done(&table);
}

static void test_table(void **state)
{
	(void)state;
	run(1);
	run(7);
	run(ITEMS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_table) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
