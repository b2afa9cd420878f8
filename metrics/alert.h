/* alert.h - what is wrong, and for how long it has been; knows no clock */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_ALERT_H
#define METRICS_ALERT_H

#include "metrics/rule.h"
#include "proto/base/clock.h"

enum {
	ALERTS_NAMED_MAX = 64, /* of the settings; the rest are those of alerts.def */
#define ALERT(name, when, clear) +1
	ALERTS_MAX = ALERTS_NAMED_MAX
#include "metrics/alerts.def"
#undef ALERT
	,
	ALERT_NAME_MAX = 64,
};

/*
 * It fires when its rule has held, of any that the rule is about, for the rule's time; and is over
 * when `clear` has held of all of them for its time. Without `clear` it is over when `when` has not
 * held for its own time. What is not known changes nothing: a process that is down does not end
 * what was wrong with it.
 */
struct alert {
	char name[ALERT_NAME_MAX + 1];
	struct rule when;
	struct rule clear;
	bool has_clear;
	bool firing;
	uint64_t since_ms; /* wall clock: when that became so; 0: it never was otherwise */
	bool known; /* the next two are */
	double value; /* the worst now */
	char on[STORE_NAME_MAX + 1]; /* whose it is */
	bool waiting; /* something has begun to hold: */
	struct mono begun;
	/* while it is being looked at: */
	bool any_holds;
	bool all_clear;
};

struct alerts {
	size_t count;
	struct alert all[ALERTS_MAX];
};

const char *alert_name_check(struct slice name); /* for settings: what is wrong, or NULL */
/* Texts as in the settings; `clear` may be empty. 0; -EINVAL and why; -ENOSPC and why. */
int alerts_add(struct alerts *alerts, const char *name, const char *when, const char *clear,
	const char **ret_why);
bool alerts_have(const struct alerts *alerts, const char *name);
/* Those of alerts.def whose names are not in `named` (ends with NULL). */
void alerts_add_defaults(struct alerts *alerts, const char *const *named);
/* What fires in `before` goes on firing here, if it is there under the same rule. */
void alerts_inherit(struct alerts *alerts, const struct alerts *before);

/* Each time: begin, see() for each figure, then end(), which calls fn for what has changed. */
void alerts_begin(struct alerts *alerts);
void alerts_see(struct alerts *alerts, const struct figure *figure);
void alerts_end(struct alerts *alerts, struct mono now, uint64_t wall_ms,
	void (*fn)(void *arg, const struct alert *alert), void *arg);

/* Members of a JSON object: name, state ("firing", "ok"), value, on, since, when. */
void alert_write(const struct alert *alert, struct buf *out);

#endif
