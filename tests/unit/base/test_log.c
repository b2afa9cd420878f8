/* test_log.c - lines on stderr: form, escaping, what is held back */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/log.h"

static int saved_stderr, captured;
static char text[100000];

/* What was written to stderr since the last call. */
static const char *logged(void)
{
	ssize_t n = pread(captured, text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(ftruncate(captured, 0), 0);
	return text;
}

static int begin(void **state)
{
	(void)state;
	saved_stderr = dup(STDERR_FILENO);
	captured = open("/tmp", O_TMPFILE | O_RDWR | O_APPEND, 0600);
	dup2(captured, STDERR_FILENO);
	clock_freeze((struct mono){ 1000000000u }, 0);
	log_open("tester", LOG_LEVEL_INFO);
	return captured < 0;
}

static int end(void **state)
{
	(void)state;
	clock_advance(100000);
	log_flush();
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(captured);
	return 0;
}

static void lines(void **state)
{
	(void)state;
	log_info("started", "port=%d name=%s", 8100, "x");
	assert_string_equal(logged(), "started port=8100 name=x\n");
	log_error("stopped", "%s", "");
	assert_string_equal(logged(), "stopped\n");
}

static void levels(void **state)
{
	(void)state;
	log_debug("detail", "a=%d", 1);
	assert_string_equal(logged(), "");
	log_set_level(LOG_LEVEL_DEBUG);
	assert_true(log_enabled(LOG_LEVEL_DEBUG));
	log_debug("detail", "a=%d", 1);
	assert_string_equal(logged(), "detail a=1\n");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("odd", "a=%d", 1);
	assert_string_equal(logged(), "");
	log_error("bad", "a=%d", 1);
	assert_string_equal(logged(), "bad a=1\n");
	log_set_level(LOG_LEVEL_INFO);
}

static void journal_prefix(void **state)
{
	struct stat st;
	char stream[64];

	(void)state;
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("tester", LOG_LEVEL_INFO);
	log_warn("prefixed", "a=1");
	assert_string_equal(logged(), "<4>prefixed a=1\n");
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_open("tester", LOG_LEVEL_INFO);
	log_warn("prefixed", "a=1");
	assert_string_equal(logged(), "prefixed a=1\n");
	unsetenv("JOURNAL_STREAM");
	log_open("tester", LOG_LEVEL_INFO);
}

static void nothing_forges_a_line(void **state)
{
	(void)state;
	log_info("peer", "text=%s", "a\nforged x=1\r\t\x1b[31m\x7f\xC2\x85\xFF\xC3\xA9");
	assert_string_equal(
		logged(), "peer text=a\\nforged x=1\\r\\t\\x1b[31m\\x7f\\xc2\\x85\\xff\xC3\xA9\n");
}

static void long_lines_are_cut(void **state)
{
	static char value[5001];
	const char *got;

	(void)state;
	memset(value, 'x', 5000);
	log_info("long", "v=%s", value);
	got = logged();
	assert_int_equal(strlen(got), strlen("long ") + 2000 + strlen("...\n"));
	assert_string_equal(got + strlen(got) - 5, "x...\n");
	memset(value, '\n', 5000);
	log_info("long", "v=%s", value);
	assert_int_equal(strlen(logged()), strlen("long v=") + 1998 * 2 + strlen("...\n"));
	for (size_t i = 0; i + 1 < sizeof(value); i += 2)
		memcpy(value + i, "\xC3\xA9", 2);
	log_info("long", "%s", value); /* not in the middle of a character */
	assert_null(strstr(logged(), "\\x"));
}

static size_t count_lines(const char *in)
{
	size_t count = 0;

	for (; *in; in++)
		count += *in == '\n';
	return count;
}

static void repeats_are_held_back(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++)
		log_info("often", "i=%d", i);
	assert_int_equal(count_lines(logged()), 20);
	log_info("other", "is=heard");
	assert_string_equal(logged(), "other is=heard\n");
	clock_advance(9999);
	log_flush();
	log_info("often", "i=50");
	assert_string_equal(logged(), "");
	clock_advance(1);
	log_flush();
	assert_string_equal(logged(), "log_held_back count=31 of=often\n");
	log_flush();
	log_info("often", "i=51");
	assert_string_equal(logged(), "often i=51\n");
}

static void held_back_is_said_before_the_next(void **state)
{
	(void)state;
	for (int i = 0; i < 21; i++)
		log_warn("again", "%s", "");
	logged();
	clock_advance(20000);
	log_warn("again", "after=pause");
	assert_string_equal(logged(), "log_held_back count=1 of=again\nagain after=pause\n");
}

static void more_events_than_the_table_holds(void **state)
{
	static char names[200][16];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 200; i++) {
			snprintf(names[i], sizeof(names[i]), "e%d", i);
			log_info(names[i], "%s", "");
		}
	}
	assert_int_equal(count_lines(logged()), 600);
}

static void quotes(void **state)
{
	static char longer[301];

	(void)state;
	assert_string_equal(log_quote(SLICE("plain-1.2/x")), "plain-1.2/x");
	assert_string_equal(log_quote(SLICE("")), "\"\"");
	assert_string_equal(log_quote(SLICE("a b")), "\"a b\"");
	assert_string_equal(log_quote(SLICE("a=b")), "\"a=b\"");
	assert_string_equal(log_quote(SLICE("a\"b\\")), "\"a\\\"b\\\\\"");
	assert_string_equal(log_quote(SLICE("a\n\0")), "\"a\\n\\x00\"");
	assert_string_equal(log_quote(SLICE("\xC3\xA9")), "\xC3\xA9");
	memset(longer, 'x', 300);
	assert_int_equal(strlen(log_quote(slice_of(longer))), 205);
	memset(longer, 1, 300);
	assert_int_equal(strlen(log_quote(slice_of(longer))), 805);
}

static void quoted_values_live_for_eight(void **state)
{
	const char *first = log_quote(SLICE("first"));

	(void)state;
	for (int i = 0; i < 7; i++)
		log_quote(SLICE("next"));
	assert_string_equal(first, "first");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(levels),
		cmocka_unit_test(journal_prefix),
		cmocka_unit_test(nothing_forges_a_line),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(repeats_are_held_back),
		cmocka_unit_test(held_back_is_said_before_the_next),
		cmocka_unit_test(more_events_than_the_table_holds),
		cmocka_unit_test(quotes),
		cmocka_unit_test(quoted_values_live_for_eight),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
