/* second.h - each second: what is known goes into series, and alerts look at it */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_SECOND_H
#define METRICS_SECOND_H

#include "metrics/metrics.h"

/* What the settings [alert "name"] say, and alerts.def. */
void second_conf(struct service *service, struct alerts *ret_alerts);
/* Starts; metrics->series and ->alerts are there. */
void second_begin(struct metrics *metrics);
void second_end(struct metrics *metrics);

#endif
