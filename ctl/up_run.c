/* up_run.c - atrium up, while they run: all ready, one not to be had, the end in order */
/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/restart.h"
#include "ctl/settings.h"
#include "ctl/span.h"
#include "ctl/up.h"

enum {
	END_MS = 8000, /* a daemon's own deadline is 5 s */
	END_MARGIN_MS = 3000, /* beyond the gateway's, which is a setting */
};

/* Clients first: while the gateway says goodbye to them, the hub still listens. */
static const enum daemon end_order[DAEMON_KINDS] = { DAEMON_GATEWAY, DAEMON_WEBHOOK, DAEMON_HUB,
	DAEMON_AUTH, DAEMON_METRICS };

/* ---- the end ---- */

static uint64_t deadline_of(const struct up *up, enum daemon which)
{
	struct slice drain = settings_get(
		buf_slice(&up->daemons[DAEMON_GATEWAY].settings), "gateway", "drain");
	int64_t ms;

	if (which == DAEMON_GATEWAY && span_parse(drain, &ms) == 0)
		return (uint64_t)ms + END_MARGIN_MS;
	return END_MS;
}

static bool any_running_of(const struct up *up, enum daemon which)
{
	for (size_t i = 0; i < up->count; i++)
		if (up->daemons[i].kind == which && child_running(up->daemons[i].child))
			return true;
	return false;
}

/* Stops the next that run; when none does, all is over. */
static void end_next(struct up *up)
{
	while (up->next < DAEMON_KINDS) {
		enum daemon which = end_order[up->next++];

		for (size_t i = 0; i < up->count; i++)
			if (up->daemons[i].kind == which && child_running(up->daemons[i].child))
				child_stop(up->daemons[i].child, deadline_of(up, which));
		if (any_running_of(up, which))
			return;
	}
	loop_stop(up->loop);
}

static void begin_end(struct up *up, int status)
{
	up->ending = true;
	up->status = status;
	for (size_t i = 0; i < up->count; i++)
		child_retire(up->daemons[i].child);
	end_next(up);
}

static void end_at_once(struct up *up)
{
	up->status = CTL_FAILED;
	for (size_t i = 0; i < up->count; i++)
		child_kill(up->daemons[i].child);
}

static bool any_running(const struct up *up)
{
	for (enum daemon which = 0; which < DAEMON_KINDS; which++)
		if (any_running_of(up, which))
			return true;
	return false;
}

static void on_signal(void *arg, int signum)
{
	struct up *up = arg;

	(void)signum;
	if (!up->ending) {
		ctl_complain("stopping; once more to kill");
		begin_end(up, CTL_OK);
	} else {
		end_at_once(up);
	}
}

static void on_child_signal(void *arg, int signum)
{
	struct up *up = arg;

	(void)signum;
	for (size_t i = 0; i < up->count; i++)
		child_reap(up->daemons[i].child);
}

static void on_ended(void *arg, struct child *child, bool gave_up)
{
	struct up *up = arg;
	const char *last = child_last_line(child);

	if (gave_up && !up->ending) {
		ctl_complain("%s ended %d times before it was ready (%s)%s%s", child_process(child),
			RESTART_TRIES, child_end(child), last[0] ? "; the last it said was: " : "",
			last);
		begin_end(up, CTL_FAILED);
	} else if (!any_running(up)) {
		loop_stop(up->loop);
	} else if (up->next > 0 && !any_running_of(up, end_order[up->next - 1])) {
		end_next(up);
	}
}

/* ---- the start ---- */

static void print_url(const char *scheme, struct slice host, int port)
{
	bool v6 = memchr(host.ptr, ':', host.len) != NULL;

	printf(" %s://%s%.*s%s:%d/", scheme, v6 ? "[" : "", (int)host.len, host.ptr, v6 ? "]" : "",
		port);
}

