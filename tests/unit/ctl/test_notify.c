/* test_notify.c - datagrams of sd_notify */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/notify.h"

static struct notify parse(const char *text)
{
	struct notify notify = { .ready = false };

	notify_parse(slice_of(text), &notify);
	return notify;
}

static void ready_and_port(void **state)
{
	(void)state;
	assert_true(parse("READY=1").ready);
	assert_int_equal(parse("READY=1").port, 0);
	assert_true(parse("STATUS=up\nREADY=1\nX_ATRIUM_PORT=8100\n").ready);
	assert_int_equal(parse("STATUS=up\nREADY=1\nX_ATRIUM_PORT=8100\n").port, 8100);
	assert_int_equal(parse("X_ATRIUM_PORT=1\nREADY=1").port, 1);
	assert_int_equal(parse("X_ATRIUM_PORT=65535").port, 65535);
	assert_int_equal(parse("X_ATRIUM_PORT=1\nX_ATRIUM_TLS_PORT=2").port, 1);
	assert_int_equal(parse("X_ATRIUM_PORT=1\nX_ATRIUM_TLS_PORT=2").tls_port, 2);
	assert_int_equal(parse("X_ATRIUM_PORT=1").tls_port, 0);
}

static void anything_else(void **state)
{
	static const char *const texts[] = { "", "\n\n", "READY=0", "READY=11", "READY", " READY=1",
		"STATUS=READY=1", "WATCHDOG=1", "STOPPING=1" };
	static const char *const ports[] = { "X_ATRIUM_PORT=", "X_ATRIUM_PORT=65536",
		"X_ATRIUM_PORT=-1", "X_ATRIUM_PORT=80x", "X_ATRIUM_PORT=000080", "X_ATRIUM_PORT" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_false(parse(texts[i]).ready);
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		assert_int_equal(parse(ports[i]).port, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ready_and_port),
		cmocka_unit_test(anything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
