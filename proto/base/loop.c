/* loop.c - the event loop (libuv): turns, timers, signals, freeing at the end of a turn */
/* SPDX-License-Identifier: MIT */
#include "proto/base/loop.h"

#include <assert.h>

#include "proto/base/mem.h"
#include "proto/base/watching.h"

struct loop_hook {
	struct loop_hook *next;
	struct loop *loop;
	loop_fn fn; /* NULL: freed, and waits for the end of the turn */
	void *arg;
};

struct deferred {
	loop_fn fn;
	void *arg;
};

/* What a libuv handle of ours is the first member of; libuv frees it late, so the loop lists it. */
struct handle {
	union uv_any_handle uv;
	struct loop *loop;
	struct handle *prev, *next;
	loop_fn fn;
	void *arg;
};

struct timer {
	struct handle handle;
};

struct signal_handle {
	struct handle handle;
	loop_signal_fn fn;
};

struct loop {
	uv_loop_t uv;
	uv_prepare_t prepare;
	uv_idle_t idle; /* active: the loop does not sleep */
	bool again;
	bool in_hooks;
	bool dead_hooks;
	struct loop_hook *hooks[LOOP_PHASES];
	struct deferred *deferred;
	size_t deferred_count, deferred_cap;
	struct handle *handles;
	struct watching *watching;
};

/* ---- handles ---- */

static void *handle_new(struct loop *loop, size_t size, loop_fn fn, void *arg)
{
	struct handle *handle = mem_alloc(size);

	handle->loop = loop;
	handle->fn = fn;
	handle->arg = arg;
	handle->next = loop->handles;
	if (handle->next)
		handle->next->prev = handle;
	loop->handles = handle;
	return handle;
}

static void handle_unlink(struct handle *handle)
{
	if (handle->prev)
		handle->prev->next = handle->next;
	else
		handle->loop->handles = handle->next;
	if (handle->next)
		handle->next->prev = handle->prev;
}

static void on_handle_closed(uv_handle_t *uv)
{
	mem_free(uv->data);
}

static void handle_free(struct handle *handle)
{
	handle_unlink(handle);
	uv_close(&handle->uv.handle, on_handle_closed);
}

/* ---- hooks ---- */

static void run_hooks(struct loop *loop)
{
	loop->in_hooks = true;
	for (size_t phase = 0; phase < LOOP_PHASES; phase++)
		for (struct loop_hook *hook = loop->hooks[phase]; hook; hook = hook->next)
			if (hook->fn)
				hook->fn(hook->arg);
	loop->in_hooks = false;
}

static void reap_hooks(struct loop *loop)
{
	if (!loop->dead_hooks)
		return;
	loop->dead_hooks = false;
	for (size_t phase = 0; phase < LOOP_PHASES; phase++) {
		struct loop_hook **at = &loop->hooks[phase];

		while (*at) {
			struct loop_hook *hook = *at;

			if (hook->fn) {
				at = &hook->next;
				continue;
			}
			*at = hook->next;
			mem_free(hook);
		}
	}
}

/* Runs what is deferred now; what these defer in turn waits for the next turn. */
static void run_deferred(struct loop *loop)
{
	struct deferred *deferred = loop->deferred;
	size_t count = loop->deferred_count, cap = loop->deferred_cap;

	if (count == 0)
		return;
	loop->deferred = NULL;
	loop->deferred_count = loop->deferred_cap = 0;
	for (size_t i = 0; i < count; i++)
		deferred[i].fn(deferred[i].arg);
	if (loop->deferred) {
		mem_free(deferred);
		return;
	}
	loop->deferred = deferred; /* nothing new: keep the memory */
	loop->deferred_cap = cap;
}

static void on_idle(uv_idle_t *idle)
{
	(void)idle; /* that it is active is all it is for */
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct loop *loop = prepare->data;

	run_hooks(loop);
	reap_hooks(loop);
	run_deferred(loop);
	if (loop->again || loop->deferred_count)
		uv_idle_start(&loop->idle, on_idle);
	else
		uv_idle_stop(&loop->idle);
	loop->again = false;
}

struct loop_hook *loop_hook_new(struct loop *loop, enum loop_phase phase, loop_fn fn, void *arg)
{
	struct loop_hook *hook = mem_alloc(sizeof(*hook));
	struct loop_hook **at = &loop->hooks[phase];

	assert(fn && phase < LOOP_PHASES);
	hook->loop = loop;
	hook->fn = fn;
	hook->arg = arg;
	while (*at)
		at = &(*at)->next;
	*at = hook;
	return hook;
}

void loop_hook_free(struct loop_hook *hook)
{
	struct loop *loop;

	if (!hook)
		return;
	loop = hook->loop;
	hook->fn = NULL;
	loop->dead_hooks = true;
	if (!loop->in_hooks)
		reap_hooks(loop);
}

void loop_again(struct loop *loop)
{
	loop->again = true;
}

void loop_defer(struct loop *loop, loop_fn fn, void *arg)
{
	if (loop->deferred_count == loop->deferred_cap) {
		loop->deferred_cap = loop->deferred_cap ? loop->deferred_cap * 2 : 16;
		loop->deferred = mem_realloc(
			loop->deferred, loop->deferred_cap, sizeof(*loop->deferred));
	}
	loop->deferred[loop->deferred_count++] = (struct deferred){ fn, arg };
}

