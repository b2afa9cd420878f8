/* verdict.h - what an endpoint's answer means for what was sent */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_VERDICT_H
#define WEBHOOK_VERDICT_H

enum verdict_kind {
	VERDICT_ACCEPTED, /* 2xx */
	VERDICT_FAILED, /* this request did not go well: this room tries again */
	VERDICT_AWAY, /* the endpoint cannot now: all rooms wait, and one of them tries */
	VERDICT_REFUSED, /* it does not want it: 4xx, or a redirect, which is not followed */
	VERDICT_GONE, /* 410: it wants nothing any more */
};

/*
 * What became of the connection; `status` counts only if it was answered. BROKEN: there was one,
 * and no answer came, or not in time.
 */
enum verdict_end { END_ANSWERED, END_BROKEN, END_UNREACHED };

enum verdict_kind verdict_of(enum verdict_end end, long status);

#endif
