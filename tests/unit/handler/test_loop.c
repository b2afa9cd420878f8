/* test_loop.c - handlers over real sockets: comes and goes of the hub, loops, floods, stopping */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/handler/hub.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

enum { PATIENCE_MS = 20000 };

/* The other end: a ROUTER, which can be closed and bound again. */
struct router {
	void *context, *socket;
	char folder[40], path[60], address[70];
	unsigned char routing[256];
	size_t routing_len;
	struct hub hub; /* for what was heard */
};

static struct router router;
static struct atrium *atrium;
static unsigned told, ups, answered;

static void on_event(struct atrium *a, struct atrium_event *event, void *user)
{
	(void)a;
	(void)user;
	assert_int_equal(event->seq, told + 1);
	told++;
}

static void on_up(struct atrium *a, void *user)
{
	(void)a;
	(void)user;
	ups++;
}

static void on_result(struct atrium *a, const struct atrium_result *result, void *arg)
{
	(void)a;
	(void)arg;
	answered += result->error == NULL;
}

static void bind_router(void)
{
	int one = 1, zero = 0;

	router.socket = zmq_socket(router.context, ZMQ_ROUTER);
	zmq_setsockopt(router.socket, ZMQ_ROUTER_MANDATORY, &one, sizeof(one));
	zmq_setsockopt(router.socket, ZMQ_LINGER, &zero, sizeof(zero));
	zmq_setsockopt(router.socket, ZMQ_SNDHWM, &zero, sizeof(zero));
	assert_int_equal(zmq_bind(router.socket, router.address), 0);
}

