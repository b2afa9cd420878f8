/* child.c - one daemon under `atrium up`: started, heard, started again, ended */
/* SPDX-License-Identifier: MIT */
#include "ctl/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/lines.h"
#include "ctl/notify.h"
#include "ctl/restart.h"
#include "ctl/spawn.h"
#include "proto/base/clock.h"
#include "proto/base/mem.h"

struct child {
	struct child_options with;
	pid_t pid; /* 0: not running */
	bool ready;
	bool retired;
	int port, tls_port;
	struct mono started;
	struct restart restart;
	struct timer *restart_timer;
	struct timer *kill_timer;
	char *notify_path;
	int notify_fd;
	struct watch *notify_watch;
	int output_fd; /* of its stdout and stderr; -1: closed */
	struct watch *output_watch;
	struct lines lines;
	struct buf last_line;
	char end[64];
};

/* ---- what it says ---- */

static void on_line(void *arg, struct slice line)
{
	struct child *child = arg;

	console_line(child->with.console, child->with.process, child->with.hue, line);
	if (line.len) {
		buf_clear(&child->last_line);
		buf_put(&child->last_line, line);
		buf_cstr(&child->last_line);
	}
}

static void close_output(struct child *child)
{
	if (child->output_fd < 0)
		return;
	lines_end(&child->lines, on_line, child);
	watch_free(child->output_watch);
	child->output_watch = NULL;
	close(child->output_fd);
	child->output_fd = -1;
}

/* True: there may be more. */
static bool read_output(struct child *child)
{
	char bytes[16384];
	ssize_t n = read(child->output_fd, bytes, sizeof(bytes));

	if (n > 0)
		lines_feed(&child->lines, slice_make(bytes, (size_t)n), on_line, child);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_output(child);
	return n > 0;
}

static void on_output(void *arg)
{
	read_output(arg);
}