/* Where a browser on this machine finds what listens on `listen`. */
static void print_address(const struct up *up)
{
	struct slice listen = settings_get(
		buf_slice(&up->daemons[DAEMON_GATEWAY].settings), "gateway", "listen");
	bool any = listen.len == 0 || slice_eq(listen, SLICE("*")) ||
		slice_eq(listen, SLICE("0.0.0.0")) || slice_eq(listen, SLICE("::"));
	struct slice host = any ? SLICE("127.0.0.1") : listen;
	const struct child *gateway = up->daemons[DAEMON_GATEWAY].child;

	printf("Atrium is ready:");
	print_url("http", host, child_port(gateway));
	if (child_tls_port(gateway))
		print_url("https", host, child_tls_port(gateway));
	printf("\n");
	fflush(stdout);
}

static void set_port(struct env *env, const char *name, int port)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", port);
	if (port)
		env_set(env, name, text);
}

/* Who found a free port stays there when it is started again: clients come back to it. */
static void keep_port(struct up *up, const struct child *child)
{
	static const char *const keys[DAEMONS] = {
		[DAEMON_GATEWAY] = "ATRIUM_GATEWAY_PORT", [DAEMON_METRICS] = "ATRIUM_METRICS_PORT"
	};

	for (size_t i = 0; i < DAEMONS; i++) {
		struct env *env = &up->daemons[i].env;

		if (up->daemons[i].child != child || !keys[i])
			continue;
		set_port(env, keys[i], child_port(child));
		set_port(env, "ATRIUM_GATEWAY_TLS_PORT", child_tls_port(child));
	}
}

/* The first gateway has its ports: other gateways share them. */
static void start_others(struct up *up)
{
	const struct child *first = up->daemons[DAEMON_GATEWAY].child;

	for (size_t i = DAEMONS; i < up->count && !up->ending && !up->shared; i++) {
		set_port(&up->daemons[i].env, "ATRIUM_GATEWAY_PORT", child_port(first));
		set_port(&up->daemons[i].env, "ATRIUM_GATEWAY_TLS_PORT", child_tls_port(first));
		child_start(up->daemons[i].child);
	}
	up->shared = true;
}

static void on_ready(void *arg, struct child *child)
{
	struct up *up = arg;

	keep_port(up, child);
	if (child == up->daemons[DAEMON_GATEWAY].child)
		start_others(up);
	for (size_t i = 0; i < up->count; i++)
		if (!child_ready(up->daemons[i].child))
			return;
	if (!up->told && !up->ending)
		print_address(up);
	up->told = true;
}

static const struct child_ops child_ops = { .on_ready = on_ready, .on_ended = on_ended };

static int make_children(struct up *up)
{
	for (size_t i = 0; i < up->count; i++) {
		struct up_daemon *daemon = &up->daemons[i];
		const struct child_options options = { .loop = up->loop,
			.console = &up->console,
			.data = &up->data,
			.process = daemon->name,
			.hue = up->daemons[i].kind + 1,
			.program = daemon->program,
			.argv = daemon->argv,
			.env = &daemon->env,
			.ops = &child_ops,
			.arg = up };

		if (child_new(&options, &daemon->child) < 0)
			return CTL_FAILED;
	}
	return CTL_OK;
}

static int watch_signals(struct up *up)
{
	int r = loop_signal(up->loop, SIGCHLD, on_child_signal, up);

	if (r == 0)
		r = loop_signal(up->loop, SIGTERM, on_signal, up);
	if (r == 0)
		r = loop_signal(up->loop, SIGINT, on_signal, up);
	if (r == 0)
		r = loop_signal(up->loop, SIGHUP, on_signal, up);
	signal(SIGPIPE, SIG_IGN);
	if (r < 0)
		ctl_complain("signals cannot be watched: %s", strerror(-r));
	return r < 0 ? CTL_FAILED : CTL_OK;
}

int up_run(struct up *up)
{
	up->loop = loop_new();
	up->status = watch_signals(up);
	if (up->status == CTL_OK)
		up->status = make_children(up);
	if (up->status == CTL_OK) {
		for (size_t i = 0; i < DAEMONS && !up->ending; i++)
			child_start(up->daemons[i].child);
		loop_run(up->loop);
	}
	for (size_t i = 0; i < up->count; i++)
		child_free(up->daemons[i].child);
	loop_free(up->loop);
	return up->status;
}