static int setup(void **state)
{
	(void)state;
	memset(&router, 0, sizeof(router));
	strcpy(router.folder, "/tmp/atrium-XXXXXX");
	assert_non_null(mkdtemp(router.folder));
	snprintf(router.path, sizeof(router.path), "%s/handlers.sock", router.folder);
	snprintf(router.address, sizeof(router.address), "ipc://%s", router.path);
	router.context = zmq_ctx_new();
	router.hub.epoch = 7;
	bind_router();
	told = ups = answered = 0;
	assert_int_equal(atrium_new("bot", router.path, NULL, &atrium), 0);
	atrium_on_connect(atrium, on_event);
	atrium_on_up(atrium, on_up);
	atrium_serve(atrium, "*", ATRIUM_PEOPLE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	atrium_free(atrium);
	hub_clear(&router.hub);
	if (router.socket)
		zmq_close(router.socket);
	zmq_ctx_term(router.context);
	unlink(router.path);
	rmdir(router.folder);
	return 0;
}

/* Both ends have had something to do, or a little time has gone. */
static void step(void)
{
	zmq_msg_t part;
	zmq_pollitem_t items[2] = { { .socket = router.socket, .events = ZMQ_POLLIN },
		{ .fd = atrium_fd(atrium), .events = ZMQ_POLLIN } };

	zmq_poll(items, 2, 20);
	if (items[1].revents)
		assert_int_equal(atrium_process(atrium), 0);
	zmq_msg_init(&part);
	while (router.socket && zmq_msg_recv(&part, router.socket, ZMQ_DONTWAIT) >= 0) {
		router.routing_len = zmq_msg_size(&part);
		memcpy(router.routing, zmq_msg_data(&part), router.routing_len);
		assert_true(zmq_msg_recv(&part, router.socket, 0) >= 0);
		hub_hear(&router.hub, slice_make(zmq_msg_data(&part), zmq_msg_size(&part)));
	}
	zmq_msg_close(&part);
}

/* The next message of the handler. */
static const struct msg *next(enum msg_type type)
{
	struct hub *hub = &router.hub;

	for (int i = 0; i < PATIENCE_MS / 20 && hub->at == hub->count; i++)
		step();
	if (hub->at == hub->count)
		fail_msg("%s was expected", msg_name(type));
	assert_string_equal(msg_name(hub->heard[hub->at].type), msg_name(type));
	return &hub->heard[hub->at++];
}

static void say(const struct msg *msg)
{
	_cleanup_(buf_done) struct buf batch = { .cap = 0 };

	batch_begin(&batch, HANDLER_VERSION, router.hub.generation, router.hub.epoch);
	msg_encode(&batch, msg);
	assert_true(zmq_send(router.socket, router.routing, router.routing_len, ZMQ_SNDMORE) >= 0);
	assert_true(zmq_send(router.socket, batch.data, batch.len, 0) >= 0);
}

static void greet(void)
{
	struct msg welcome = { .type = MSG_WELCOME, .welcome = { .epoch = router.hub.epoch } };
	struct msg served = { .type = MSG_SERVED };
	unsigned before = ups;

	next(MSG_HELLO);
	say(&welcome);
	served.served.call = next(MSG_SERVE)->serve.call;
	say(&served);
	while (ups == before)
		step();
}

static void came(uint64_t seq)
{
	struct msg msg = { .type = MSG_CAME, .came = { .seq = seq, .room = SLICE("r") } };

	say(&msg);
}

static void acted(uint64_t call)
{
	struct msg msg = { .type = MSG_ACTED, .acted = { .call = call } };

	say(&msg);
}

static void links_and_acknowledges(void **state)
{
	(void)state;
	greet();
	came(1);
	assert_int_equal(next(MSG_HANDLED)->handled.seen, 1);
	assert_int_equal(told, 1);
}

/* It is not there yet when the handler starts; then it is killed, and comes again. */
static void the_hub_comes_and_goes(void **state)
{
	(void)state;
	zmq_close(router.socket);
	router.socket = NULL;
	assert_int_equal(atrium_wait(atrium, 50), 0);
	assert_int_equal(atrium_publish(atrium, "r", &(struct atrium_message){ .type = "t" },
				 on_result, NULL),
		0);
	for (unsigned round = 1; round <= 3; round++) {
		bind_router();
		greet();
		assert_int_equal(next(MSG_ACT_PUBLISH)->act_publish.call, 1);
		came(round);
		assert_int_equal(next(MSG_HANDLED)->handled.seen, round);
		if (round < 3) {
			zmq_close(router.socket);
			router.socket = NULL;
			while (atrium_is_up(atrium))
				assert_int_equal(atrium_wait(atrium, 20), 0);
		}
		hub_clear(&router.hub);
	}
	acted(1);
	while (answered == 0)
		step();
	assert_int_equal(atrium_pending(atrium), 0);
}

/*
 * ZeroMQ's descriptor tells of each change once, and sends consume what it tells: none of what
 * comes while the handler sends may be left lying.
 */
static void a_flood_both_ways_does_not_stall(void **state)
{
	enum { COUNT = 3000 };
	unsigned sent = 0, calls = 0;

	(void)state;
	greet();
	while (told < COUNT || calls < COUNT) {
		for (int i = 0; i < 10 && sent < COUNT; i++)
			came(++sent);
		if (calls < COUNT && atrium_say(atrium, "r", "t", "{}") == 0)
			acted(++calls);
		step();
		hub_clear(&router.hub);
	}
	while (atrium_pending(atrium) > 0)
		step();
	assert_int_equal(told, COUNT);
}

/* An action outside of callbacks makes the descriptor readable. */
static void actions_wake_the_loop(void **state)
{
	struct pollfd ready;

	(void)state;
	greet();
	for (int quiet = 0; quiet < 3;) {
		ready = (struct pollfd){ .fd = atrium_fd(atrium), .events = POLLIN };
		quiet = poll(&ready, 1, 10) == 0 ? quiet + 1 : 0;
		atrium_process(atrium);
	}
	atrium_say(atrium, "r", "t", "{}");
	ready = (struct pollfd){ .fd = atrium_fd(atrium), .events = POLLIN };
	assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
	assert_int_equal(atrium_process(atrium), 0);
	next(MSG_ACT_PUBLISH);
}

static void *stop_it(void *arg)
{
	(void)arg;
	atrium_stop(atrium);
	return NULL;
}

static void on_alarm(int number)
{
	(void)number;
	atrium_stop(atrium);
}

static void stopped_by_a_thread_or_a_signal(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, stop_it, NULL), 0);
	assert_int_equal(atrium_run(atrium), 0);
	pthread_join(thread, NULL);
	signal(SIGALRM, on_alarm);
	ualarm(20000, 0);
	assert_int_equal(atrium_run(atrium), 0);
	assert_int_equal(atrium_process(atrium), 0);
	atrium_stop(atrium);
	assert_int_equal(atrium_wait(atrium, -1), -ECANCELED);
}

