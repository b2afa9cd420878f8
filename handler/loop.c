/* loop.c - makes handlers, and runs them: one descriptor over ZeroMQ's, a timer, and a wake-up */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "handler/conn.h"
#include "handler/handler.h"

enum {
	BUDGET = 256, /* batches taken in one turn */
	PATH_LEN = 256,
};

struct loop {
	struct conn *conn;
	int epoll_fd; /* the user's */
	int timer_fd;
	int wake_fd; /* an eventfd: there is more to do, whatever the others say */
	uint64_t armed; /* what the timer is set to; 0: nothing */
	atomic_bool stopping;
	bool woken; /* wake_fd was written to */
	bool waiting; /* the connection did not take a batch */
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 + 1;
}

/* ---- where the hub is ---- */

static bool there_is(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Of a list with colons its first. */
static bool join_path(char path[PATH_LEN], const char *folder, const char *below)
{
	int len = folder && *folder ? snprintf(path, PATH_LEN, "%.*s%s/handlers.sock",
					      (int)strcspn(folder, ":"), folder, below)
				    : -1;

	return len > 0 && len < PATH_LEN;
}

/* The first that there is; else where one would be. */
static const char *find_socket(char path[PATH_LEN])
{
	const char *named = getenv("ATRIUM_HANDLERS");
	const char *user = getenv("XDG_RUNTIME_DIR");

	if (named && *named)
		return named;
	if (join_path(path, getenv("RUNTIME_DIRECTORY"), "") && there_is(path))
		return path;
	if (join_path(path, "/run/atrium", "") && there_is(path))
		return path;
	if (join_path(path, user, "/atrium") && there_is(path))
		return path;
	if (there_is("/run/atrium") || !join_path(path, user, "/atrium"))
		(void)join_path(path, "/run/atrium", "");
	return path;
}

/* ---- making it ---- */

static int watch(const struct loop *loop, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void wake(struct loop *loop)
{
	const uint64_t one = 1;

	(void)!write(loop->wake_fd, &one, sizeof(one));
}

static void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	conn_free(loop->conn);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	free(loop);
}

static int open_all(struct loop *loop, const char *path)
{
	int r;

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->epoll_fd < 0 || loop->timer_fd < 0 || loop->wake_fd < 0)
		return -errno;
	r = conn_new(path, &loop->conn);
	if (r == 0)
		r = watch(loop, conn_socket_fd(loop->conn));
	if (r == 0)
		r = watch(loop, conn_monitor_fd(loop->conn));
	if (r == 0)
		r = watch(loop, loop->timer_fd);
	if (r == 0)
		r = watch(loop, loop->wake_fd);
	if (r == 0)
		wake(loop); /* the first turn is due at once */
	return r;
}

int atrium_new(const char *name, const char *socket, void *user, struct atrium **ret_atrium)
{
	char path[PATH_LEN];
	struct atrium *atrium;
	struct loop *loop;
	uint64_t epoch;
	int r;

	if (!ret_atrium)
		return -EINVAL;
	if (getrandom(&epoch, sizeof(epoch), 0) != sizeof(epoch))
		return -EIO;
	r = handler_new(name, user, epoch | 1, &atrium);
	if (r < 0)
		return r;
	loop = calloc(1, sizeof(*loop));
	if (!loop) {
		handler_free(atrium);
		return -ENOMEM;
	}
	loop->epoll_fd = loop->timer_fd = loop->wake_fd = -1;
	r = open_all(loop, socket ? socket : find_socket(path));
	if (r < 0) {
		loop_free(loop);
		handler_free(atrium);
		return r;
	}
	atrium->loop = loop;
	*ret_atrium = atrium;
	return 0;
}

/* ---- a turn ---- */

static void drain(int fd)
{
	uint64_t number;

	(void)!read(fd, &number, sizeof(number));
}

static void receive(struct atrium *atrium)
{
	struct conn *conn = atrium->loop->conn;
	enum conn_change change;
	struct slice bytes;

	while ((change = conn_change(conn)) != CONN_SAME && !atrium->doomed) {
		if (change == CONN_CONNECTED)
			session_connected(atrium);
		else
			session_broken(atrium);
	}
	for (int left = BUDGET; left > 0 && !atrium->doomed && conn_receive(conn, &bytes); left--)
		session_receive(atrium, bytes);
}

static void flush(struct atrium *atrium)
{
	struct loop *loop = atrium->loop;
	struct slice batch;

	loop->waiting = false;
	while (session_compose(atrium, &batch)) {
		if (conn_send(loop->conn, batch) < 0) {
			loop->waiting = true;
			return;
		}
		session_sent(atrium);
	}
}

static void arm(struct atrium *atrium)
{
	struct loop *loop = atrium->loop;
	uint64_t due = session_due(atrium);
	struct itimerspec when = { .it_value = { .tv_sec = (time_t)(due / 1000),
					   .tv_nsec = (long)(due % 1000) * 1000000 } };

	if (due == loop->armed)
		return;
	if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0)
		loop->armed = due;
}

/*
 * A descriptor of ZeroMQ's need not tell again of what was not taken, and a send may have consumed
 * what it had to tell. So it is asked at the end, and another turn made due.
 */
static void turn(struct atrium *atrium)
{
	struct loop *loop = atrium->loop;

	loop->woken = false;
	drain(loop->wake_fd);
	drain(loop->timer_fd);
	session_time(atrium, now_ms());
	receive(atrium);
	flush(atrium);
	arm(atrium);
	if (conn_ready(loop->conn, loop->waiting))
		wake(loop);
}

void handler_touch(struct atrium *atrium)
{
	struct loop *loop = atrium->loop;

	if (!loop || atrium->inside || loop->woken)
		return; /* a turn sends before it ends */
	loop->woken = true;
	wake(loop);
}

static void end(struct atrium *atrium)
{
	struct loop *loop = atrium->loop;

	flush(atrium);
	atrium->loop = NULL;
	handler_free(atrium);
	loop_free(loop);
}

int atrium_process(struct atrium *atrium)
{
	if (!atrium)
		return -EINVAL;
	if (atrium->inside)
		return -EBUSY;
	atrium->inside = true;
	turn(atrium);
	atrium->inside = false;
	if (atrium->doomed) {
		end(atrium);
		return -ECANCELED;
	}
	if (atomic_exchange(&atrium->loop->stopping, false))
		return -ECANCELED;
	return atrium->session.state == SESSION_REPLACED ? -EEXIST : 0;
}

void atrium_free(struct atrium *atrium)
{
	if (!atrium)
		return;
	atrium->doomed = true;
	if (!atrium->inside)
		end(atrium);
}

int atrium_wait(struct atrium *atrium, int timeout_ms)
{
	struct pollfd ready;

	if (!atrium)
		return -EINVAL;
	if (atrium->inside)
		return -EBUSY;
	ready = (struct pollfd){ .fd = atrium->loop->epoll_fd, .events = POLLIN };
	if (poll(&ready, 1, timeout_ms) < 0 && errno != EINTR)
		return -errno;
	return atrium_process(atrium);
}

int atrium_run(struct atrium *atrium)
{
	int r;

	do
		r = atrium_wait(atrium, -1);
	while (r == 0);
	return r == -ECANCELED ? 0 : r;
}

void atrium_stop(struct atrium *atrium)
{
	struct loop *loop = atrium ? atrium->loop : NULL;

	if (!loop)
		return; /* a signal that comes before it is there; or it is being freed */
	atomic_store(&loop->stopping, true);
	wake(loop);
}

int atrium_fd(const struct atrium *atrium)
{
	return atrium->loop ? atrium->loop->epoll_fd : -EBADF;
}
