/* test_series.c - three resolutions, gaps, clocks that jump, JSON, and the file */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "metrics/series.h"
#include "proto/json.h"

enum { START = 1700000000 }; /* not at the begin of a minute: it ends with 20 s */

static const struct slice cpu = { "hub.cpu", 7 };
static const struct series_kind mean = { .page = true };
static const struct series_kind worst = { .worst = true };

static void put(struct series_set *set, uint64_t second, double value)
{
	series_time(set, second);
	assert_int_equal(series_put(set, cpu, &mean, value), 0);
}

static bool is_gap(float value)
{
	return isnan(value);
}

static float get(const struct series_set *set, enum series_range range, unsigned back)
{
	return series_get(set, cpu, range, back);
}

static void rows_are_means(void **state)
{
	struct series_set *set = series_new(10);

	(void)state;
	for (unsigned i = 0; i < 60; i++)
		put(set, START + i, i);
	assert_true(get(set, RANGE_10M, 0) == 59);
	assert_true(get(set, RANGE_10M, 59) == 0);
	assert_true(is_gap(get(set, RANGE_10M, 60)));
	/* START is the begin of 10 seconds. */
	assert_true(get(set, RANGE_2H, 0) == 54.5F);
	assert_true(get(set, RANGE_2H, 5) == 4.5F);
	assert_true(is_gap(get(set, RANGE_2H, 6)));
	assert_true(get(set, RANGE_24H, 0) == 49.5F);
	assert_true(get(set, RANGE_24H, 1) == 19.5F);
	/* Twice in a second. */
	assert_int_equal(series_put(set, cpu, &mean, 61), 0);
	assert_true(get(set, RANGE_10M, 0) == 60);
	series_free(set);
	series_free(NULL);
}

static void or_the_largest(void **state)
{
	struct series_set *set = series_new(10);
	const struct slice name = SLICE("total.p99");

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		series_time(set, START + i);
		assert_int_equal(series_put(set, name, &worst, i == 33 ? 900 : -1.0 * i), 0);
	}
	assert_true(series_get(set, name, RANGE_10M, 0) == -59);
	assert_true(series_get(set, name, RANGE_2H, 2) == 900);
	assert_true(series_get(set, name, RANGE_2H, 0) == -50);
	assert_true(series_get(set, name, RANGE_24H, 0) == -40);
	assert_true(series_get(set, name, RANGE_24H, 1) == 900);
	series_free(set);
}

static void silence_is_a_gap(void **state)
{
	struct series_set *set = series_new(10);

	(void)state;
	put(set, START, 1);
	series_time(set, START + 1);
	series_time(set, START + 2);
	put(set, START + 4, 2);
	assert_true(get(set, RANGE_10M, 0) == 2);
	for (unsigned back = 1; back <= 3; back++)
		assert_true(is_gap(get(set, RANGE_10M, back)));
	assert_true(get(set, RANGE_10M, 4) == 1);
	assert_true(get(set, RANGE_2H, 0) == 1.5F);
	assert_int_equal(series_put(set, cpu, &mean, NAN), 0);
	assert_int_equal(series_put(set, cpu, &mean, INFINITY), 0);
	assert_true(get(set, RANGE_10M, 0) == 2);
	series_free(set);
}

static void rings_go_round(void **state)
{
	struct series_set *set = series_new(10);

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		put(set, START + i, i);
	assert_true(get(set, RANGE_10M, 599) == 99999 - 599);
	assert_true(is_gap(get(set, RANGE_10M, 600)));
	assert_true(get(set, RANGE_2H, 719) == 99990 - 7190 + 4.5F);
	assert_true(is_gap(get(set, RANGE_2H, 720)));
	assert_false(is_gap(get(set, RANGE_24H, 1439)));
	assert_true(is_gap(get(set, RANGE_24H, 1440)));
	series_free(set);
}

static void clocks_jump(void **state)
{
	struct series_set *set = series_new(10);

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		put(set, START + i, i);
	/* Back by 50 s: what is later than now was never. */
	put(set, START + 49, 1000);
	assert_true(get(set, RANGE_10M, 0) == 1000);
	assert_true(get(set, RANGE_10M, 1) == 48);
	assert_true(get(set, RANGE_10M, 49) == 0);
	for (unsigned back = 50; back < 600; back++)
		assert_true(is_gap(get(set, RANGE_10M, back)));
	/* And on again: nothing of the first time is left. */
	series_time(set, START + 60);
	for (unsigned back = 0; back < 11; back++)
		assert_true(is_gap(get(set, RANGE_10M, back)));
	/* Far ahead, and far back. */
	put(set, START + 10000, 5);
	for (unsigned back = 1; back < 600; back++)
		assert_true(is_gap(get(set, RANGE_10M, back)));
	put(set, 1000, 6);
	assert_true(get(set, RANGE_10M, 0) == 6);
	for (unsigned back = 1; back < 600; back++)
		assert_true(is_gap(get(set, RANGE_10M, back)));
	for (unsigned back = 1; back < 1440; back++)
		assert_true(is_gap(get(set, RANGE_24H, back)));
	series_free(set);
}

