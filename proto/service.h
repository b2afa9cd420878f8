/* service.h - the skeleton of every daemon: options, settings, log, signals, systemd, drain */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_SERVICE_H
#define PROTO_SERVICE_H

#include <stdint.h>

#include "proto/base/conf.h"
#include "proto/base/loop.h"
#include "proto/link.h"

struct service;

/*
 * A daemon's main() fills this in and returns service_run(). Order of calls: start; then reload at
 * each SIGHUP whose settings are good; drain at SIGTERM or SIGINT (a second one ends at once);
 * stop, after service_drained() or when drain_ms are over.
 */
struct service_def {
	enum process process;
	const char *summary; /* one line for --help */
	const struct conf_section *sections; /* its own; [atrium] is added */
	bool instances; /* several may run, told apart by --instance */
	int (*start)(struct service *service, void **ret_self); /* 0, or -errno after logging why */
	int (*reload)(void *self); /* may be NULL; service_conf() gives the new settings */
	void (*drain)(void *self); /* NULL: nothing to wait for */
	void (*stop)(void *self); /* takes what start returned; frees all */
	uint64_t (*drain_ms)(void *self); /* NULL: 5 s */
};

int service_run(const struct service_def *def, int argc, char **argv); /* the exit status */

/* For start() and after. */
struct loop *service_loop(struct service *service);
/* lives until the call of reload() that follows has returned */
const void *service_conf(struct service *service, const char *section);
const void *service_conf_named(
	struct service *service, const char *section, size_t n, const char **ret_label);
const char *service_name(const struct service *service); /* "gateway-1", "hub" */
uint64_t service_epoch(const struct service *service);
const char *service_runtime_dir(const struct service *service); /* where the sockets are */
const char *service_state_dir(const struct service
		*service); /* $STATE_DIRECTORY, else [atrium] state_dir; "" if there is none */

/* A link of this process: fills in loop, directory, process, name and epoch. */
int service_link(struct service *service, enum link_id id, const struct dispatch *dispatch,
	const struct link_ops *ops, void *self, struct link **ret_link);

/* The same, under an epoch that outlives the process. */
int service_link_as(struct service *service, enum link_id id, uint64_t epoch,
	const struct dispatch *dispatch, const struct link_ops *ops, void *self,
	struct link **ret_link);

/* The same, with `options` but for loop, directory, process and name. */
int service_link_with(
	struct service *service, const struct link_options *options, struct link **ret_link);

/*
 * Says READY=1 to systemd with these further lines (or NULL): "X_ATRIUM_PORT=8100". Called once,
 * when it can serve.
 */
void service_ready(struct service *service, const char *fields);
/*
 * No counters are reported any more. Once a process has freed its own links too, ZeroMQ has no
 * thread left that opens descriptors.
 */
void service_mute(struct service *service);
void service_status(struct service *service, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void service_drained(struct service *service);
void service_stop(struct service *service); /* ends in order, as SIGTERM does */

/* A random number that cannot be guessed; a failure of the kernel to give one aborts. */
uint64_t service_random(void);
/* `len` random characters of a-z, 2-7 (5 bits each) and a NUL. */
void service_random_text(char *ret_text, size_t len);

#endif
