/* rules.h - what is allowed in the rooms of the hub */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_HUB_RULES_H
#define TESTS_FUZZ_HUB_RULES_H

#include "hub/policy.h"

static char *ephemeral[] = { "typing", NULL }, *draws[] = { "draw", "chat", NULL };
static const struct room_settings small = { .history = 2,
	.history_ttl = 60000,
	.max_members = 2,
	.state_bytes = 24,
	.state_keys = 3,
	.state_ttl = 1000 };
static const struct room_settings open = {
	.conflate = draws, .presence = true, .state_bytes = 100, .state_keys = 10
};
static const struct room_section sections[] = { { "r", &small }, { "?", &open }, { "*", &small } };

#endif
