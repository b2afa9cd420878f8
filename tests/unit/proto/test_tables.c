/* test_tables.c - batches, and the tables of counters, closes, errors and processes */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/mem.h"
#include "proto/batch.h"
#include "proto/close.h"
#include "proto/counters.h"

static void test_batch(void **unused)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct batch batch;

	(void)unused;
	batch_begin(&out, PROTO_VERSION, 0x01020304, 0x1112131415161718);
	assert_int_equal(out.len, BATCH_HEADER_LEN);
	buf_put(&out, SLICE("rest"));
	for (size_t len = 0; len < BATCH_HEADER_LEN; len++)
		assert_int_equal(batch_parse(slice_make(out.data, len), &batch), -EBADMSG);
	assert_int_equal(batch_parse(buf_slice(&out), &batch), 0);
	assert_int_equal(batch.version, PROTO_VERSION);
	assert_int_equal(batch.generation, 0x01020304);
	assert_true(batch.epoch == 0x1112131415161718);
	assert_true(slice_eq(batch.messages, SLICE("rest")));
}

/* Prometheus: [a-z_] names, each once; a help text for each. */
static void test_counters_are_named(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < COUNTER_MAX; i++) {
		const struct counter_row *row = counter_row(i);

		assert_non_null(row->help);
		assert_true(strlen(row->help) > 0);
		for (const char *at = row->name; *at; at++)
			assert_true(islower((unsigned char)*at) || isdigit((unsigned char)*at) ||
				*at == '_');
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(row->name, counter_row(j)->name);
	}
	assert_null(counter_row(COUNTER_MAX));
}

static void test_counter_list_is_of_one_process(void **unused)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg_list list;
	struct msg_count count;
	bool seen = false;

	(void)unused;
	counter_set(COUNTER_HUB_ROOMS, 3);
	counter_add(COUNTER_HUB_ROOMS, 2);
	counter_sub(COUNTER_HUB_ROOMS, 1);
	assert_int_equal(counter_get(COUNTER_HUB_ROOMS), 4);
	counter_list(PROCESS_HUB, &raw, &list);
	while (msg_next_count(&list, &count)) {
		enum process owner = counter_row(count.counter)->owner;

		assert_true(owner == 0 || owner == PROCESS_HUB);
		if (count.counter == COUNTER_HUB_ROOMS) {
			assert_int_equal(count.value, 4);
			seen = true;
		}
	}
	assert_true(seen);
}

/*
 * Own codes 4400-4499 are final, 4500-4599 ask to come back, and each has one meaning; two reasons
 * may fit one code of RFC 6455.
 */
static void test_closes(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < CLOSE_MAX; i++) {
		const struct close_row *row = close_row((enum close_reason)i);

		assert_true((row->code >= 1000 && row->code < 1016) ||
			(row->code >= 4400 && row->code < 4600));
		if (row->code >= 4400)
			assert_int_equal(row->again, row->code >= 4500);
		assert_true(strlen(row->text) > 0 &&
			strlen(row->text) <= 123); /* RFC 6455 section 5.5 */
		/* A code may have several reasons; their texts tell them apart. */
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(row->text, close_row((enum close_reason)j)->text);
	}
	assert_ptr_equal(close_row((enum close_reason)9999), close_row(CLOSE_INTERNAL));
	assert_ptr_equal(error_row((enum error)9999), error_row(ERROR_UNAVAILABLE));
	assert_string_equal(error_row(ERROR_NOT_IN_ROOM)->code, "not_in_room");
}

static void test_processes(void **unused)
{
	(void)unused;
	assert_string_equal(process_name(PROCESS_GATEWAY), "gateway");
	assert_string_equal(process_name(PROCESS_METRICS), "metrics");
	assert_string_equal(process_name((enum process)0), "unknown");
	assert_string_equal(process_name((enum process)77), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_counters_are_named),
		cmocka_unit_test(test_counter_list_is_of_one_process),
		cmocka_unit_test(test_closes),
		cmocka_unit_test(test_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
