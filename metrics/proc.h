/* proc.h - reads the texts of /proc; knows no files */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_PROC_H
#define METRICS_PROC_H

#include <stdint.h>

#include "proto/base/buf.h"

/* All return 0, or -EBADMSG if the text is not what proc(5) says; then the output is untouched. */

/* /proc/stat: ticks of all processors since the start. */
struct proc_cpu {
	uint64_t busy;
	uint64_t total;
};

int proc_parse_stat(struct slice text, struct proc_cpu *ret_cpu);

/* /proc/meminfo, in bytes. */
struct proc_memory {
	uint64_t total;
	uint64_t available;
};

int proc_parse_meminfo(struct slice text, struct proc_memory *ret_memory);

/* /proc/loadavg: of 1, 5 and 15 minutes. */
int proc_parse_loadavg(struct slice text, double ret_load[3]);

/* /proc/uptime: seconds since the start. */
int proc_parse_uptime(struct slice text, double *ret_seconds);

/* /proc/PID/stat, in ticks. */
struct proc_times {
	uint64_t cpu; /* user and system */
	uint64_t start; /* after the start of the machine */
};

int proc_parse_pid_stat(struct slice text, struct proc_times *ret_times);

/* /proc/PID/statm: pages in memory. */
int proc_parse_statm(struct slice text, uint64_t *ret_pages);

#endif