static void there_are_not_too_many(void **state)
{
	struct series_set *set = series_new(2);

	(void)state;
	series_time(set, START);
	assert_int_equal(series_put(set, SLICE("a.b"), &mean, 1), 0);
	assert_int_equal(series_put(set, cpu, &mean, 1), 0);
	assert_int_equal(series_put(set, SLICE("c.d"), &mean, 1), -ENOSPC);
	assert_int_equal(series_put(set, SLICE("no\"quote.x"), &mean, 1), -EINVAL);
	assert_int_equal(series_put(set, SLICE("nopoint"), &mean, 1), -EINVAL);
	/* What has not been heard of for a day makes room. */
	put(set, START + 80000, 2);
	assert_int_equal(series_count(set), 2);
	series_time(set, START + 86400);
	assert_int_equal(series_count(set), 1);
	assert_int_equal(series_put(set, SLICE("c.d"), &mean, 1), 0);
	series_free(set);
}

static void as_json(void **state)
{
	struct series_set *set = series_new(10);
	struct buf out = { .cap = 0 };
	struct json_value value;

	(void)state;
	series_json(set, RANGE_10M, SLICE(""), &out);
	assert_string_equal(buf_cstr(&out),
		"{\"range\":\"10m\",\"step\":1,\"start\":0,\"rows\":0,\"series\":{}}");
	put(set, START, 0.25);
	put(set, START + 2, 1234567);
	assert_int_equal(series_put(set, SLICE("hub.fds"), &worst, 3), 0);
	assert_int_equal(series_put(set, SLICE("hubbub.x"), &mean, 0), 0);
	buf_clear(&out);
	series_json(set, RANGE_10M, SLICE(""), &out);
	assert_string_equal(buf_cstr(&out),
		"{\"range\":\"10m\",\"step\":1,\"start\":1700000000,\"rows\":3,\"series\":{"
		"\"hub.cpu\":[0.25,null,1.2346e+06],\"hubbub.x\":[null,null,0]}}");
	assert_int_equal(json_check(buf_slice(&out), 4, &value), 0);
	buf_clear(&out);
	series_json(set, RANGE_24H, SLICE("hub"), &out);
	assert_string_equal(buf_cstr(&out),
		"{\"range\":\"24h\",\"step\":60,\"start\":1699999980,\"rows\":1,\"series\":{"
		"\"hub.cpu\":[6.1728e+05],\"hub.fds\":[3]}}");
	buf_done(&out);
	series_free(set);
}

static void ranges_have_names(void **state)
{
	enum series_range range = RANGES;

	(void)state;
	assert_true(series_range(SLICE("2h"), &range));
	assert_int_equal(range, RANGE_2H);
	assert_false(series_range(SLICE("2"), &range));
	assert_false(series_range(SLICE(""), &range));
}

static void a_file_reads_back(void **state)
{
	struct series_set *set = series_new(3), *other = series_new(3), *small = series_new(1);
	struct buf bytes = { .cap = 0 }, again = { .cap = 0 }, json[2] = { { .cap = 0 } };

	(void)state;
	for (unsigned i = 0; i < 1000; i += 3)
		put(set, START + i, i / 7.0);
	assert_int_equal(series_put(set, SLICE("hub.fds"), &worst, 3), 0);
	series_save(set, &bytes);
	assert_int_equal(series_load(small, buf_slice(&bytes)), -ENOSPC);
	assert_int_equal(series_count(small), 0);
	assert_int_equal(series_load(other, buf_slice(&bytes)), 0);
	assert_int_equal(series_count(other), 2);
	for (unsigned range = 0; range < RANGES; range++) {
		series_json(set, (enum series_range)range, SLICE("hub"), &json[0]);
		series_json(other, (enum series_range)range, SLICE("hub"), &json[1]);
	}
	assert_string_equal(buf_cstr(&json[0]), buf_cstr(&json[1]));
	series_save(other, &again);
	assert_true(slice_eq(buf_slice(&bytes), buf_slice(&again)));
	/* Metrics was away for 20 s: a gap. */
	put(other, START + 999 + 20, 7);
	assert_true(get(other, RANGE_10M, 0) == 7);
	assert_true(is_gap(get(other, RANGE_10M, 19)));
	assert_true(get(other, RANGE_10M, 20) == (float)(999 / 7.0));
	for (int i = 0; i < 2; i++)
		buf_done(&json[i]);
	buf_done(&bytes);
	buf_done(&again);
	series_free(set);
	series_free(other);
	series_free(small);
}

static void a_damaged_file_changes_nothing(void **state)
{
	struct series_set *set = series_new(3), *other = series_new(3);
	struct buf bytes = { .cap = 0 };

	(void)state;
	put(set, START, 1);
	put(other, START, 42);
	series_save(set, &bytes);
	for (size_t len = 0; len < bytes.len; len += len < 100 ? 1 : 37)
		assert_int_equal(series_load(other, slice_make(bytes.data, len)), -EBADMSG);
	for (size_t at = 0; at < bytes.len; at += at < 100 ? 1 : 37) {
		bytes.data[at] ^= 0x10;
		assert_int_equal(series_load(other, buf_slice(&bytes)), -EBADMSG);
		bytes.data[at] ^= 0x10;
	}
	assert_true(get(other, RANGE_10M, 0) == 42);
	assert_int_equal(series_load(other, buf_slice(&bytes)), 0);
	assert_true(get(other, RANGE_10M, 0) == 1);
	buf_done(&bytes);
	series_free(set);
	series_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_means),
		cmocka_unit_test(or_the_largest),
		cmocka_unit_test(silence_is_a_gap),
		cmocka_unit_test(rings_go_round),
		cmocka_unit_test(clocks_jump),
		cmocka_unit_test(there_are_not_too_many),
		cmocka_unit_test(as_json),
		cmocka_unit_test(ranges_have_names),
		cmocka_unit_test(a_file_reads_back),
		cmocka_unit_test(a_damaged_file_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
