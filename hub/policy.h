/* policy.h - what is allowed in a room, and how it behaves */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_POLICY_H
#define HUB_POLICY_H

#include <stdint.h>

#include "proto/base/buf.h"

enum access {
	ACCESS_ANYONE,
	ACCESS_TOKEN, /* who is signed in */
	ACCESS_NOBODY,
};

/*
 * Of a room; lives as long as the policy, which changes it in place when settings are read again.
 */
struct rules {
	/* types that are neither numbered nor kept; ends with NULL; borrowed */
	char *const *ephemeral;
	/* in a room of more, no one is announced, and only so many are listed */
	unsigned presence_max;
	unsigned history; /* so many messages are kept; 0: none */
	uint64_t history_ttl; /* ms */
	enum access join;
	enum access publish;
};

struct policy {
	struct rules defaults;
};

void policy_init(struct policy *policy, const struct rules *defaults);

const struct rules *policy_rules(const struct policy *policy, struct slice room);
bool policy_ephemeral(const struct rules *rules, struct slice type);
bool policy_may(enum access access, struct slice user);

#endif
