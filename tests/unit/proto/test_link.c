/* test_link.c - two ends of a link in one loop: greeting, order, back-pressure, breaks */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/link_internal.h"

enum { DEADLINE_MS = 10000 };

/* A gateway's end and a hub's end of hub.sock, and what happened to them. */
struct world {
	char directory[32];
	struct loop *loop;
	struct timer *deadline;
	struct link *hub, *gateway;
	struct link_peer *peer; /* the gateway, as the hub knows it */
	unsigned hellos, welcomes, hub_downs, gateway_downs, rooms, batches;
	uint64_t hub_epoch, applied, published, delivered; /* these: the last seq seen */
	unsigned disorder;
	unsigned until; /* ends run() when *watched has reached it */
	unsigned *watched;
	bool silent; /* the hub does not say WELCOME */
};

static void check_done(struct world *world)
{
	if (world->watched && *world->watched >= world->until)
		loop_stop(world->loop);
}

static void on_deadline(void *arg)
{
	(void)arg;
	fail_msg("nothing happened within %d ms", DEADLINE_MS);
}

/* Turns the loop until *watched is at least `until`. */
static void run(struct world *world, unsigned *watched, unsigned until)
{
	world->watched = watched;
	world->until = until;
	if (*watched < until)
		loop_run(world->loop);
	world->watched = NULL;
}

static void on_publish(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct world *world = self;

	(void)peer;
	world->disorder += msg->publish.seq != world->published + 1;
	world->published = msg->publish.seq;
}

static void on_deliver(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct world *world = self;

	(void)peer;
	world->disorder += msg->deliver.seq != world->delivered + 1;
	world->delivered = msg->deliver.seq;
}

static void on_hello(void *self, struct link_peer *peer, const struct msg_hello *hello)
{
	struct world *world = self;

	assert_int_equal(link_peer_process(peer), PROCESS_GATEWAY);
	assert_string_equal(link_peer_name(peer), "gateway-1");
	assert_true(link_peer_epoch(peer) == 77);
	assert_int_equal(link_peer_pid(peer), getpid());
	world->applied = hello->seen;
	world->peer = peer;
	world->hellos++;
	if (!world->silent)
		assert_int_equal(link_welcome(world->hub, peer, 41), 0);
	check_done(world);
}

static void on_up(void *self, struct link_peer *peer, const struct msg_welcome *welcome)
{
	struct world *world = self;

	assert_int_equal(link_peer_process(peer), PROCESS_HUB);
	assert_int_equal(welcome->applied, 41);
	world->hub_epoch = link_peer_epoch(peer);
	world->welcomes++;
	check_done(world);
}

static void on_hub_down(void *self, struct link_peer *peer)
{
	struct world *world = self;

	assert_ptr_equal(peer, world->peer);
	world->peer = NULL;
	world->hub_downs++;
	check_done(world);
}

static void on_gateway_down(void *self, struct link_peer *peer)
{
	struct world *world = self;

	(void)peer;
	world->gateway_downs++;
	check_done(world);
}

static void on_batch_end(void *self, struct link_peer *peer)
{
	struct world *world = self;

	(void)peer;
	world->batches++;
	check_done(world);
}

static void on_room(void *self, struct link_peer *peer)
{
	struct world *world = self;

	(void)peer;
	world->rooms++;
	check_done(world);
}

static const struct dispatch hub_dispatch = { .process = PROCESS_HUB,
	.on = { [MSG_PUBLISH] = on_publish } };
static const struct dispatch gateway_dispatch = { .process = PROCESS_GATEWAY,
	.on = { [MSG_DELIVER] = on_deliver } };
static const struct link_ops hub_ops = {
	.on_hello = on_hello, .on_down = on_hub_down, .on_batch_end = on_batch_end
};
static const struct link_ops gateway_ops = {
	.on_up = on_up, .on_down = on_gateway_down, .on_batch_end = on_batch_end, .on_room = on_room
};

static struct link *open_link(struct world *world, enum process process, uint64_t epoch,
	const struct dispatch *dispatch, const struct link_ops *ops)
{
	struct link *link = NULL;
	struct link_options options = { .id = LINK_HUB,
		.loop = world->loop,
		.directory = world->directory,
		.process = process,
		.name = process == PROCESS_HUB ? "hub" : "gateway-1",
		.epoch = epoch,
		.dispatch = dispatch,
		.ops = ops,
		.self = world };

	assert_int_equal(link_new(&options, &link), 0);
	return link;
}

static void open_hub(struct world *world, uint64_t epoch)
{
	world->hub = open_link(world, PROCESS_HUB, epoch, &hub_dispatch, &hub_ops);
}

