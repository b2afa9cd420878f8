/* service.c - the skeleton of every daemon: signals, systemd, reports, reload, drain */
/* SPDX-License-Identifier: MIT */
#include "proto/service.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/histogram.h"
#include "proto/service_internal.h"
#include "proto/version.h"

enum {
	REPORT_MS = 1000,
	DRAIN_MS = 5000,
	STOP_MS = 10000, /* for what has to be done after the drain */
};

static void on_report(void *arg)
{
	struct service *service = arg;
	_cleanup_(buf_done) struct buf raw = { .cap = 0 }, buckets = { .cap = 0 };
	struct msg msg = { .type = MSG_COUNTERS };

	log_flush();
	if (!service->reports)
		return;
	msg.counters = (struct msg_counters){ .process = (uint8_t)service->def->process,
		.name = slice_of(service->name),
		.pid = (uint32_t)getpid(),
		.epoch = service->epoch,
		.time = clock_wall_ms(),
		.version = slice_of(ATRIUM_VERSION) };
	counter_list(service->def->process, &raw, &msg.counters.counts);
	histogram_list(service->def->process, &buckets, &msg.counters.buckets);
	/* A report that finds no room, or no metrics, is made good by the next. */
	(void)link_send(service->reports, NULL, &msg);
}

static void on_watchdog(void *arg)
{
	(void)arg;
	sd_notify(0, "WATCHDOG=1");
}

static void stop(struct service *service)
{
	service->stopping = true;
	loop_stop(service->loop);
}

static void on_drain_over(void *arg)
{
	struct service *service = arg;

	log_warn("drain_over", "pid=%d", getpid());
	stop(service);
}

void service_stop(struct service *service)
{
	uint64_t ms = service->def->drain_ms ? service->def->drain_ms(service->self) : DRAIN_MS;

	if (service->draining || service->stopping) {
		stop(service);
		return;
	}
	service->draining = true;
	log_info("stopping", "pid=%d", getpid());
	/* the settings may allow more time than the unit does */
	sd_notifyf(0, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%llu",
		(unsigned long long)(ms + STOP_MS) * 1000);
	if (!service->def->drain) {
		stop(service);
		return;
	}
	timer_start(service->drain_timer, ms);
	service->def->drain(service->self);
}

void service_drained(struct service *service)
{
	if (service->draining)
		stop(service);
}

static void reload(struct service *service)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	struct conf *old = service->conf, *fresh;

	if (service_load_conf(service, &fresh, &text) < 0) {
		log_error("reload", "result=kept errors=%s", log_quote(buf_slice(&text)));
		return;
	}
	sd_notifyf(
		0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)(clock_now().ns / 1000));
	conf_diff_fixed(old, fresh, &text);
	if (text.len)
		log_warn("reload", "needs_restart=%s", log_quote(buf_slice(&text)));
	service->conf = fresh;
	service_apply_log_level(service);
	if (service->def->reload && service->def->reload(service->self) < 0)
		log_error("reload", "result=incomplete");
	else
		log_info("reload", "result=done");
	conf_free(old);
	sd_notify(0, "READY=1");
}

static void on_signal(void *arg, int signum)
{
	struct service *service = arg;

	if (signum == SIGHUP)
		reload(service);
	else
		service_stop(service);
}

int service_link(struct service *service, enum link_id id, const struct dispatch *dispatch,
	const struct link_ops *ops, void *self, struct link **ret_link)
{
	return service_link_as(service, id, service->epoch, dispatch, ops, self, ret_link);
}

int service_link_as(struct service *service, enum link_id id, uint64_t epoch,
	const struct dispatch *dispatch, const struct link_ops *ops, void *self,
	struct link **ret_link)
{
	const struct link_options options = {
		.id = id, .epoch = epoch, .dispatch = dispatch, .ops = ops, .self = self
	};

	return service_link_with(service, &options, ret_link);
}

int service_link_with(
	struct service *service, const struct link_options *options, struct link **ret_link)
{
	struct link_options filled = *options;
	int r;

	filled.loop = service->loop;
	filled.directory = service->runtime_dir;
	filled.process = service->def->process;
	filled.name = service->name;
	r = link_new(&filled, ret_link);
	if (r < 0)
		log_error("link", "directory=%s error=%s%s",
			log_quote(slice_of(service->runtime_dir)),
			log_quote(slice_of(strerror(-r))),
			r == -ENAMETOOLONG
				? " hint=\"a socket's path has at most 107 bytes: set [atrium] runtime_dir\""
				: "");
	return r;
}

static void start_watchdog(struct service *service)
{
	uint64_t usec = 0;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		return;
	service->watchdog_timer = timer_new(service->loop, on_watchdog, service);
	timer_repeat(service->watchdog_timer, usec / 2000 ? usec / 2000 : 1);
}

