/* host.h - how the machine is */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_HOST_H
#define METRICS_HOST_H

#include <stdint.h>

struct host_space {
	uint64_t total; /* bytes */
	uint64_t used;
	double percent;
};

struct host {
	double cpu; /* percent of all processors, since the sample before */
	double cpu_busy_seconds;
	double cpu_idle_seconds;
	struct host_space memory;
	struct host_space disk;
	double load[3]; /* 1, 5 and 15 minutes */
};

#endif
