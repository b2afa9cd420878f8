/* main.c - atrium-metrics: the numbers of all processes, and of the machine */
/* SPDX-License-Identifier: MIT */
/*
 * NAME
 *	atrium-metrics - gathers what the processes count, and tells it to rooms and Prometheus
 *
 * SYNOPSIS
 *	atrium-metrics [-c FILE] [-n] [-v] [--version] [--help]
 *
 * DESCRIPTION
 *	Every process reports its counters each second. To these comes what /proc says of the
 *	processes and of the machine. Each interval `system_metrics` goes to a room; all counters
 *	are at http://LISTEN:PORT/metrics for Prometheus. `/healthz` answers while it runs. A
 *	process that is silent for 3 s is said to be down, and after 60 s forgotten.
 *
 * SOCKETS
 *	RUNTIME_DIR/metrics.sock	where reports come in (bound)
 *	RUNTIME_DIR/hub.sock	where system_metrics goes
 *	LISTEN:PORT	HTTP; a listening socket that is handed down ($LISTEN_FDS) comes first
 *
 * SIGNALS
 *	HUP	read settings again
 *	TERM, INT	end
 *
 * FILES
 *	/proc; STATE_DIR only to say how full its file system is
 *
 * EXIT STATUS
 *	0 when it was told to end, 1 when it could not start, 2 for wrong options or settings
 *
 * BUGS
 *	Processor time is counted in ticks of 10 ms: below 1 % it is a guess.
 */
#include "metrics/metrics.h"

#define KEY(type, member, ...) CONF_KEY(type, struct metrics_conf, member, __VA_ARGS__)

/* clang-format off */
static const struct conf_key metrics_keys[] = {
	KEY(CONF_STRING, listen, .def = "127.0.0.1",
		.help = "address for Prometheus; * for any"),
	KEY(CONF_INT, port, .def = "8101", .min = 0, .max = 65535,
		.help = "port for Prometheus; 0 for any free one"),
	KEY(CONF_DURATION, interval, .def = "1s", .min = 100, .max = 60000, .reload = true,
		.help = "how often the machine is looked at and system_metrics sent"),
	KEY(CONF_STRING, room, .def = "system_monitor", .reload = true,
		.help = "room that system_metrics goes to"),
	{ .name = NULL },
};

static const struct conf_section sections[] = {
	{ .name = "metrics", .keys = metrics_keys, .size = sizeof(struct metrics_conf) },
	{ .name = NULL },
};
/* clang-format on */

int main(int argc, char **argv)
{
	static const struct service_def def = {
		.process = PROCESS_METRICS,
		.summary = "gathers what the processes count, and tells it to rooms and Prometheus",
		.sections = sections,
		.start = metrics_start,
		.reload = metrics_reload,
		.stop = metrics_stop,
	};

	return service_run(&def, argc, argv);
}
