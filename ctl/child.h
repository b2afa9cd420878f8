/* child.h - one daemon under `atrium up`: started, heard, started again, ended */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_CHILD_H
#define CTL_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/console.h"
#include "ctl/data.h"
#include "ctl/env.h"
#include "proto/base/loop.h"

struct child;

struct child_ops {
	void (*on_ready)(void *arg, struct child *child); /* each time it has become ready */
	/* It has ended and stays so: it was told to end, or never got ready (gave_up). */
	void (*on_ended)(void *arg, struct child *child, bool gave_up);
};

/* All is borrowed for the child's life. */
struct child_options {
	struct loop *loop;
	const struct console *console;
	const struct data *data;
	const char *process; /* "gateway" */
	unsigned hue;
	const char *program; /* path */
	char *const *argv;
	struct env *env; /* gets NOTIFY_SOCKET */
	const struct child_ops *ops;
	void *arg;
};

/* 0, or -errno after saying why. */
int child_new(const struct child_options *options, struct child **ret_child);
void child_free(struct child *child); /* it has ended; takes NULL */

void child_start(struct child *child);
void child_reap(struct child *child); /* after SIGCHLD: has it ended? */
void child_retire(struct child *child); /* from now on it is not started again */
void child_stop(struct child *child, uint64_t deadline_ms); /* SIGTERM, and after a while SIGKILL */
void child_kill(struct child *child);

bool child_running(const struct child *child);
bool child_ready(const struct child *child);
int child_port(const struct child *child); /* that it has told; 0: none */
int child_tls_port(const struct child *child); /* the same */
const char *child_process(const struct child *child);
const char *child_end(const struct child *child); /* "exit status 1" */
const char *child_last_line(const struct child *child); /* of its output; "" */

#endif
