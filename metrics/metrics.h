/* metrics.h - the metrics process: its settings and its parts */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H

#include "metrics/alert.h"
#include "metrics/host.h"
#include "metrics/http.h"
#include "metrics/keep.h"
#include "metrics/sample.h"
#include "metrics/series.h"
#include "metrics/store.h"
#include "proto/dispatch.h"
#include "proto/service.h"

/* The section [metrics]. */
struct metrics_conf {
	char *listen;
	int64_t port;
	int64_t interval;
	char *room;
	int64_t max_series;
	int64_t save;
};

/* A section [alert "name"]. */
struct alert_conf {
	char *when;
	char *clear;
};

struct metrics {
	struct service *service;
	const struct metrics_conf *conf;
	struct store *store;
	struct sampler *sampler;
	struct host host;
	struct link *reports; /* from every process */
	struct link *asked; /* by gateways, for series */
	struct link *hub; /* where system_metrics goes */
	struct timer *timer;
	struct http *http;
	struct buf body;
	struct alerts alerts;
	struct series_set *series;
	struct keep *keep;
	struct mono saved; /* when series last were */
	struct timer *second;
	uint64_t last_s; /* the second that was recorded last */
	bool series_full; /* that was logged */
};

int metrics_start(struct service *service, void **ret_self);
int metrics_reload(void *self);
void metrics_stop(void *self);

/* dispatch.c */
extern const struct dispatch metrics_dispatch;
void metrics_report_own(struct metrics *metrics); /* our own counters, into the store */

/* publish.c: one interval is over. */
void metrics_publish(struct metrics *metrics);
void metrics_publish_alert(struct metrics *metrics, const struct alert *alert);

#endif
