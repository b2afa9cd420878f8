/* test_link_peer.c - a client's end of a link: which WELCOME brings it up */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/batch.h"
#include "proto/link_internal.h"

static unsigned ups, downs;

static void on_up(void *self, struct link_peer *peer, const struct msg_welcome *welcome)
{
	(void)self;
	(void)peer;
	(void)welcome;
	ups++;
}

static void on_down(void *self, struct link_peer *peer)
{
	(void)self;
	(void)peer;
	downs++;
}

static const struct link_ops ops = { .on_up = on_up, .on_down = on_down };

/* The server's answer to the HELLO of this generation comes. */
static void welcome(struct link *link, uint32_t generation)
{
	_cleanup_(buf_done) struct buf batch = { .cap = 0 };
	struct msg msg = { .type = MSG_WELCOME,
		.welcome = { .version = PROTO_VERSION, .process = PROCESS_AUTH, .epoch = 9 } };

	batch_begin(&batch, PROTO_VERSION, generation, 9);
	msg_encode(&batch, &msg);
	link_take_batch(link, slice_of(NULL), buf_slice(&batch));
}

/* As link.c does when its monitor says so. */
static void connect_it(struct link *link)
{
	link->connected = true;
	link_say_hello(link);
}

static void disconnect_it(struct link *link)
{
	link->connected = false;
	link_peer_down(link->peers[0]);
}

/* What ZeroMQ still has of a connection that is gone is not believed, its WELCOME least of all. */
static void check_welcomes(struct link *link)
{
	uint32_t first, second;

	connect_it(link);
	first = link->peers[0]->generation;
	disconnect_it(link);
	welcome(link, first);
	assert_false(link_is_up(link));
	connect_it(link);
	second = link->peers[0]->generation;
	assert_int_not_equal(first, second);
	welcome(link, first);
	assert_false(link_is_up(link));
	welcome(link, second);
	assert_true(link_is_up(link));
	disconnect_it(link);
	welcome(link, second);
	assert_false(link_is_up(link));
	assert_int_equal(ups, 1);
	assert_int_equal(downs, 1);
}

static void test_welcomes_of_connections_that_are_gone(void **state)
{
	char directory[] = "/tmp/atrium-XXXXXX";
	struct loop *loop = loop_new();
	struct link *link = NULL;
	struct link_options options = { .id = LINK_AUTH,
		.loop = loop,
		.directory = directory,
		.process = PROCESS_GATEWAY,
		.name = "gateway-1",
		.epoch = 77,
		.ops = &ops };

	(void)state;
	log_open("test", LOG_LEVEL_ERROR);
	assert_non_null(mkdtemp(directory));
	assert_int_equal(link_new(&options, &link), 0);
	check_welcomes(link);
	link_free(link);
	loop_free(loop);
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_welcomes_of_connections_that_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
