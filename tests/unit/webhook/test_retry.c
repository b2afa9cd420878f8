/* test_retry.c - what an answer means, and how long it is until the next try */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "webhook/backoff.h"
#include "webhook/verdict.h"

static void grows_to_the_most(void **state)
{
	static const uint64_t most[] = { 1000, 2000, 4000, 8000, 10000, 10000 };

	(void)state;
	for (unsigned tries = 1; tries <= 6; tries++) {
		uint64_t low = backoff_ms(tries, 1000, 10000, 0, 0);
		uint64_t high = backoff_ms(tries, 1000, 10000, 0, most[tries - 1] / 2);

		assert_int_equal(low, most[tries - 1] / 2);
		assert_int_equal(high, most[tries - 1]);
	}
	assert_in_range(backoff_ms(4000000000u, 10, 300000, 0, 12345), 150000, 300000);
}

static void is_by_chance(void **state)
{
	(void)state;
	for (uint64_t random = 0; random < 5000; random++)
		assert_in_range(backoff_ms(1, 1001, 10000, 0, random * 7919), 500, 1001);
	assert_int_equal(backoff_ms(1, 1000, 10, 0, UINT64_MAX) <= 10, 1);
}

static void is_not_sooner_than_asked(void **state)
{
	(void)state;
	assert_int_equal(backoff_ms(1, 1000, 10000, 60000, 5), 60000);
	assert_in_range(backoff_ms(1, 1000, 10000, 1, 5), 500, 1000);
	assert_int_equal(backoff_ms(1, 1000, 10000, UINT64_MAX, 5), BACKOFF_ASKED_MAX);
}

static void answers(void **state)
{
	static const struct {
		long status;
		enum verdict_kind kind;
	} rows[] = { { 200, VERDICT_ACCEPTED }, { 202, VERDICT_ACCEPTED },
		{ 204, VERDICT_ACCEPTED }, { 299, VERDICT_ACCEPTED }, { 301, VERDICT_REFUSED },
		{ 302, VERDICT_REFUSED }, { 307, VERDICT_REFUSED }, { 400, VERDICT_REFUSED },
		{ 401, VERDICT_REFUSED }, { 404, VERDICT_REFUSED }, { 413, VERDICT_REFUSED },
		{ 408, VERDICT_FAILED }, { 425, VERDICT_FAILED }, { 410, VERDICT_GONE },
		{ 429, VERDICT_AWAY }, { 500, VERDICT_FAILED }, { 501, VERDICT_FAILED },
		{ 502, VERDICT_AWAY }, { 503, VERDICT_AWAY }, { 504, VERDICT_AWAY },
		{ 599, VERDICT_FAILED }, { 100, VERDICT_FAILED }, { 0, VERDICT_FAILED },
		{ 999, VERDICT_FAILED } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(verdict_of(END_ANSWERED, rows[i].status), rows[i].kind);
	assert_int_equal(verdict_of(END_BROKEN, 0), VERDICT_FAILED);
	assert_int_equal(verdict_of(END_UNREACHED, 0), VERDICT_AWAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_to_the_most),
		cmocka_unit_test(is_by_chance),
		cmocka_unit_test(is_not_sooner_than_asked),
		cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
