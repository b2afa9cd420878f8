/* test_api_order.c - orders of pages, where the next begins, and figures in them */
/* SPDX-License-Identifier: MIT */
#include "gateway/api_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/apitext.h"
#include "proto/figureset.h"

static bool reads_order(enum api_method method, const char *order, struct api_command *ret_call)
{
	*ret_call = (struct api_command){ .method = method, .ordered = slice_of(order) };
	return api_order_read(ret_call);
}

static void test_orders(void **state)
{
	struct api_command call;

	(void)state;
	assert_true(reads_order(API_METHOD_ROOMS, "", &call));
	assert_int_equal(call.order, ORDER_NAME);
	assert_true(reads_order(API_METHOD_ROOMS, "-rate", &call));
	assert_int_equal(call.order, ORDER_RATE);
	assert_true(call.descending);
	assert_true(reads_order(API_METHOD_CONNECTIONS, "", &call));
	assert_int_equal(call.order, ORDER_SINCE);
	assert_true(reads_order(API_METHOD_CONNECTIONS, "user", &call));
	assert_int_equal(call.order, ORDER_USER);
	assert_false(call.descending);
	assert_false(reads_order(API_METHOD_CONNECTIONS, "rate", &call));
	assert_false(reads_order(API_METHOD_ROOMS, "-", &call));
	assert_false(reads_order(API_METHOD_ROOMS, "--rate", &call));
	call = (struct api_command){
		.method = API_METHOD_CONNECTIONS, .ordered = SLICE("id"), .closed = true
	};
	assert_false(api_order_read(&call));
}

static bool reads_after(enum api_order order, struct slice after, struct api_command *ret_call)
{
	*ret_call = (struct api_command){ .order = order, .after = after };
	return api_after_read(ret_call);
}

/* What was put is read again as it was. */
static void there_and_back(
	enum api_order order, uint64_t number, uint64_t serial, const char *text, const char *as)
{
	struct api_command call;
	struct buf out = { .cap = 0 };

	api_after_put(&out, order, number, serial, slice_of(text));
	assert_int_equal(strncmp(buf_cstr(&out), "\"next\":\"", 8), 0);
	assert_true(slice_eq(slice_make(out.data + 8, out.len - 9), slice_of(as)));
	assert_true(reads_after(order, slice_make(out.data + 8, out.len - 9), &call));
	assert_true(call.goes_on);
	assert_int_equal(call.number, number);
	assert_int_equal(call.since, serial);
	assert_true(slice_eq(call.after, slice_of(text)));
	buf_done(&out);
}

static void test_after(void **state)
{
	static const char whole[] = "7:8:a:b";
	struct api_command call;

	(void)state;
	there_and_back(ORDER_NAME, 0, 0, "7:8:room", "7:8:room");
	there_and_back(ORDER_SINCE, 0, 9, "", "9");
	there_and_back(ORDER_NICKNAME, 0, 9, "a:b", "0:9:a:b");
	there_and_back(ORDER_RATE, 1500, 0, "room", "1500:0:room");
	there_and_back(ORDER_SENT, 3, 9, "", "3:9:");
	there_and_back(ORDER_USER, 0, UINT64_MAX, "", "0:18446744073709551615:");
	for (size_t len = 0; len < sizeof(whole); len++)
		assert_int_equal(reads_after(ORDER_ID, slice_make(whole, len), &call), len >= 4);
	assert_false(reads_after(ORDER_ID, SLICE("-1:2:a"), &call));
	assert_false(reads_after(ORDER_ID, SLICE("1:18446744073709551616:a"), &call));
	assert_false(reads_after(ORDER_SINCE, SLICE("1:2"), &call));
}

static void test_figures(void **state)
{
	const struct msg_figure rows[] = { { .serial = 9, .sent = 3 },
		{ .serial = 4, .queued = 7, .sent = 1, .sent_bytes = 10, .received = 2 } };
	struct msg_conninfo conn = { .serial = 4, .id = SLICE("a"), .nickname = SLICE("A") };
	struct msg_api_connections page = { .total = 2, .more = 1 };
	struct buf raw = { .cap = 0 }, out = { .cap = 0 }, conns = { .cap = 0 };
	struct msg_list list = { .count = 0 };
	struct figureset set = { .all = { .cap = 0 } };

	(void)state;
	assert_null(figureset_find(NULL, 4));
	assert_null(figureset_find(&set, 4));
	for (size_t i = 0; i < 2; i++)
		msg_add_figure(&raw, &list, &rows[i]);
	figureset_add(&set, list);
	figureset_sort(&set);
	assert_int_equal(figureset_find(&set, 9)->sent, 3);
	assert_int_equal(figureset_number(&set, 9, ORDER_SENT), 3);
	assert_int_equal(figureset_number(&set, 4, ORDER_QUEUED), 7);
	assert_int_equal(figureset_number(&set, 5, ORDER_QUEUED), 0);
	assert_int_equal(figureset_number(&set, 9, ORDER_NICKNAME), 0);
	assert_null(figureset_find(&set, 5));
	msg_add_conninfo(&conns, &page.connections, &conn);
	apitext_connections(&out, &page, ORDER_NICKNAME, &set);
	assert_non_null(strstr(buf_cstr(&out),
		"\"sent\":1,\"sent_bytes\":10,\"received\":2,\"received_bytes\":0,\"queued\":7}"));
	assert_non_null(strstr(buf_cstr(&out), "\"next\":\"0:4:A\""));
	figureset_done(&set);
	buf_done(&raw);
	buf_done(&conns);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