static void on_notify(void *arg)
{
	struct child *child = arg;
	struct notify notify = { .ready = false };
	char bytes[NOTIFY_MAX];
	ssize_t n;

	while ((n = recv(child->notify_fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0)
		notify_parse(slice_make(bytes, (size_t)n), &notify);
	if (notify.port)
		child->port = notify.port;
	if (notify.tls_port)
		child->tls_port = notify.tls_port;
	if (!notify.ready || child->ready || child->pid == 0)
		return;
	child->ready = true;
	restart_ready(&child->restart);
	child->with.ops->on_ready(child->with.arg, child);
}

static int open_notify(struct child *child)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = child->notify_path;

	child->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (child->notify_fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	unlink(path); /* of one that was killed; the lock says that there is no other */
	if (bind(child->notify_fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	child->notify_watch = watch_new(child->with.loop, child->notify_fd, on_notify, child);
	return 0;
}

/* ---- its start and end ---- */

static void on_kill(void *arg)
{
	struct child *child = arg;

	ctl_complain("%s does not end; it is killed", child->with.process);
	child_kill(child);
}

static void on_restart(void *arg)
{
	child_start(arg);
}

/* It has ended, or could not be started. */
static void after_end(struct child *child)
{
	uint64_t lived_ms = mono_ms_until(child->started, clock_now());
	int64_t wait_ms;

	if (child->retired) {
		child->with.ops->on_ended(child->with.arg, child, false);
		return;
	}
	wait_ms = restart_after(&child->restart, lived_ms);
	if (wait_ms < 0) {
		child->with.ops->on_ended(child->with.arg, child, true);
		return;
	}
	ctl_complain("%s ended: %s; it starts again in %lld ms", child->with.process, child->end,
		(long long)wait_ms);
	timer_start(child->restart_timer, (uint64_t)wait_ms);
}

static int open_output(struct child *child, int *ret_write_fd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	fcntl(fds[0], F_SETFL, O_NONBLOCK); /* ours; its end blocks as it would on a terminal */
	child->output_fd = fds[0];
	child->output_watch = watch_new(child->with.loop, fds[0], on_output, child);
	*ret_write_fd = fds[1];
	return 0;
}

static int try_start(struct child *child)
{
	struct spawn spawn = { .path = child->with.program,
		.argv = child->with.argv,
		.env = child->with.env->entries };
	int r = open_output(child, &spawn.out_fd);

	if (r < 0)
		return r;
	spawn.err_fd = spawn.out_fd;
	r = spawn_program(&spawn, &child->pid);
	close(spawn.out_fd);
	return r;
}

void child_start(struct child *child)
{
	int r;

	child->started = clock_now();
	child->ready = false;
	child->port = child->tls_port = 0;
	r = try_start(child);
	if (r < 0) {
		close_output(child);
		snprintf(child->end, sizeof(child->end), "it cannot be started: %s", strerror(-r));
		after_end(child);
		return;
	}
	r = data_write_pid(child->with.data, child->with.process, (int)child->pid);
	if (r < 0)
		ctl_complain("%s: its pid file cannot be written: %s", child->with.process,
			strerror(-r));
}

static void forget_pid(struct child *child)
{
	_cleanup_(mem_freep) char *path = data_pid_path(child->with.data, child->with.process);

	child->pid = 0;
	unlink(path);
}

void child_reap(struct child *child)
{
	int status;

	if (child->pid == 0 || waitpid(child->pid, &status, WNOHANG) != child->pid)
		return;
	/* It may have said that it was ready, and why it ended, and then ended. */
	on_notify(child);
	while (child->output_fd >= 0 && read_output(child))
		;
	close_output(child);
	timer_stop(child->kill_timer);
	forget_pid(child);
	child->ready = false;
	if (WIFEXITED(status))
		snprintf(child->end, sizeof(child->end), "exit status %d", WEXITSTATUS(status));
	else
		snprintf(child->end, sizeof(child->end), "signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	after_end(child);
}

void child_retire(struct child *child)
{
	child->retired = true;
	timer_stop(child->restart_timer);
}

void child_stop(struct child *child, uint64_t deadline_ms)
{
	child_retire(child);
	if (child->pid == 0)
		return;
	kill(child->pid, SIGTERM);
	timer_start(child->kill_timer, deadline_ms);
}

void child_kill(struct child *child)
{
	child_retire(child);
	timer_stop(child->kill_timer);
	if (child->pid != 0)
		kill(child->pid, SIGKILL);
}

/* ---- its life here ---- */

int child_new(const struct child_options *options, struct child **ret_child)
{
	struct child *child = mem_alloc(sizeof(*child));
	int r;

	child->with = *options;
	child->notify_fd = child->output_fd = -1;
	child->restart_timer = timer_new(options->loop, on_restart, child);
	child->kill_timer = timer_new(options->loop, on_kill, child);
	child->notify_path = data_notify_path(options->data, options->process);
	r = open_notify(child);
	if (r < 0) {
		ctl_complain("cannot listen on %s: %s", child->notify_path, strerror(-r));
		child_free(child);
		return r;
	}
	env_set(options->env, "NOTIFY_SOCKET", child->notify_path);
	*ret_child = child;
	return 0;
}

void child_free(struct child *child)
{
	if (!child)
		return;
	close_output(child);
	watch_free(child->notify_watch);
	if (child->notify_fd >= 0) {
		close(child->notify_fd);
		unlink(child->notify_path);
	}
	mem_free(child->notify_path);
	timer_free(child->restart_timer);
	timer_free(child->kill_timer);
	lines_done(&child->lines);
	buf_done(&child->last_line);
	mem_free(child);
}

bool child_running(const struct child *child)
{
	return child->pid != 0;
}

bool child_ready(const struct child *child)
{
	return child->ready;
}

int child_port(const struct child *child)
{
	return child->port;
}

int child_tls_port(const struct child *child)
{
	return child->tls_port;
}

const char *child_process(const struct child *child)
{
	return child->with.process;
}

const char *child_end(const struct child *child)
{
	return child->end;
}

const char *child_last_line(const struct child *child)
{
	return child->last_line.len ? child->last_line.data : "";
}
