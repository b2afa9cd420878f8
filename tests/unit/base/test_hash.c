/* test_hash.c - the keyed hash against known values; tables with it */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/base/hash.h"

/* Key 00 01 ... 0f, input 00 01 02 ..., of SipHash-1-3. */
static void test_known(void **state)
{
	const uint64_t key[2] = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };
	unsigned char bytes[16];

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	assert_int_equal(hash_keyed(key, bytes, 0), 0xabac0158050fc4dcu);
	assert_int_equal(hash_keyed(key, bytes, 1), 0xc9f49bf37d57ca93u);
	assert_int_equal(hash_keyed(key, bytes, 7), 0xd3927d989bb11140u);
	assert_int_equal(hash_keyed(key, bytes, 8), 0x369095118d299a8eu);
}

/* Alignment and what stands behind do not matter; one bit of the input or of the key does. */
static void test_depends_on_its_input(void **state)
{
	const uint64_t key[2] = { 1, 2 }, other[2] = { 1, 3 };
	char a[] = "the same text.", b[] = "xthe same textx";

	(void)state;
	assert_int_equal(hash_keyed(key, a, 13), hash_keyed(key, b + 1, 13));
	assert_int_not_equal(hash_keyed(key, a, 13), hash_keyed(other, a, 13));
	assert_int_not_equal(hash_keyed(key, a, 13), hash_keyed(key, a, 12));
	assert_int_equal(hash_bytes(a, 13), hash_bytes(b + 1, 13));
	a[3] ^= 1;
	assert_int_not_equal(hash_keyed(key, a, 13), hash_keyed(key, b + 1, 13));
}

struct item {
	int number;
	UT_hash_handle hh;
};

static void test_table(void **state)
{
	struct item *table = NULL, *item, *next;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		item = mem_alloc(sizeof(*item));
		item->number = i;
		HASH_ADD_INT(table, number, item);
	}
	for (int i = 0; i < 1000; i++) {
		HASH_FIND_INT(table, &i, item);
		assert_non_null(item);
		assert_int_equal(item->number, i);
	}
	HASH_ITER(hh, table, item, next)
	{
		HASH_DELETE(hh, table, item);
		mem_free(item);
	}
	assert_null(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_depends_on_its_input),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
