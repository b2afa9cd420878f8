/* test_proc.c - texts of /proc as kernels write them, and cut short at every byte */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "metrics/proc.h"
#include "proto/base/mem.h"

static const char stat_text[] = "cpu  56983 7880 33474 489613 2389 0 2986 166 11 22\n"
				"cpu0 23510 3794 14249 253310 412 0 1296 92 0 0\n"
				"intr 1\n";

static const char meminfo_text[] = "MemTotal:       24684092 kB\n"
				   "MemFree:        23627456 kB\n"
				   "MemAvailable:   24173936 kB\n"
				   "Buffers:           12345 kB\n";

static const char pid_text[] =
	"24556 (a) (b) R 24499 24499 10448 0 -1 4194304 100 0 0 0 70 30 5 6 20 0 1 0 298185 "
	"3133440 376 18446744073709551615 94415713853440 0 0 0\n";

static void stat_adds_up(void **state)
{
	struct proc_cpu cpu;

	(void)state;
	assert_int_equal(proc_parse_stat(slice_of(stat_text), &cpu), 0);
	/* user nice system irq softirq steal; guests are in user. */
	assert_int_equal(cpu.busy, 56983 + 7880 + 33474 + 0 + 2986 + 166);
	assert_int_equal(cpu.total, cpu.busy + 489613 + 2389);
}

static void meminfo_is_in_bytes(void **state)
{
	struct proc_memory memory;

	(void)state;
	assert_int_equal(proc_parse_meminfo(slice_of(meminfo_text), &memory), 0);
	assert_int_equal(memory.total, 24684092ull * 1024);
	assert_int_equal(memory.available, 24173936ull * 1024);
	assert_int_equal(proc_parse_meminfo(SLICE("MemTotal: 5 kB\n"), &memory), -EBADMSG);
	assert_int_equal(proc_parse_meminfo(SLICE("MemTotal: 5 kB\nMemAvailable: 6 kB\n"), &memory),
		-EBADMSG);
	assert_int_equal(memory.total, 24684092ull * 1024);
}

static void averages(void **state)
{
	double load[3] = { -1, -1, -1 }, seconds;

	(void)state;
	assert_int_equal(proc_parse_loadavg(SLICE("1.60 0.07 12 3/117 24555\n"), load), 0);
	assert_true(load[0] == 1.6 && load[1] == 0.07 && load[2] == 12);
	assert_int_equal(proc_parse_loadavg(SLICE("1.60 0.07\n"), load), -EBADMSG);
	assert_int_equal(proc_parse_loadavg(SLICE("1.60 0.0.7 1\n"), load), -EBADMSG);
	assert_int_equal(proc_parse_loadavg(SLICE("nan 1 1\n"), load), -EBADMSG);
	assert_true(load[0] == 1.6);
	assert_int_equal(proc_parse_uptime(SLICE("2981.85 4896.13\n"), &seconds), 0);
	assert_true(seconds > 2981.84 && seconds < 2981.86);
	assert_int_equal(proc_parse_uptime(SLICE(""), &seconds), -EBADMSG);
}

static void a_process_may_have_any_name(void **state)
{
	struct proc_times times;
	uint64_t pages;

	(void)state;
	assert_int_equal(proc_parse_pid_stat(slice_of(pid_text), &times), 0);
	assert_int_equal(times.cpu, 100);
	assert_int_equal(times.start, 298185);
	assert_int_equal(proc_parse_pid_stat(SLICE("1 (x"), &times), -EBADMSG);
	assert_int_equal(proc_parse_statm(SLICE("765 435 407 5 0 123 0\n"), &pages), 0);
	assert_int_equal(pages, 435);
	assert_int_equal(proc_parse_statm(SLICE("765\n435"), &pages), -EBADMSG);
}

/* Cut anywhere, and copied so that the sanitizer sees a byte that is read too far. */
static void no_cut_is_read_beyond(void **state)
{
	const struct slice texts[] = { slice_of(stat_text), slice_of(meminfo_text),
		slice_of(pid_text) };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		for (size_t len = 0; len < texts[i].len; len++) {
			char *copy = mem_alloc(len);
			struct slice text = slice_make(copy, len);
			struct proc_cpu cpu;
			struct proc_memory memory;
			struct proc_times times;
			double load[3];
			uint64_t pages;

			memcpy(copy, texts[i].ptr, len);
			(void)proc_parse_stat(text, &cpu);
			(void)proc_parse_meminfo(text, &memory);
			(void)proc_parse_pid_stat(text, &times);
			(void)proc_parse_loadavg(text, load);
			(void)proc_parse_statm(text, &pages);
			mem_free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_adds_up),
		cmocka_unit_test(meminfo_is_in_bytes),
		cmocka_unit_test(averages),
		cmocka_unit_test(a_process_may_have_any_name),
		cmocka_unit_test(no_cut_is_read_beyond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
