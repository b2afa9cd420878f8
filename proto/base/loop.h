/* loop.h - the event loop (libuv): turns, timers, signals, freeing at the end of a turn */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_LOOP_H
#define PROTO_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct loop;
typedef void (*loop_fn)(void *arg);

struct loop *loop_new(void);
void loop_free(struct loop *loop); /* runs what is deferred, closes what is open; takes NULL */
void loop_run(struct loop *loop); /* until loop_stop() */
void loop_stop(struct loop *loop);
/* ms of the monotonic clock, read once a turn; for what may be a turn late */
uint64_t loop_now_ms(const struct loop *loop);
uv_loop_t *loop_uv(struct loop *loop); /* for libraries that bring handles of their own */

/*
 * What runs at the end of each turn, just before the loop sleeps, in this order. A turn is: timers,
 * input, then the hooks. So what a turn has gathered is written once.
 */
enum loop_phase {
	LOOP_RECEIVE, /* links: what other processes have sent is handed out, at most a budget */
	LOOP_FLUSH, /* clients' queues, messages to be packed */
	LOOP_SEND, /* links: batches go out, and ZeroMQ's state is looked at */
	LOOP_PHASES,
};

struct loop_hook;
struct loop_hook *loop_hook_new(struct loop *loop, enum loop_phase phase, loop_fn fn, void *arg);
void loop_hook_free(struct loop_hook *hook); /* takes NULL; also from within the hook */

/* The next turn comes without sleeping: there is more to do than a turn's budget allows. */
void loop_again(struct loop *loop);

/* Runs fn(arg) after the hooks of this turn: for freeing what a caller may still stand in. */
void loop_defer(struct loop *loop, loop_fn fn, void *arg);

/* Timers. A timer that is freed in its own callback is fine. */
struct timer;
struct timer *timer_new(struct loop *loop, loop_fn fn, void *arg);
void timer_free(struct timer *timer); /* takes NULL */
void timer_start(struct timer *timer, uint64_t ms); /* once, ms from now; starts over if it runs */
void timer_repeat(struct timer *timer, uint64_t ms); /* each ms */
void timer_stop(struct timer *timer);
bool timer_active(const struct timer *timer);

/* Calls fn(arg, signum) in the loop. */
typedef void (*loop_signal_fn)(void *arg, int signum);
int loop_signal(struct loop *loop, int signum, loop_signal_fn fn, void *arg);

/*
 * Calls fn(arg) when fd can be read, or has failed. The fd stays the caller's, who reads and writes
 * without blocking. NULL if it cannot be watched (a regular file, or one that is watched already).
 */
struct watch;
struct watch *watch_new(struct loop *loop, int fd, loop_fn fn, void *arg);
/* What it waits for, from now on; both: fn does not say which it is. */
void watch_want(struct watch *watch, bool read, bool write);
void watch_free(struct watch *watch); /* takes NULL */

/*
 * Something that may block: run(arg) is called by a thread, then done(arg) by the loop. It is
 * started again only after done().
 */
struct work;
struct work *work_new(struct loop *loop, loop_fn run, loop_fn done, void *arg);
void work_start(struct work *work);
bool work_active(const struct work *work);
void work_free(struct work *work); /* waits for run(); done() is not called any more; takes NULL */

#endif
