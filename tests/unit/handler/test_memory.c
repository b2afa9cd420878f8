/* test_memory.c - there is no memory: -ENOMEM, or asked again, and never the end of the process */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/handler/hub.h"

#include <stdlib.h>

/* The library's calls come here: the Makefile links this test with --wrap. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);

static long left = -1; /* allocations that succeed; -1: all */
static struct hub hub;
static unsigned told, errors;

static bool fails(void)
{
	if (left < 0)
		return false;
	return left == 0 || left-- == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
	return fails() ? NULL : __real_realloc(ptr, size);
}

static void on_event(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)atrium;
	(void)event;
	(void)user;
	told++;
}

static void on_result(struct atrium *atrium, const struct atrium_result *result, void *arg)
{
	(void)atrium;
	(void)result;
	(void)arg;
	told++;
}

static void on_error(struct atrium *atrium, int error, const char *text, void *user)
{
	(void)atrium;
	(void)text;
	(void)user;
	assert_int_equal(error, -ENOMEM);
	errors++;
}

static int setup(void **state)
{
	(void)state;
	left = -1;
	hub_open(&hub);
	atrium_on_connect(hub.atrium, on_event);
	atrium_on_error(hub.atrium, on_error);
	atrium_serve(hub.atrium, "*", 1);
	hub_link(&hub);
	told = errors = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	left = -1;
	hub_close(&hub);
	return 0;
}

static int do_any(unsigned which)
{
	const struct atrium_op op = { .key = "k", .value = "[1]" };
	const char *key = "k", escaped[] = "{\"\\u0069d\":\"\\n\"}";
	const struct atrium_message message = { .type = "t", .body = "{\"\\u0069d\":1}" };
	char name[20];

	switch (which) {
	case 0:
		return atrium_publish(hub.atrium, "r", &message, NULL, NULL);
	case 1:
		return atrium_state_apply(hub.atrium, "r", &op, 1, NULL, NULL, NULL);
	case 2:
		return atrium_state_get_keys(hub.atrium, "r", &key, 1, NULL, NULL);
	case 3:
		return atrium_serve(hub.atrium, "another", 1);
	case 4:
		return atrium_on_message(hub.atrium, "one", on_event);
	default:
		return atrium_get_string(escaped, sizeof(escaped) - 1, "id", name, sizeof(name));
	}
}

/* Each, with memory for 0, 1, 2 ... allocations, until it succeeds. */
static void functions_return_it(void **state)
{
	(void)state;
	for (unsigned which = 0; which < 6; which++) {
		int r = -ENOMEM;

		for (long n = 0; r < 0; n++) {
			size_t before = atrium_pending(hub.atrium);

			assert_true(n < 20);
			left = n;
			r = do_any(which);
			left = -1;
			if (r < 0) {
				assert_int_equal(r, -ENOMEM);
				assert_int_equal(atrium_pending(hub.atrium), before);
			} else {
				assert_true(n > 0);
			}
		}
	}
}

static void a_handler_is_not_made(void **state)
{
	struct atrium *atrium = NULL;

	(void)state;
	for (left = 0; handler_new("x", NULL, 1, &atrium) < 0;)
		left = 5;
	left = -1;
	assert_non_null(atrium);
	handler_free(atrium);
}

/* What could not be taken in is asked for again. */
static void events_come_again(void **state)
{
	_cleanup_(buf_done) struct buf said = { .cap = 0 };
	struct msg msg = { .type = MSG_CAME,
		.came = { .seq = 1, .room = SLICE("r"), .id = SLICE("c") } };
	unsigned tries = 0;

	(void)state;
	batch_begin(&said, HANDLER_VERSION, 0, hub.epoch);
	msg_encode(&said, &msg);
	while (told == 0) {
		said.data[2] = (char)hub.generation;
		left = tries++;
		session_receive(hub.atrium, buf_slice(&said));
		left = -1;
		assert_true(tries < 10);
		assert_int_equal(told + errors, tries);
		if (told)
			break;
		hub_clear(&hub);
		hub_time(&hub, SESSION_PAUSE_MAX_MS);
		hub_greet(&hub, NULL);
	}
	assert_true(tries > 1);
}

static void results_come_again(void **state)
{
	_cleanup_(buf_done) struct buf said = { .cap = 0 };
	struct msg msg = { .type = MSG_ACTED, .acted = { .call = 1, .error = SLICE("forbidden") } };

	(void)state;
	atrium_count(hub.atrium, "r", on_result, NULL);
	queue_done(&hub.atrium->queue);
	atrium_join(hub.atrium, "c", "r", on_result, NULL);
	hub_listen(&hub);
	batch_begin(&said, HANDLER_VERSION, hub.generation, hub.epoch);
	msg_encode(&said, &msg);
	left = 0;
	session_receive(hub.atrium, buf_slice(&said));
	left = -1;
	assert_int_equal(errors, 1);
	assert_int_equal(told, 0);
	assert_int_equal(atrium_pending(hub.atrium), 1);
	hub_clear(&hub);
	hub_time(&hub, SESSION_PAUSE_MS);
	hub_greet(&hub, NULL);
	hub_next(&hub, MSG_ACT_JOIN);
	hub_acted(&hub, 1, "");
	assert_int_equal(told, 1);
}

/* A batch that cannot be made is made when there is memory again. */
static void batches_wait(void **state)
{
	static char body[8192];
	struct slice batch;

	(void)state;
	memset(body, ' ', sizeof(body) - 1);
	body[0] = '{';
	body[sizeof(body) - 2] = '}';
	assert_int_equal(atrium_say(hub.atrium, "r", "t", body), 0);
	left = 0;
	while (session_compose(hub.atrium, &batch))
		session_sent(hub.atrium);
	left = -1;
	assert_false(session_compose(hub.atrium, &batch));
	assert_true(session_due(hub.atrium) > hub.now);
	hub_time(&hub, 1000);
	hub_next(&hub, MSG_ACT_PUBLISH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(functions_return_it),
		TEST(a_handler_is_not_made),
		TEST(events_come_again),
		TEST(results_come_again),
		TEST(batches_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
