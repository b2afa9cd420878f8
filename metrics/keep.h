/* keep.h - series in a file of the state directory, so that they survive a restart */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_KEEP_H
#define METRICS_KEEP_H

#include "metrics/series.h"
#include "proto/base/loop.h"

struct keep;

/*
 * DIRECTORY/metrics.series is read now, at most once. One that is damaged is renamed to
 * metrics.series.damaged-TIME. An empty directory: nothing is kept.
 */
struct keep *keep_new(struct loop *loop, const char *directory, struct series_set *set);
void keep_free(struct keep *keep); /* takes NULL */

/* Writes them, on a thread; does nothing while it still writes those before. */
void keep_save(struct keep *keep);
/* At the end: waits until they are written. */
void keep_save_now(struct keep *keep);

#endif
