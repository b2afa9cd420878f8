/* publish.c - system_metrics and alerts, into the room of those who look */
/* SPDX-License-Identifier: MIT */
#include "metrics/metrics.h"
#include "metrics/report.h"
#include "proto/base/clock.h"
#include "proto/counters.h"

static void announce(struct metrics *metrics, struct slice type, enum counter counter)
{
	struct msg msg = { .type = MSG_ANNOUNCE };

	msg.announce = (struct msg_announce){
		.room = slice_of(metrics->conf->room),
		.type = type,
		.body = buf_slice(&metrics->body),
	};
	/* One that finds no room is followed by the next. */
	if (link_send(metrics->hub, NULL, &msg) == 0)
		counter_add(counter, 1);
}

void metrics_publish(struct metrics *metrics)
{
	if (!link_is_up(metrics->hub))
		return;
	buf_clear(&metrics->body);
	report_write(
		&metrics->body, metrics->store, &metrics->host, &metrics->alerts, clock_wall_ms());
	announce(metrics, SLICE("system_metrics"), COUNTER_METRICS_PUBLISHED);
}

void metrics_publish_alert(struct metrics *metrics, const struct alert *alert)
{
	if (!link_is_up(metrics->hub))
		return;
	buf_clear(&metrics->body);
	alert_write(alert, &metrics->body);
	announce(metrics, SLICE("alert"), COUNTER_METRICS_ALERTS);
}
