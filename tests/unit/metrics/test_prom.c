/* test_prom.c - the text that Prometheus reads */
/* SPDX-License-Identifier: MIT */
#include "metrics/prom.h"

#include <stdio.h>

#include "tests/unit/metrics/reports.h"

static const struct host host = {
	.cpu_busy_seconds = 1.5,
	.cpu_idle_seconds = 20,
	.memory = { 1000, 400, 40 },
	.disk = { 5000, 100, 2 },
	.load = { 0.5, 1, 2 },
};

static void assert_has(struct buf *text, const char *lines)
{
	if (!strstr(buf_cstr(text), lines))
		fail_msg("not there: %s", lines);
}

static void assert_lacks(struct buf *text, const char *part)
{
	if (strstr(buf_cstr(text), part))
		fail_msg("there: %s", part);
}

static void counters_and_gauges(void **state)
{
	struct store *store = store_new();
	struct buf text = { .cap = 0 };

	(void)state;
	report(store, 1, PROCESS_HUB, "hub", 1, COUNTER_HUB_PUBLISHED, 1234567890123);
	report(store, 1, PROCESS_GATEWAY, "gateway-1", 1, COUNTER_GATEWAY_CONNECTIONS, 3);
	report(store, 1, PROCESS_GATEWAY, "gateway-2", 1, COUNTER_GATEWAY_CONNECTIONS, 4);
	store_at(store, 0)->usage =
		(struct usage){ .known = true, .cpu_seconds = 2.5, .memory = 4096, .fds = 9 };
	prom_write(&text, store, &host);
	assert_has(&text,
		"# HELP atrium_hub_published_total messages published to rooms\n"
		"# TYPE atrium_hub_published_total counter\n"
		"atrium_hub_published_total{process=\"hub\",instance=\"hub\"} 1234567890123\n");
	assert_has(&text,
		"# TYPE atrium_gateway_connections gauge\n"
		"atrium_gateway_connections{process=\"gateway\",instance=\"gateway-1\"} 3\n"
		"atrium_gateway_connections{process=\"gateway\",instance=\"gateway-2\"} 4\n");
	assert_has(&text,
		"# TYPE atrium_process_cpu_seconds_total counter\n"
		"atrium_process_cpu_seconds_total{process=\"gateway\",instance=\"gateway-1\"} "
		"2.50\n"
		"# HELP");
	assert_has(
		&text, "atrium_process_open_fds{process=\"gateway\",instance=\"gateway-1\"} 9\n");
	assert_has(&text, "atrium_host_cpu_seconds_total{mode=\"busy\"} 1.50\n");
	assert_has(&text, "atrium_host_memory_used_bytes 400\n");
	assert_has(&text, "atrium_host_load5 1.00\n");
	assert_lacks(&text, "atrium_auth_");
	store_free(store);
	buf_done(&text);
}

static void files_that_we_may_not_count_are_not_told(void **state)
{
	struct store *store = store_new();
	struct buf text = { .cap = 0 };

	(void)state;
	report(store, 1, PROCESS_HUB, "hub", 1, COUNTER_HUB_PUBLISHED, 5);
	store_at(store, 0)->usage = (struct usage){ .known = true, .memory = 4096 };
	prom_write(&text, store, &host);
	assert_has(&text,
		"atrium_process_resident_memory_bytes{process=\"hub\",instance=\"hub\"} 4096\n");
	assert_lacks(&text, "atrium_process_open_fds");
	store_free(store);
	buf_done(&text);
}

static void one_that_is_down_is_only_down(void **state)
{
	struct store *store = store_new();
	struct buf text = { .cap = 0 };

	(void)state;
	report(store, 1, PROCESS_HUB, "hub", 1, COUNTER_HUB_PUBLISHED, 5);
	report(store, 9000, PROCESS_AUTH, "auth", 1, COUNTER_AUTH_KEYS, 5);
	store_expire(store, mono_after((struct mono){ 0 }, 9000));
	prom_write(&text, store, &host);
	assert_has(&text,
		"atrium_process_up{process=\"hub\",instance=\"hub\"} 0\n"
		"atrium_process_up{process=\"auth\",instance=\"auth\"} 1\n");
	assert_lacks(&text, "atrium_hub_");
	assert_lacks(&text, "atrium_process_resident");
	assert_has(&text, "atrium_auth_keys{process=\"auth\",instance=\"auth\"} 5\n");
	store_free(store);
	buf_done(&text);
}

/* Each name has one HELP and one TYPE, and its series follow them. */
static void every_counter_has_its_head_once(void **state)
{
	struct store *store = store_new();
	struct buf text = { .cap = 0 };

	(void)state;
	report(store, 1, PROCESS_GATEWAY, "gateway-1", 1, 0, 0);
	report(store, 1, PROCESS_HUB, "hub", 1, 0, 0);
	report(store, 1, PROCESS_AUTH, "auth", 1, 0, 0);
	report(store, 1, PROCESS_METRICS, "metrics", 1, 0, 0);
	report(store, 1, PROCESS_WEBHOOK, "webhook", 1, 0, 0);
	prom_write(&text, store, &host);
	for (unsigned i = 0; i < COUNTER_MAX; i++) {
		const struct counter_row *row = counter_row(i);
		bool counts = row->kind == COUNTER_KIND_COUNTER;
		char head[160];
		const char *first;

		snprintf(head, sizeof(head), "# TYPE atrium_%s%s %s\natrium_%s%s{", row->name,
			counts ? "_total" : "", counts ? "counter" : "gauge", row->name,
			counts ? "_total" : "");
		first = strstr(buf_cstr(&text), head);
		if (!first)
			fail_msg("not there: %s", head);
		snprintf(head, sizeof(head), "# HELP atrium_%s%s ", row->name,
			counts ? "_total" : "");
		first = strstr(buf_cstr(&text), head);
		assert_non_null(first);
		assert_null(strstr(first + 1, head));
	}
	store_free(store);
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_and_gauges),
		cmocka_unit_test(files_that_we_may_not_count_are_not_told),
		cmocka_unit_test(one_that_is_down_is_only_down),
		cmocka_unit_test(every_counter_has_its_head_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
