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
 *	process that is silent for 3 s is said to be down, and after 10 min forgotten, unless it is
 *	the last of its kind.
 *
 *	What is known each second is kept as series: of each second for 10 min, of each 10 s for
 *	2 h, of each minute for 24 h; http://LISTEN:PORT/series.json?range=10m|2h|24h has those of
 *	pages, with &of=gateway-1 all of that process. Alerts (see the sections [alert "name"]) are
 *	told to the room and to the log.
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
 *	/proc; STATE_DIR/metrics.series: the series, written each minute and at the end; one that is
 *	damaged is renamed to metrics.series.damaged-TIME, and others are begun. Of STATE_DIR also
 *	how full its file system is.
 *
 * EXIT STATUS
 *	0 when it was told to end, 1 when it could not start, 2 for wrong options or settings
 *
 * BUGS
 *	Processor time is counted in ticks of 10 ms: below 1 % it is a guess.
 */
#include "metrics/metrics.h"
#include "proto/event.h"

#define KEY(type, member, ...) CONF_KEY(type, struct metrics_conf, member, __VA_ARGS__)
#define ALERT_KEY(type, member, ...) \
	CONF_KEY(type, struct alert_conf, member, .reload = true, __VA_ARGS__)

/* clang-format off */
static const struct conf_key metrics_keys[] = {
	KEY(CONF_STRING, listen, .def = "127.0.0.1",
		.help = "address for Prometheus; * for any"),
	KEY(CONF_INT, port, .def = "8101", .min = 0, .max = 65535,
		.help = "port for Prometheus; 0 for any free one"),
	KEY(CONF_DURATION, interval, .def = "1s", .min = 100, .max = 60000, .reload = true,
		.help = "how often the machine is looked at and system_metrics sent"),
	KEY(CONF_STRING, room, .def = "system_monitor", .reload = true, .check = event_room_check,
		.help = "room that system_metrics goes to"),
	KEY(CONF_INT, max_series, .def = "2000", .min = 100, .max = 20000,
		.help = "at most so many series are kept; each takes 11 KB, a gateway has about 120"),
	KEY(CONF_DURATION, save, .def = "1m", .min = 1000, .max = 86400000, .reload = true,
		.help = "how often series are written to the state directory"),
	{ .name = NULL },
};

static const struct conf_key alert_keys[] = {
	ALERT_KEY(CONF_STRING, when, .def = "", .check = rule_check,
		.help = "a condition: gateway.queue_bytes > 64M for 10 s; empty: there is no such alert"),
	ALERT_KEY(CONF_STRING, clear, .def = "", .check = rule_check,
		.help = "when it is over, likewise; empty: when it has not held for the same time"),
	{ .name = NULL },
};

static const struct conf_section sections[] = {
	{ .name = "metrics", .keys = metrics_keys, .size = sizeof(struct metrics_conf) },
	{ .name = "alert",
		.keys = alert_keys,
		.size = sizeof(struct alert_conf),
		.named = true,
		.check = alert_name_check,
		.most = ALERTS_NAMED_MAX,
		.help = "what is to be told of; process_down, journal_failing, queue_bytes, hub_behind, "
			"memory_short and disk_full are there already, and a section of that name takes their place" },
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