static void free_it(struct atrium *a, void *user)
{
	(void)user;
	assert_int_equal(atrium_process(a), -EBUSY);
	assert_int_equal(atrium_run(a), -EBUSY);
	atrium_free(a);
}

static void freed_by_its_own_callback(void **state)
{
	struct msg welcome = { .type = MSG_WELCOME, .welcome = { .epoch = 7 } };
	struct msg served = { .type = MSG_SERVED };

	(void)state;
	next(MSG_HELLO);
	say(&welcome);
	served.served.call = next(MSG_SERVE)->serve.call;
	atrium_on_up(atrium, free_it);
	say(&served);
	assert_int_equal(atrium_run(atrium), 0);
	atrium = NULL;
}

/* What was said just before the end still leaves. */
static void last_words(void **state)
{
	(void)state;
	greet();
	atrium_say(atrium, "r", "bye", "{}");
	atrium_free(atrium);
	assert_int_equal(atrium_new("bot", router.path, NULL, &atrium), 0);
	assert_slice(next(MSG_ACT_PUBLISH)->act_publish.type, "bye");
}

static void replaced(void **state)
{
	struct msg drop = { .type = MSG_DROP,
		.drop = { SLICE("replaced by another process of this name") } };

	(void)state;
	greet();
	say(&drop);
	assert_int_equal(atrium_run(atrium), -EEXIST);
	assert_int_equal(atrium_wait(atrium, 0), -EEXIST);
}

static void look_at_it(struct atrium *a, const struct atrium_result *result, void *arg)
{
	assert_string_equal(result->error, "canceled");
	assert_int_equal(atrium_fd(a), -EBADF);
	atrium_stop(a);
	atrium_free(a);
	*(bool *)arg = true;
}

static void canceled_at_the_end(void **state)
{
	bool canceled = false;

	(void)state;
	assert_int_equal(atrium_count(atrium, "r", look_at_it, &canceled), 0);
	atrium_free(atrium);
	assert_true(canceled);
	atrium_stop(NULL);
	assert_int_equal(atrium_new("bot", router.path, NULL, &atrium), 0);
}

/* In a process of its own that may open so many descriptors; returns how it ended. */
static int begin_with(int descriptors)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		const struct rlimit limit = { (rlim_t)descriptors, (rlim_t)descriptors };
		struct atrium *other = NULL;
		int r = setrlimit(RLIMIT_NOFILE, &limit);

		_exit(r < 0 ? 1 : -atrium_new("bot", router.path, NULL, &other));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void without_descriptors(void **state)
{
	int descriptors = 3;

	(void)state;
	while (descriptors < 100 && begin_with(descriptors) == EMFILE)
		descriptors++;
	assert_in_range(descriptors, 15, 99);
	assert_int_equal(begin_with(descriptors), 0);
}

static void wrong_paths(void **state)
{
	struct atrium *other = NULL;
	char path[120];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(atrium_new("bot", path, NULL, &other), -ENAMETOOLONG);
	path[107] = '\0';
	assert_int_equal(atrium_new("bot", path, NULL, &other), 0);
	atrium_free(other);
	setenv("ATRIUM_HANDLERS", router.path, 1);
	assert_int_equal(atrium_new("bot", NULL, NULL, &other), 0);
	atrium_free(other);
	setenv("RUNTIME_DIRECTORY", router.folder, 1);
	unsetenv("ATRIUM_HANDLERS");
	assert_int_equal(atrium_new("bot", NULL, NULL, &other), 0);
	atrium_free(other);
	assert_int_equal(atrium_new("bot", NULL, NULL, NULL), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(links_and_acknowledges),
		TEST(the_hub_comes_and_goes),
		TEST(a_flood_both_ways_does_not_stall),
		TEST(actions_wake_the_loop),
		TEST(stopped_by_a_thread_or_a_signal),
		TEST(freed_by_its_own_callback),
		TEST(last_words),
		TEST(replaced),
		TEST(canceled_at_the_end),
		TEST(without_descriptors),
		TEST(wrong_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
