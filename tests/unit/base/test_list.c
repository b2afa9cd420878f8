/* test_list.c - order, removing, moving from one list to another */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/list.h"

struct item {
	int number;
	struct list link;
};

static int sum(const struct list *list)
{
	int numbers = 0;

	for (struct list *link = list->next; link != list; link = link->next)
		numbers = numbers * 10 + LIST_ENTRY(link, struct item, link)->number;
	return numbers;
}

static void test_list(void **state)
{
	struct item items[3] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };
	struct list a, b;

	(void)state;
	list_init(&a);
	list_init(&b);
	assert_true(list_empty(&a));
	for (int i = 0; i < 3; i++) {
		list_init(&items[i].link);
		list_append(&a, &items[i].link);
	}
	assert_false(list_empty(&a));
	assert_int_equal(sum(&a), 123);
	list_append(&a, &items[0].link);
	assert_int_equal(sum(&a), 231);
	list_append(&b, &items[2].link);
	assert_int_equal(sum(&a), 21);
	assert_int_equal(sum(&b), 3);
	list_remove(&items[2].link);
	list_remove(&items[2].link);
	assert_true(list_empty(&b));
	list_remove(&items[0].link);
	list_remove(&items[1].link);
	assert_true(list_empty(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
