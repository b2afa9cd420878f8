/* test_report.c - the body of system_metrics */
/* SPDX-License-Identifier: MIT */
#include "metrics/report.h"

#include "proto/json.h"
#include "tests/unit/metrics/reports.h"

static const struct host host = {
	.cpu = 12.34,
	.memory = { 1000, 400, 40 },
	.disk = { 5000, 100, 2.06 },
	.load = { 0.5, 1, 2.25 },
};

static const struct alerts none;

static void nothing_is_known_yet(void **state)
{
	struct store *store = store_new();
	struct buf body = { .cap = 0 };

	(void)state;
	report_write(&body, store, &host, &none, 1700000000123);
	assert_string_equal(buf_cstr(&body),
		"\"time\":1700000000123,\"cpu\":12.3,"
		"\"memory\":{\"total\":1000,\"used\":400,\"percent\":40.0},"
		"\"disk\":{\"total\":5000,\"used\":100,\"percent\":2.1},"
		"\"load\":[0.50,1.00,2.25],\"processes\":[],\"connections\":0,\"rooms\":0,"
		"\"messages\":0.0,\"deliveries\":0.0,\"received\":0.0,\"queue_bytes\":0,"
		"\"delivery_p50\":null,\"delivery_p99\":null,\"delivery_p999\":null,"
		"\"verdict_p50\":null,\"verdict_p99\":null,\"verdict_p999\":null,"
		"\"backlog_p50\":null,\"backlog_p99\":null,\"backlog_p999\":null,\"alerts\":[]");
	store_free(store);
	buf_done(&body);
}

static void processes_and_rates(void **state)
{
	struct store *store = store_new();
	struct buf body = { .cap = 0 }, text = { .cap = 0 };
	struct json_value value;

	(void)state;
	report(store, 1000, PROCESS_GATEWAY, "gateway-1", 1, COUNTER_GATEWAY_RECEIVED, 10);
	report(store, 2000, PROCESS_GATEWAY, "gateway-1", 1, COUNTER_GATEWAY_RECEIVED, 15);
	report(store, 2000, PROCESS_HUB, "hub", 4, COUNTER_HUB_ROOMS, 3);
	report(store, 9000, PROCESS_AUTH, "auth", 3, 0, 0);
	store_at(store, 0)->usage = (struct usage){
		.known = true, .cpu = 3.25, .memory = 123456, .fds = 20, .uptime = 61.9
	};
	store_expire(store, mono_after((struct mono){ 0 }, 5000));
	report_write(&body, store, &host, &none, 1);
	assert_non_null(strstr(buf_cstr(&body),
		"\"processes\":[{\"name\":\"gateway-1\",\"process\":\"gateway\",\"pid\":1001,"
		"\"cpu\":3.2,\"memory\":123456,\"fds\":20,\"uptime\":61,\"up\":true,\"restarts\":0,\"version\":\"1.2\"},"
		"{\"name\":\"hub\",\"process\":\"hub\",\"pid\":1004,"
		"\"cpu\":0.0,\"memory\":0,\"fds\":0,\"uptime\":0,\"up\":true,\"restarts\":0,\"version\":\"1.2\"},"
		"{\"name\":\"auth\",\"process\":\"auth\",\"pid\":1003,"));
	assert_non_null(strstr(buf_cstr(&body), "\"rooms\":3,"));
	assert_non_null(strstr(buf_cstr(&body), "\"received\":5.0,"));
	buf_putc(&text, '{');
	buf_put(&text, buf_slice(&body));
	buf_putc(&text, '}');
	assert_int_equal(json_check(buf_slice(&text), 4, &value), 0);
	/* The gateway falls silent. */
	store_expire(store, mono_after((struct mono){ 0 }, 5001));
	buf_clear(&body);
	report_write(&body, store, &host, &none, 1);
	assert_non_null(strstr(buf_cstr(&body),
		"\"pid\":1001,\"cpu\":0.0,\"memory\":0,\"fds\":0,\"uptime\":0,\"up\":false,\"restarts\":0,\"version\":\"1.2\"}"));
	assert_non_null(strstr(buf_cstr(&body), "\"received\":0.0,"));
	store_free(store);
	buf_done(&body);
	buf_done(&text);
}

/* A report of one bucket: so many of 24 to 32 microseconds. */
static void observe(struct store *store, uint64_t ms, uint64_t count)
{
	struct msg_bucket bucket = { HISTOGRAM_GATEWAY_DELIVERY, 2, count };
	struct msg_counters counters = {
		.process = PROCESS_GATEWAY, .name = SLICE("gateway-1"), .epoch = 1
	};
	struct buf raw = { .cap = 0 };

	msg_add_bucket(&raw, &counters.buckets, &bucket);
	assert_int_equal(store_report(store, mono_after((struct mono){ 0 }, ms), &counters), 0);
	buf_done(&raw);
}

static void quantiles_of_the_last_second(void **state)
{
	struct store *store = store_new();
	struct alerts alerts = { .count = 0 };
	struct buf body = { .cap = 0 };
	const char *why;

	(void)state;
	assert_int_equal(alerts_add(&alerts, "busy", "host.cpu > 80", "", &why), 0);
	observe(store, 1000, 1000);
	observe(store, 2000, 1010);
	report_write(&body, store, &host, &alerts, 1);
	assert_non_null(strstr(buf_cstr(&body),
		"\"delivery_p50\":0.028,\"delivery_p99\":0.032,\"delivery_p999\":0.032"));
	assert_non_null(strstr(buf_cstr(&body), "\"alerts\":[{\"name\":\"busy\""));
	/* Nothing more came. */
	observe(store, 3000, 1010);
	buf_clear(&body);
	report_write(&body, store, &host, &alerts, 1);
	assert_non_null(strstr(buf_cstr(&body), "\"delivery_p50\":null"));
	store_free(store);
	buf_done(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_yet),
		cmocka_unit_test(processes_and_rates),
		cmocka_unit_test(quantiles_of_the_last_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
