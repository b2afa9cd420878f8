/* test_loop.c - turns, hooks in order, deferred calls, timers, signals, file descriptors */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/loop.h"
#include "proto/base/mem.h"

static struct loop *loop;
static char trace[200]; /* what was called, a letter each */

static void note(char c)
{
	size_t len = strlen(trace);

	assert_true(len + 1 < sizeof(trace));
	trace[len] = c;
	trace[len + 1] = '\0';
}

static void on_note(void *arg)
{
	note(*(const char *)arg);
}

static void on_stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static int begin(void **state)
{
	(void)state;
	trace[0] = '\0';
	loop = loop_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	loop_free(loop);
	loop = NULL;
	return 0;
}

/* Runs until nothing is to be done at once. */
static void run_briefly(uint64_t ms)
{
	struct timer *timer = timer_new(loop, on_stop, NULL);

	timer_start(timer, ms);
	loop_run(loop);
	timer_free(timer);
}

static void hooks_in_order(void **state)
{
	struct loop_hook *hooks[4];

	(void)state;
	hooks[0] = loop_hook_new(loop, LOOP_SEND, on_note, "c");
	hooks[1] = loop_hook_new(loop, LOOP_FLUSH, on_note, "a");
	hooks[2] = loop_hook_new(loop, LOOP_FLUSH, on_note, "b");
	loop_defer(loop, on_note, "d");
	loop_defer(loop, on_note, "e");
	hooks[3] = loop_hook_new(loop, LOOP_SEND, on_stop, NULL);
	loop_run(loop);
	assert_string_equal(trace, "abcde");
	for (int i = 0; i < 4; i++)
		loop_hook_free(hooks[i]);
	loop_hook_free(NULL);
	run_briefly(0);
	assert_string_equal(trace, "abcde");
}

static struct loop_hook *self_hook;

static void on_free_self(void *arg)
{
	note(*(const char *)arg);
	loop_hook_free(self_hook);
	self_hook = NULL;
}

static void hook_freed_within_itself(void **state)
{
	(void)state;
	self_hook = loop_hook_new(loop, LOOP_FLUSH, on_free_self, "x");
	loop_hook_new(loop, LOOP_FLUSH, on_note, "y");
	loop_hook_new(loop, LOOP_FLUSH, on_stop, NULL);
	loop_run(loop);
	loop_run(loop);
	assert_string_equal(trace, "xyy");
}

static struct loop_hook *victim;

static void on_free_victim(void *arg)
{
	(void)arg;
	note('k');
	loop_hook_free(victim);
	victim = NULL;
}

static void hook_freed_by_another(void **state)
{
	struct loop_hook *before = loop_hook_new(loop, LOOP_FLUSH, on_free_victim, NULL);

	(void)state;
	victim = loop_hook_new(loop, LOOP_FLUSH, on_note, "v");
	loop_hook_new(loop, LOOP_SEND, on_stop, NULL);
	loop_run(loop);
	assert_string_equal(trace, "k"); /* freed is not called, even in the same turn */
	loop_hook_free(before);
}

static int again_left;

static void on_again(void *arg)
{
	(void)arg;
	note('t');
	if (again_left-- > 0)
		loop_again(loop);
	else
		loop_stop(loop);
}

/* Nothing else wakes this loop: it would sleep for ever. */
static void again_does_not_sleep(void **state)
{
	(void)state;
	again_left = 5;
	loop_hook_new(loop, LOOP_SEND, on_again, NULL);
	loop_run(loop);
	assert_string_equal(trace, "tttttt");
}

static void on_timer_again(void *arg)
{
	note(*(const char *)arg);
	loop_again(loop);
}

static int turns_until_stop;

static void on_turn(void *arg)
{
	(void)arg;
	note('t');
	if (--turns_until_stop == 0)
		loop_stop(loop);
}

