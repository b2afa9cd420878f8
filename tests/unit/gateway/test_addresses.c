/* test_addresses.c - connections of each address */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/addresses.h"

static struct address parsed(const char *text)
{
	struct address address;

	assert_true(address_parse(slice_of(text), &address));
	return address;
}

static void come_and_go(void **state)
{
	struct addresses *addresses = addresses_new();
	struct address a = parsed("1.2.3.4"), b = parsed("1.2.3.5");
	struct address_use *first, *second, *other;

	(void)state;
	assert_int_equal(addresses_uses(addresses, &a), 0);
	first = addresses_take(addresses, &a);
	second = addresses_take(addresses, &a);
	other = addresses_take(addresses, &b);
	assert_ptr_equal(first, second);
	assert_int_equal(addresses_uses(addresses, &a), 2);
	assert_int_equal(addresses_uses(addresses, &b), 1);
	assert_int_equal(addresses_count(addresses), 2);
	addresses_give(addresses, first);
	addresses_give(addresses, other);
	assert_int_equal(addresses_uses(addresses, &a), 1);
	assert_int_equal(addresses_count(addresses), 1);
	addresses_give(addresses, second);
	assert_int_equal(addresses_count(addresses), 0);
	addresses_free(addresses);
}

static void of_one_net(void **state)
{
	struct addresses *addresses = addresses_new();
	struct address a = parsed("2001:db8::1"), b = parsed("2001:db8::ffff:1"),
		       c = parsed("2001:db8:0:1::1"), unknown = { .bytes = { 0 } };
	struct address_use *first = addresses_take(addresses, &a);

	(void)state;
	assert_int_equal(addresses_uses(addresses, &b), 1);
	assert_int_equal(addresses_uses(addresses, &c), 0);
	assert_null(addresses_take(addresses, &unknown));
	addresses_give(addresses, NULL);
	addresses_give(addresses, first);
	addresses_free(addresses);
	addresses_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(come_and_go),
		cmocka_unit_test(of_one_net),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
