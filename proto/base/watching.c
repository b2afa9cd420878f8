/* watching.c - the file descriptors that a loop watches: an epoll of their own, inside libuv's */
/* SPDX-License-Identifier: MIT */
#include "proto/base/watching.h"

#include <assert.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "proto/base/list.h"
#include "proto/base/mem.h"

/*
 * A poll handle of libuv's costs six system calls and 320 bytes. There may be ten thousands of
 * watches, one for each client: here they cost one call and 64 bytes.
 */
enum { EVENTS = 1024 }; /* of one turn */

struct watching {
	uv_poll_t poll; /* of epoll_fd */
	int epoll_fd;
	struct list all;
	struct epoll_event *fired; /* those that are being handed out, */
	int fired_count; /* from the next one on */
};

struct watch {
	struct watching *watching;
	struct list link;
	loop_fn fn;
	void *arg;
	int fd;
	uint32_t events; /* 0: it waits for nothing */
};

static void on_fired(uv_poll_t *poll, int status, int events)
{
	struct watching *watching = poll->data;
	struct epoll_event fired[EVENTS];
	int count = epoll_wait(watching->epoll_fd, fired, EVENTS, 0);

	(void)status;
	(void)events;
	for (int i = 0; i < count; i++) {
		struct watch *watch = fired[i].data.ptr;

		watching->fired = fired + i + 1;
		watching->fired_count = count - i - 1;
		if (watch && watch->events)
			watch->fn(watch->arg); /* its read() will tell what is wrong */
	}
	watching->fired_count = 0;
}

struct watching *watching_new(uv_loop_t *uv)
{
	struct watching *watching = mem_alloc(sizeof(*watching));
	int failed;

	list_init(&watching->all);
	watching->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	assert(watching->epoll_fd >= 0);
	failed = uv_poll_init(uv, &watching->poll, watching->epoll_fd);
	assert(!failed);
	watching->poll.data = watching;
	uv_poll_start(&watching->poll, UV_READABLE, on_fired);
	return watching;
}

static void on_closed(uv_handle_t *uv)
{
	mem_free(uv->data);
}

void watching_free(struct watching *watching)
{
	while (!list_empty(&watching->all))
		watch_free(LIST_ENTRY(watching->all.next, struct watch, link));
	uv_poll_stop(&watching->poll);
	close(watching->epoll_fd);
	uv_close((uv_handle_t *)&watching->poll, on_closed);
}

static int control(struct watch *watch, int operation, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(watch->watching->epoll_fd, operation, watch->fd, &event);
}

struct watch *watch_new(struct loop *loop, int fd, loop_fn fn, void *arg)
{
	struct watch *watch = mem_alloc(sizeof(*watch));

	watch->watching = loop_watching(loop);
	watch->fd = fd;
	watch->fn = fn;
	watch->arg = arg;
	watch->events = EPOLLIN;
	if (control(watch, EPOLL_CTL_ADD, EPOLLIN) < 0) {
		mem_free(watch);
		return NULL;
	}
	list_init(&watch->link);
	list_append(&watch->watching->all, &watch->link);
	return watch;
}

/* What waits for nothing is still told of an error or the end, but only once, and says nothing. */
void watch_want(struct watch *watch, bool read, bool write)
{
	uint32_t events = (read ? (uint32_t)EPOLLIN : 0) | (write ? (uint32_t)EPOLLOUT : 0);
	int failed;

	if (events == watch->events)
		return;
	watch->events = events;
	failed = control(watch, EPOLL_CTL_MOD, events ? events : EPOLLET);
	assert(!failed);
}

/* One that has fired in this turn, and has not been told, is not to be told any more. */
static void unfire(struct watching *watching, const struct watch *watch)
{
	for (int i = 0; i < watching->fired_count; i++)
		if (watching->fired[i].data.ptr == watch)
			watching->fired[i].data.ptr = NULL;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	(void)control(watch, EPOLL_CTL_DEL, 0); /* the caller may close the fd now */
	unfire(watch->watching, watch);
	list_remove(&watch->link);
	mem_free(watch);
}
