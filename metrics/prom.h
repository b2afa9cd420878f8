/* prom.h - Prometheus' text of all that is known */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_PROM_H
#define METRICS_PROM_H

#include "metrics/host.h"
#include "metrics/store.h"
#include "proto/base/buf.h"

#define PROM_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends. Of a process that is down only that it is. */
void prom_write(struct buf *out, const struct store *store, const struct host *host);

#endif
