/* publish.c - system_metrics, into the room of those who look */
/* SPDX-License-Identifier: MIT */
#include "metrics/metrics.h"
#include "metrics/report.h"
#include "proto/base/clock.h"
#include "proto/counters.h"
#include "proto/event.h"

void metrics_publish(struct metrics *metrics)
{
	struct msg msg = { .type = MSG_ANNOUNCE };

	/* A reload may have brought a name that is none; the hub would take it for nonsense. */
	if (!link_is_up(metrics->hub) || !event_room_valid(slice_of(metrics->conf->room)))
		return;
	buf_clear(&metrics->body);
	report_write(&metrics->body, metrics->store, &metrics->host, clock_wall_ms());
	msg.announce = (struct msg_announce){
		.room = slice_of(metrics->conf->room),
		.type = SLICE("system_metrics"),
		.body = buf_slice(&metrics->body),
	};
	/* One that finds no room is followed by the next. */
	if (link_send(metrics->hub, NULL, &msg) == 0)
		counter_add(COUNTER_METRICS_PUBLISHED, 1);
}