/* ---- the loop ---- */

struct loop *loop_new(void)
{
	struct loop *loop = mem_alloc(sizeof(*loop));
	int failed = uv_loop_init(&loop->uv);

	assert(!failed);
	loop->watching = watching_new(&loop->uv);
	uv_prepare_init(&loop->uv, &loop->prepare);
	uv_idle_init(&loop->uv, &loop->idle);
	loop->prepare.data = loop;
	uv_prepare_start(&loop->prepare, on_prepare);
	return loop;
}

static void close_foreign(uv_handle_t *uv, void *arg)
{
	(void)arg;
	if (!uv_is_closing(uv))
		uv_close(uv, NULL);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	while (loop->deferred_count)
		run_deferred(loop);
	for (size_t phase = 0; phase < LOOP_PHASES; phase++)
		while (loop->hooks[phase])
			loop_hook_free(loop->hooks[phase]);
	while (loop->handles)
		handle_free(loop->handles);
	watching_free(loop->watching);
	uv_walk(&loop->uv, close_foreign, NULL);
	/* more than once if a loop_stop() is still pending */
	while (uv_loop_close(&loop->uv) == UV_EBUSY)
		uv_run(&loop->uv, UV_RUN_DEFAULT);
	while (loop->deferred_count)
		run_deferred(loop);
	mem_free(loop->deferred);
	mem_free(loop);
}

void loop_run(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

uv_loop_t *loop_uv(struct loop *loop)
{
	return &loop->uv;
}

uint64_t loop_now_ms(const struct loop *loop)
{
	return uv_now(&loop->uv);
}

struct watching *loop_watching(struct loop *loop)
{
	return loop->watching;
}

/* ---- timers ---- */

static void on_timer(uv_timer_t *uv)
{
	struct handle *handle = uv->data;

	handle->fn(handle->arg);
}

struct timer *timer_new(struct loop *loop, loop_fn fn, void *arg)
{
	struct timer *timer = handle_new(loop, sizeof(*timer), fn, arg);

	uv_timer_init(&loop->uv, &timer->handle.uv.timer);
	timer->handle.uv.timer.data = timer;
	return timer;
}

void timer_free(struct timer *timer)
{
	if (timer)
		handle_free(&timer->handle);
}

static void start(struct timer *timer, uint64_t ms, uint64_t repeat)
{
	/* libuv counts from when the turn began, which may be long ago */
	uv_update_time(&timer->handle.loop->uv);
	uv_timer_start(&timer->handle.uv.timer, on_timer, ms, repeat);
}

void timer_start(struct timer *timer, uint64_t ms)
{
	start(timer, ms, 0);
}

void timer_repeat(struct timer *timer, uint64_t ms)
{
	assert(ms > 0);
	start(timer, ms, ms);
}

void timer_stop(struct timer *timer)
{
	uv_timer_stop(&timer->handle.uv.timer);
}

bool timer_active(const struct timer *timer)
{
	return uv_is_active(&timer->handle.uv.handle);
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *uv, int signum)
{
	struct signal_handle *handle = uv->data;

	handle->fn(handle->handle.arg, signum);
}

int loop_signal(struct loop *loop, int signum, loop_signal_fn fn, void *arg)
{
	struct signal_handle *handle = handle_new(loop, sizeof(*handle), NULL, arg);
	int failed = uv_signal_init(&loop->uv, &handle->handle.uv.signal);

	if (failed) { /* libuv does not know it yet */
		handle_unlink(&handle->handle);
		mem_free(handle);
		return failed;
	}
	handle->fn = fn;
	handle->handle.uv.signal.data = handle;
	failed = uv_signal_start(&handle->handle.uv.signal, on_signal, signum);
	if (failed)
		handle_free(&handle->handle);
	return failed;
}

/* ---- what may block ---- */

struct work {
	uv_work_t uv;
	struct loop *loop;
	loop_fn run, done;
	void *arg;
	uv_sem_t ran;
	bool active, freed;
};

struct work *work_new(struct loop *loop, loop_fn run, loop_fn done, void *arg)
{
	struct work *work = mem_alloc(sizeof(*work));
	int failed = uv_sem_init(&work->ran, 0);

	assert(!failed);
	work->loop = loop;
	work->run = run;
	work->done = done;
	work->arg = arg;
	return work;
}

static void work_release(struct work *work)
{
	uv_sem_destroy(&work->ran);
	mem_free(work);
}

static void on_work(uv_work_t *uv)
{
	struct work *work = (struct work *)uv;

	work->run(work->arg);
	uv_sem_post(&work->ran);
}

static void on_worked(uv_work_t *uv, int status)
{
	struct work *work = (struct work *)uv;

	(void)status;
	work->active = false;
	if (work->freed) {
		work_release(work);
		return;
	}
	uv_sem_wait(&work->ran);
	work->done(work->arg);
}

void work_start(struct work *work)
{
	assert(!work->active);
	work->active = true;
	uv_queue_work(&work->loop->uv, &work->uv, on_work, on_worked);
}

bool work_active(const struct work *work)
{
	return work->active;
}

void work_free(struct work *work)
{
	if (!work)
		return;
	if (!work->active) {
		work_release(work);
		return;
	}
	uv_sem_wait(&work->ran);
	work->freed = true; /* libuv still holds it */
}