/* loop_again() from input counts for the turn after the hooks that follow it. */
static void again_from_a_timer(void **state)
{
	struct timer *timer = timer_new(loop, on_timer_again, "x");

	(void)state;
	turns_until_stop = 2;
	loop_hook_new(loop, LOOP_FLUSH, on_turn, NULL);
	timer_start(timer, 0);
	loop_run(loop);
	assert_string_equal(trace, "xtt");
	timer_free(timer);
}

static void on_defer_more(void *arg)
{
	(void)arg;
	note('1');
	loop_defer(loop, on_note, "2");
	loop_defer(loop, on_stop, NULL);
}

static void deferred_defers(void **state)
{
	(void)state;
	loop_defer(loop, on_defer_more, NULL);
	loop_hook_new(loop, LOOP_FLUSH, on_note, "h");
	loop_run(loop); /* what is deferred late comes in a turn of its own, without sleeping */
	assert_string_equal(trace, "h1h2");
}

static void many_deferred(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 30; i++)
			loop_defer(loop, on_note, "n");
		loop_defer(loop, on_stop, NULL);
		loop_run(loop);
	}
	assert_int_equal(strlen(trace), 90);
}

static void free_runs_what_is_deferred(void **state)
{
	(void)state;
	loop_defer(loop, on_defer_more, NULL);
	loop_free(loop);
	loop = NULL;
	assert_string_equal(trace, "12");
}

static void timers(void **state)
{
	struct timer *late = timer_new(loop, on_note, "l");
	struct timer *early = timer_new(loop, on_note, "e");
	struct timer *never = timer_new(loop, on_note, "n");

	(void)state;
	assert_false(timer_active(late));
	timer_start(late, 8);
	timer_start(early, 500);
	timer_start(early, 1); /* starts over */
	timer_start(never, 1);
	timer_stop(never);
	assert_true(timer_active(late));
	assert_false(timer_active(never));
	run_briefly(15);
	assert_string_equal(trace, "el");
	assert_false(timer_active(late));
	timer_free(late);
	timer_free(early);
	timer_free(never);
	timer_free(NULL);
}

static struct timer *repeating;

static void on_repeat(void *arg)
{
	(void)arg;
	note('r');
	if (strlen(trace) == 3) {
		timer_free(repeating); /* in its own callback */
		loop_stop(loop);
	}
}

static void repeating_timer_frees_itself(void **state)
{
	(void)state;
	repeating = timer_new(loop, on_repeat, NULL);
	timer_repeat(repeating, 1);
	loop_run(loop);
	run_briefly(5);
	assert_string_equal(trace, "rrr");
}

static void on_signal(void *arg, int signum)
{
	assert_int_equal(signum, SIGUSR1);
	note(*(const char *)arg);
	loop_stop(loop);
}

static void signals(void **state)
{
	(void)state;
	assert_int_equal(loop_signal(loop, SIGUSR1, on_signal, "s"), 0);
	assert_true(loop_signal(loop, SIGKILL, on_signal, "k") < 0);
	raise(SIGUSR1);
	loop_run(loop);
	assert_string_equal(trace, "s");
}

static int pipes[2];
static struct watch *watch;

static void on_readable(void *arg)
{
	char c = '?';

	(void)arg;
	if (read(pipes[0], &c, 1) == 1)
		note(c);
	if (c == 'z') {
		watch_free(watch); /* in its own callback, and the fd is closed at once */
		close(pipes[0]);
		loop_stop(loop);
	}
}

static void file_descriptors(void **state)
{
	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	watch = watch_new(loop, pipes[0], on_readable, NULL);
	assert_non_null(watch);
	assert_null(watch_new(loop, pipes[0], on_readable, NULL));
	assert_int_equal(write(pipes[1], "xyz", 3), 3);
	loop_run(loop);
	assert_string_equal(trace, "xyz");
	close(pipes[1]);
	watch_free(NULL);
}

static void on_end_of_file(void *arg)
{
	char c;

	(void)arg;
	assert_int_equal(read(pipes[0], &c, 1), 0);
	note('e');
	loop_stop(loop);
}

