/* service_internal.h - what service.c and service_setup.c share */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_SERVICE_INTERNAL_H
#define PROTO_SERVICE_INTERNAL_H

#include "proto/service.h"

enum { SERVICE_EXIT_USAGE = 2 }; /* wrong options or settings: a restart does not help */

/* [atrium], which every process reads. */
struct common_conf {
	char *runtime_dir;
	char *state_dir;
	int64_t log_level;
};

struct service {
	const struct service_def *def;
	struct loop *loop;
	struct conf *conf;
	struct conf_section *sections; /* the definition's, and [atrium] */
	const char **foreign;
	char *conf_path; /* NULL: defaults and environment only */
	char *name;
	char *runtime_dir;
	char *state_dir;
	void *self;
	struct link *reports;
	struct timer *report_timer, *watchdog_timer, *drain_timer;
	uint64_t epoch;
	unsigned instance;
	int lock_fd;
	bool check_only, verbose, ready, draining, stopping;
};

/* Options, then settings. -1: go on; else the exit status (--help, -n, errors: all is said). */
int service_setup(struct service *service, int argc, char **argv);

/* A conf of this service's tables; errors go to ret_errors. */
int service_load_conf(struct service *service, struct conf **ret_conf, struct buf *ret_errors);

/* Level from the settings and -v. */
void service_apply_log_level(struct service *service);

/* Finds and makes the directories, and takes the lock. 0, or -errno after logging why. */
int service_open_dirs(struct service *service);

#endif