/* 0, or -errno after logging why. */
static int open_service(struct service *service)
{
	int r = service_open_dirs(service);

	if (r < 0)
		return r;
	service->loop = loop_new();
	service->drain_timer = timer_new(service->loop, on_drain_over, service);
	service->report_timer = timer_new(service->loop, on_report, service);
	timer_repeat(service->report_timer, REPORT_MS);
	signal(SIGPIPE, SIG_IGN);
	/* A file at its limit is an error of the write, as a full disk is. */
	signal(SIGXFSZ, SIG_IGN);
	r = loop_signal(service->loop, SIGTERM, on_signal, service);
	if (r == 0)
		r = loop_signal(service->loop, SIGINT, on_signal, service);
	if (r == 0)
		r = loop_signal(service->loop, SIGHUP, on_signal, service);
	/* The metrics process is where reports go; it reads its own. */
	if (r == 0 && service->def->process != PROCESS_METRICS)
		r = service_link(service, LINK_METRICS, NULL, NULL, NULL, &service->reports);
	start_watchdog(service);
	return r;
}

void service_mute(struct service *service)
{
	link_free(service->reports);
	service->reports = NULL;
}

static void close_service(struct service *service)
{
	service_mute(service);
	timer_free(service->report_timer);
	timer_free(service->watchdog_timer);
	timer_free(service->drain_timer);
	loop_free(service->loop);
	if (service->lock_fd >= 0)
		close(service->lock_fd);
	conf_free(service->conf);
	mem_free(service->sections);
	mem_free(service->foreign);
	mem_free(service->conf_path);
	mem_free(service->name);
	mem_free(service->runtime_dir);
	mem_free(service->state_dir);
}

static int serve(struct service *service)
{
	int r;

	log_open(service->name, LOG_LEVEL_INFO);
	service_apply_log_level(service);
	service->epoch = service_random();
	counter_set(COUNTER_START_TIME_SECONDS, clock_wall_ms() / 1000);
	r = open_service(service);
	if (r == 0)
		r = service->def->start(service, &service->self);
	if (r == 0) {
		log_info("started", "version=%s pid=%d runtime_dir=%s", ATRIUM_VERSION, getpid(),
			log_quote(slice_of(service->runtime_dir)));
		if (!service->stopping)
			loop_run(service->loop);
		service->def->stop(service->self);
		log_info("stopped", "pid=%d", getpid());
	}
	log_flush();
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int service_run(const struct service_def *def, int argc, char **argv)
{
	struct service service = { .def = def, .instance = 1, .lock_fd = -1 };
	int status = service_setup(&service, argc, argv);

	if (status < 0)
		status = serve(&service);
	close_service(&service);
	return status;
}

void service_ready(struct service *service, const char *fields)
{
	assert(!service->ready);
	service->ready = true;
	sd_notifyf(0, "READY=1%s%s", fields ? "\n" : "", fields ? fields : "");
}

void service_status(struct service *service, const char *format, ...)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	va_list args;

	(void)service;
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	sd_notifyf(0, "STATUS=%s", buf_cstr(&text));
}

struct loop *service_loop(struct service *service)
{
	return service->loop;
}

const void *service_conf(struct service *service, const char *section)
{
	return conf_get(service->conf, section);
}

const void *service_conf_named(
	struct service *service, const char *section, size_t n, const char **ret_label)
{
	return conf_get_named(service->conf, section, n, ret_label);
}

const char *service_name(const struct service *service)
{
	return service->name;
}

uint64_t service_epoch(const struct service *service)
{
	return service->epoch;
}

const char *service_runtime_dir(const struct service *service)
{
	return service->runtime_dir;
}

const char *service_state_dir(const struct service *service)
{
	return service->state_dir;
}

/* The kernel is asked for many at once; what was given out is not kept. */
static void random_bytes(void *ret_bytes, size_t len)
{
	static unsigned char pool[1024];
	static size_t left;

	assert(len <= sizeof(pool));
	if (left < len) {
		if (getrandom(pool, sizeof(pool), 0) != (ssize_t)sizeof(pool))
			abort();
		left = sizeof(pool);
	}
	left -= len;
	memcpy(ret_bytes, pool + left, len);
	explicit_bzero(pool + left, len);
}

uint64_t service_random(void)
{
	uint64_t number;

	random_bytes(&number, sizeof(number));
	return number ? number : 1;
}

void service_random_text(char *ret_text, size_t len)
{
	static const char alphabet[32] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char bytes[64];

	assert(len <= sizeof(bytes));
	random_bytes(bytes, len);
	for (size_t i = 0; i < len; i++)
		ret_text[i] = alphabet[bytes[i] % 32];
	ret_text[len] = '\0';
}