static void a_closed_peer_is_told(void **state)
{
	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	watch = watch_new(loop, pipes[0], on_end_of_file, NULL);
	close(pipes[1]);
	loop_run(loop);
	assert_string_equal(trace, "e");
	watch_free(watch);
	close(pipes[0]);
}

static struct watch *pair[2];

/* Whichever comes first frees the other, which has fired in the same turn. */
static void on_either(void *arg)
{
	size_t mine = arg == &pair[1];

	note('1');
	watch_free(pair[!mine]);
	watch_free(pair[mine]);
	loop_stop(loop);
}

static void one_that_was_freed_is_not_called(void **state)
{
	int more[2];

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(pipe2(more, O_CLOEXEC), 0);
	pair[0] = watch_new(loop, pipes[0], on_either, &pair[0]);
	pair[1] = watch_new(loop, more[0], on_either, &pair[1]);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_int_equal(write(more[1], "x", 1), 1);
	loop_run(loop);
	assert_string_equal(trace, "1");
	for (int i = 0; i < 2; i++) {
		close(pipes[i]);
		close(more[i]);
	}
}

static void on_second(void *arg)
{
	note('2');
	watch_want(arg, true, false);
}

/* Not even that the peer is gone, until it wants to read again. */
static void what_waits_for_nothing_is_told_nothing(void **state)
{
	struct timer *timer;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	watch = watch_new(loop, pipes[0], on_end_of_file, NULL);
	watch_want(watch, false, false);
	close(pipes[1]);
	timer = timer_new(loop, on_second, watch);
	timer_start(timer, 20);
	loop_run(loop);
	assert_string_equal(trace, "2e");
	timer_free(timer);
	watch_free(watch);
	close(pipes[0]);
}

static void regular_files_cannot_be_watched(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_null(watch_new(loop, fd, on_note, "f"));
	close(fd);
}

static void on_foreign_timer(uv_timer_t *timer)
{
	(void)timer;
}

/* Whatever is open, also the handles of a library, is closed; the leak check sees the rest. */
static void free_closes_all(void **state)
{
	static uv_timer_t foreign;

	(void)state;
	timer_start(timer_new(loop, on_note, "t"), 1000);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	watch_new(loop, pipes[0], on_note, "w");
	loop_signal(loop, SIGUSR2, on_signal, "s");
	loop_hook_new(loop, LOOP_FLUSH, on_note, "h");
	uv_timer_init(loop_uv(loop), &foreign);
	uv_timer_start(&foreign, on_foreign_timer, 1000, 0);
	loop_stop(loop); /* a stop that no run has seen */
	loop_free(loop);
	loop = NULL;
	assert_string_equal(trace, "");
	close(pipes[0]);
	close(pipes[1]);
	loop_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hooks_in_order, begin, end),
		cmocka_unit_test_setup_teardown(hook_freed_within_itself, begin, end),
		cmocka_unit_test_setup_teardown(hook_freed_by_another, begin, end),
		cmocka_unit_test_setup_teardown(again_does_not_sleep, begin, end),
		cmocka_unit_test_setup_teardown(again_from_a_timer, begin, end),
		cmocka_unit_test_setup_teardown(deferred_defers, begin, end),
		cmocka_unit_test_setup_teardown(many_deferred, begin, end),
		cmocka_unit_test_setup_teardown(free_runs_what_is_deferred, begin, end),
		cmocka_unit_test_setup_teardown(timers, begin, end),
		cmocka_unit_test_setup_teardown(repeating_timer_frees_itself, begin, end),
		cmocka_unit_test_setup_teardown(signals, begin, end),
		cmocka_unit_test_setup_teardown(file_descriptors, begin, end),
		cmocka_unit_test_setup_teardown(a_closed_peer_is_told, begin, end),
		cmocka_unit_test_setup_teardown(one_that_was_freed_is_not_called, begin, end),
		cmocka_unit_test_setup_teardown(what_waits_for_nothing_is_told_nothing, begin, end),
		cmocka_unit_test_setup_teardown(regular_files_cannot_be_watched, begin, end),
		cmocka_unit_test_setup_teardown(free_closes_all, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
