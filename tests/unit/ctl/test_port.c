/* test_port.c - ports that are taken, shared or not, and free ones */
/* SPDX-License-Identifier: MIT */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/port.h"

/* A listening socket on a free port of 127.0.0.1. */
static int take(bool shared, char ret_port[8])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = shared;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	snprintf(ret_port, 8, "%u", ntohs(address.sin_port));
	return fd;
}

static void taken_and_free(void **state)
{
	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		char port[8];
		int fd = take(shared, port);

		assert_true(port_in_use("127.0.0.1", port));
		assert_true(port_in_use("*", port));
		assert_false(port_in_use("127.0.0.2", port));
		close(fd);
		assert_false(port_in_use("127.0.0.1", port));
		assert_false(port_in_use("*", port));
	}
}

static void what_cannot_be_told(void **state)
{
	(void)state;
	assert_false(port_in_use("127.0.0.1", "0"));
	assert_false(port_in_use("", "1"));
	assert_false(port_in_use("127.0.0.1", "none"));
	assert_false(port_in_use("no address", "8100"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken_and_free),
		cmocka_unit_test(what_cannot_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
