/* rule.h - the condition of an alert, as settings have it: `gateway.queue_bytes > 50M for 10 s` */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_RULE_H
#define METRICS_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "metrics/figures.h"
#include "proto/base/buf.h"

enum { RULE_NAME_MAX = 64 }; /* bytes, of each of its two names */

enum rule_op { RULE_MORE, RULE_LESS, RULE_AT_LEAST, RULE_AT_MOST, RULE_EQUAL, RULE_OTHER };

struct rule {
	/* "host", "total", "any" process, a kind of processes ("gateway"), or one ("gateway-1") */
	char of[RULE_NAME_MAX + 1];
	char name[RULE_NAME_MAX + 1];
	enum rule_op op;
	double limit;
	uint64_t for_ms;
};

/*
 * OF.NAME OP NUMBER [for N ms|s|m|h|d]; OP: > < >= <= == !=; a number may end with K, M or G
 * (powers of 1024). 0, or -EINVAL, and what is wrong.
 */
int rule_parse(struct slice text, struct rule *ret_rule, const char **ret_why);
/* For settings: what is wrong, or NULL. An empty one is none, and good. */
const char *rule_check(struct slice text);
void rule_write(
	const struct rule *rule, struct buf *out); /* in a form that reads back as the same */

bool rule_is_about(const struct rule *rule, const struct figure *figure);
bool rule_holds(const struct rule *rule, double value);
/* Of two values, whether the first is further on the side that the rule is about. */
bool rule_is_worse(const struct rule *rule, double value, double than);

#endif
