/* test_sample.c - what is made of a /proc of our own, from one look to the next */
/* SPDX-License-Identifier: MIT */
#include "metrics/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/mem.h"
#include "tests/unit/metrics/reports.h"

static char place[] = "/tmp/atrium-proc-XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(place) ? 0 : -1;
}

static int teardown(void **state)
{
	char *command = mem_printf("rm -rf '%s'", place);
	int r = system(command);

	(void)state;
	mem_free(command);
	return r;
}

static void put(const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", place, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
	mem_free(path);
}

static void make_dir(const char *name)
{
	char *path = mem_printf("%s/%s", place, name);

	assert_int_equal(mkdir(path, 0700), 0);
	mem_free(path);
}

/* Ticks of the process 1001: in use, and when it was started. */
static void put_process(unsigned ticks, unsigned start)
{
	char text[256];

	snprintf(text, sizeof(text), "1001 (hub) S 1 1 1 0 -1 0 0 0 0 0 %u 0 0 0 20 0 1 0 %u 0 0\n",
		ticks, start);
	put("1001/stat", text);
}

static void the_machine(void **state)
{
	struct sampler *sampler = sampler_new(place, place);
	struct host host = { .cpu = 0 };

	(void)state;
	/* Nothing can be read but the disk. */
	sampler_host(sampler, &host);
	assert_true(host.cpu == 0 && host.memory.total == 0 && host.disk.total > 0);
	assert_true(host.disk.percent > 0 && host.disk.percent <= 100);
	put("stat", "cpu  100 0 100 800 0 0 0 0 0 0\n");
	put("meminfo", "MemTotal: 1000 kB\nMemAvailable: 250 kB\n");
	put("loadavg", "0.10 0.20 0.30 1/2 3\n");
	put("uptime", "1000.00 1\n");
	sampler_host(sampler, &host);
	assert_true(host.cpu == 0);
	assert_int_equal(host.memory.used, 750 * 1024);
	assert_true(host.memory.percent == 75);
	assert_true(host.load[2] == 0.3);
	put("stat", "cpu  150 0 100 950 0 0 0 0 0 0\n");
	sampler_host(sampler, &host);
	assert_true(host.cpu == 25);
	/* It cannot go back; what was said stays. */
	put("stat", "cpu  1 0 1 1 0 0 0 0 0 0\n");
	put("meminfo", "nonsense\n");
	sampler_host(sampler, &host);
	assert_true(host.cpu == 25 && host.memory.percent == 75);
	sampler_free(sampler);
	sampler_free(NULL);
}

static void a_process(void **state)
{
	const unsigned hz = (unsigned)sysconf(_SC_CLK_TCK);
	struct sampler *sampler = sampler_new(place, place);
	struct store *store = store_new();
	const struct usage *usage;
	struct host host = { .cpu = 0 };

	(void)state;
	report(store, 0, PROCESS_HUB, "hub", 1, 0, 0);
	usage = &store_at(store, 0)->usage;
	sampler_processes(sampler, store, (struct mono){ 0 });
	assert_false(usage->known);
	make_dir("1001");
	make_dir("1001/fd");
	put("1001/fd/0", "");
	put("1001/fd/1", "");
	put("1001/statm", "100 10 5 1 0 9 0\n");
	put("uptime", "1000.00 1\n");
	put_process(hz, hz * 400);
	sampler_host(sampler, &host);
	sampler_processes(sampler, store, mono_after((struct mono){ 0 }, 1000));
	assert_true(usage->known && usage->cpu == 0 && usage->cpu_seconds == 1);
	assert_int_equal(usage->memory, 10 * sysconf(_SC_PAGESIZE));
	assert_int_equal(usage->fds, 2);
	assert_true(usage->uptime == 600);
	put_process(2 * hz, hz * 400);
	sampler_processes(sampler, store, mono_after((struct mono){ 0 }, 3000));
	assert_true(usage->cpu == 50);
	/* Another process under the same number. */
	put_process(9 * hz, hz * 500);
	sampler_processes(sampler, store, mono_after((struct mono){ 0 }, 4000));
	assert_true(usage->known && usage->cpu == 0);
	put("1001/stat", "gone");
	sampler_processes(sampler, store, mono_after((struct mono){ 0 }, 5000));
	assert_false(usage->known);
	store_free(store);
	sampler_free(sampler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine),
		cmocka_unit_test(a_process),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