static int setup(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	log_open("test", LOG_LEVEL_ERROR);
	snprintf(world->directory, sizeof(world->directory), "/tmp/atrium-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	world->loop = loop_new();
	world->deadline = timer_new(world->loop, on_deadline, world);
	timer_start(world->deadline, DEADLINE_MS);
	open_hub(world, 1000);
	world->gateway = open_link(world, PROCESS_GATEWAY, 77, &gateway_dispatch, &gateway_ops);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;
	_cleanup_(mem_freep) char *path = mem_printf("%s/hub.sock", world->directory);

	link_free(world->gateway);
	link_free(world->hub);
	timer_free(world->deadline);
	loop_free(world->loop);
	unlink(path);
	assert_int_equal(rmdir(world->directory), 0);
	mem_free(world);
	return 0;
}

static int publish(struct world *world, uint64_t seq, size_t len)
{
	static char body[4096];
	struct msg msg = { .type = MSG_PUBLISH,
		.publish = { .seq = seq, .body = slice_make(body, len) } };

	return link_send(world->gateway, NULL, &msg);
}

static int deliver(struct world *world, uint64_t seq)
{
	struct msg msg = { .type = MSG_DELIVER, .deliver = { .seq = seq } };

	return link_send(world->hub, world->peer, &msg);
}

static void test_greeting(void **state)
{
	struct world *world = *state;

	assert_false(link_is_up(world->gateway));
	assert_int_equal(publish(world, 1, 10), -EHOSTUNREACH);
	link_set_seen(world->gateway, 5, 17);
	run(world, &world->welcomes, 1);
	assert_true(link_is_up(world->gateway));
	assert_true(world->hub_epoch == 1000);
	assert_int_equal(world->applied, 17);
	assert_int_equal(world->hellos, 1);
}

/* A process that has reconnected before the server noticed that it was gone. */
static void test_the_same_process_again(void **state)
{
	struct world *world = *state;
	struct link *again;

	run(world, &world->welcomes, 1);
	again = open_link(world, PROCESS_GATEWAY, 77, &gateway_dispatch, &gateway_ops);
	run(world, &world->hellos, 2);
	assert_int_equal(world->hub_downs, 1);
	run(world, &world->welcomes, 2);
	assert_int_equal(deliver(world, 1), 0);
	link_free(again);
	run(world, &world->hub_downs, 2);
}

/* A client that says HELLO again is welcomed again, and says what it has seen. */
static void test_hello_again(void **state)
{
	struct world *world = *state;

	link_hello_again(world->gateway); /* it has not been welcomed yet: once is enough */
	run(world, &world->welcomes, 1);
	assert_int_equal(world->hellos, 1);
	link_set_seen(world->gateway, 1000, 23);
	link_hello_again(world->gateway);
	assert_false(link_is_up(world->gateway));
	run(world, &world->welcomes, 2);
	assert_int_equal(world->hellos, 2);
	assert_int_equal(world->applied, 23);
	assert_int_equal(world->hub_downs, 0);
	assert_int_equal(publish(world, 1, 10), 0);
}

static void test_nothing_is_sent_before_welcome(void **state)
{
	struct world *world = *state;

	world->silent = true;
	run(world, &world->hellos, 1);
	assert_int_equal(deliver(world, 1), -EHOSTUNREACH);
	assert_int_equal(publish(world, 1, 10), -EHOSTUNREACH);
	assert_int_equal(link_welcome(world->hub, world->peer, 41), 0);
	run(world, &world->welcomes, 1);
	assert_int_equal(publish(world, 1, 10), 0);
}

/* Many turns with traffic both ways: an edge that is missed would leave messages lying. */
static void test_order_both_ways(void **state)
{
	struct world *world = *state;
	uint64_t sent = 0;

	run(world, &world->welcomes, 1);
	for (int round = 0; round < 300; round++) {
		unsigned before = world->batches;

		for (int i = 0; i < 7; i++) {
			sent++;
			assert_int_equal(publish(world, sent, 100), 0);
			assert_int_equal(deliver(world, sent), 0);
		}
		run(world, &world->batches, before + 1);
	}
	while (world->published < sent || world->delivered < sent)
		run(world, &world->batches, world->batches + 1);
	assert_int_equal(world->disorder, 0);
}

static void test_what_a_turn_sends_is_one_batch(void **state)
{
	struct world *world = *state;

	run(world, &world->welcomes, 1);
	world->batches = 0;
	for (uint64_t seq = 1; seq <= 100; seq++)
		assert_int_equal(publish(world, seq, 100), 0);
	run(world, &world->batches, 1);
	assert_int_equal(world->published, 100);
	assert_int_equal(world->batches, 1);
}

/* Without a turn the peer cannot read: its queue fills, is never overrun, and nothing is lost. */
static void test_back_pressure(void **state)
{
	struct world *world = *state;
	uint64_t sent = 0;
	int r;

	run(world, &world->welcomes, 1);
	while ((r = publish(world, sent + 1, 4096)) == 0)
		sent++;
	assert_int_equal(r, -EAGAIN);
	assert_true(sent > 100);
	assert_true(sent * 4096 < 256u * 1024 * 1024);
	run(world, &world->rooms, 1);
	assert_int_equal(publish(world, sent + 1, 10), 0);
	while (world->published < sent + 1)
		run(world, &world->batches, world->batches + 1);
	assert_int_equal(world->disorder, 0);
}

static void test_server_restarts(void **state)
{
	struct world *world = *state;

	run(world, &world->welcomes, 1);
	link_free(world->hub);
	world->hub = NULL;
	run(world, &world->gateway_downs, 1);
	assert_false(link_is_up(world->gateway));
	assert_int_equal(publish(world, 1, 10), -EHOSTUNREACH);
	open_hub(world, 2000);
	run(world, &world->welcomes, 2);
	assert_true(world->hub_epoch == 2000);
	assert_int_equal(publish(world, 1, 10), 0);
	while (world->published < 1)
		run(world, &world->batches, world->batches + 1);
}

static void test_client_goes(void **state)
{
	struct world *world = *state;

	run(world, &world->welcomes, 1);
	link_free(world->gateway);
	world->gateway = NULL;
	run(world, &world->hub_downs, 1);
	assert_null(world->peer);
}

/* What a process may not send drops it; it starts over by itself. */
static void test_forbidden_message(void **state)
{
	struct world *world = *state;
	struct msg msg = { .type = MSG_ANNOUNCE };

	run(world, &world->welcomes, 1);
	assert_int_equal(link_send(world->gateway, NULL, &msg), 0);
	run(world, &world->hub_downs, 1);
	run(world, &world->gateway_downs, 1);
	run(world, &world->welcomes, 2);
	assert_int_equal(publish(world, 1, 10), 0);
}

static void test_message_without_handler(void **state)
{
	struct world *world = *state;
	struct msg msg = { .type = MSG_ROOMS };

	run(world, &world->welcomes, 1);
	assert_int_equal(link_send(world->gateway, NULL, &msg), 0);
	run(world, &world->hub_downs, 1);
	run(world, &world->welcomes, 2);
}

static void test_path_too_long(void **state)
{
	char directory[200];
	struct world *world = *state;
	struct link *link = NULL;
	struct link_options options = { .id = LINK_HUB,
		.loop = world->loop,
		.directory = directory,
		.process = PROCESS_GATEWAY,
		.name = "gateway-1" };

	memset(directory, 'x', sizeof(directory) - 1);
	directory[sizeof(directory) - 1] = '\0';
	assert_int_equal(link_new(&options, &link), -ENAMETOOLONG);
	assert_null(link);
}

/* Who is at the other end is what the kernel says. */
static void test_credentials(void **state)
{
	struct link_credentials credentials = { .pid = 0 };
	struct world *world = *state;

	run(world, &world->hellos, 1);
	assert_true(link_peer_credentials(world->peer, &credentials));
	assert_int_equal(credentials.uid, geteuid());
	assert_int_equal(credentials.gid, getegid());
	assert_int_equal(credentials.pid, getpid());
}

static void test_parsing_credentials(void **state)
{
	static const char *const bad[] = { "", ":", "1:2:3", "localhost", "localhost:1:2",
		":1:2:", ":1::3", ":1:2:3x", ":-1:2:3", ":4294967296:2:3", ":1: 2:3" };
	struct link_credentials found = { .pid = 0 };

	(void)state;
	assert_true(link_credentials_parse("localhost:1000:1001:77", &found));
	assert_true(found.uid == 1000 && found.gid == 1001 && found.pid == 77);
	assert_true(link_credentials_parse("a:b:0:4294967295:1", &found) && found.uid == 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(link_credentials_parse(bad[i], &found));
}

/* The file of a socket is never open to others, not even at first. */
static void test_mode(void **state)
{
	struct world *world = *state;
	struct link_options options = { .id = LINK_HANDLERS,
		.loop = world->loop,
		.directory = world->directory,
		.process = PROCESS_HUB,
		.name = "hub",
		.epoch = 9,
		.mode = 0660 };
	_cleanup_(mem_freep) char *path = mem_printf("%s/handlers.sock", world->directory);
	struct link *link = NULL;
	struct stat found;
	mode_t before = umask(0);

	assert_int_equal(link_new(&options, &link), 0);
	assert_int_equal(umask(before), 0);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0660);
	link_free(link);
	unlink(path);
}

/* A handler is not let in where the others are. */
static void test_handlers_elsewhere(void **state)
{
	struct world *world = *state;
	uint64_t rejected = counter_get(COUNTER_LINK_DROPPED), seq = 0;
	struct link *handler;

	run(world, &world->welcomes, 1);
	handler = open_link(world, PROCESS_HANDLER, 5, NULL, &gateway_ops);
	while (counter_get(COUNTER_LINK_DROPPED) == rejected) {
		assert_int_equal(publish(world, ++seq, 10), 0);
		run(world, &world->batches, world->batches + 1);
	}
	assert_false(link_is_up(handler));
	assert_int_equal(world->hellos, 1);
	link_free(handler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_greeting),
		TEST(test_the_same_process_again),
		TEST(test_hello_again),
		TEST(test_nothing_is_sent_before_welcome),
		TEST(test_order_both_ways),
		TEST(test_what_a_turn_sends_is_one_batch),
		TEST(test_back_pressure),
		TEST(test_server_restarts),
		TEST(test_client_goes),
		TEST(test_forbidden_message),
		TEST(test_message_without_handler),
		TEST(test_path_too_long),
		TEST(test_credentials),
		cmocka_unit_test(test_parsing_credentials),
		TEST(test_mode),
		TEST(test_handlers_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
