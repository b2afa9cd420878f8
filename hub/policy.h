/* policy.h - what is allowed in a room, and how it behaves */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_POLICY_H
#define HUB_POLICY_H

#include <stdint.h>

#include "hub/state.h"
#include "proto/grants.h"

/* As in [room "pattern"], in this order. */
enum access {
	ACCESS_ANYONE,
	ACCESS_TOKEN, /* who is signed in */
	ACCESS_GRANT, /* whose token grants it */
	ACCESS_NOBODY,
};

#define POLICY_ACCESS "anyone|token|grant|nobody"
/* Of changes of the state: after the others. */
#define POLICY_STATE_ACCESS POLICY_ACCESS "|publish"
enum { POLICY_AS_PUBLISH = ACCESS_NOBODY + 1 };

/* Of a room; lives until the policy does not. */
struct rules {
	/* types that are neither numbered nor kept; ends with NULL; borrowed, as is: */
	char *const *ephemeral;
	/* types of which who is behind is sent the latest of each sender only; NULL: none */
	char *const *conflate;
	bool quiet; /* no one is told who comes and goes */
	/* in a room of more, no one is announced, and only so many are listed */
	unsigned presence_max;
	unsigned max_members; /* connections; 0: any number */
	unsigned history; /* so many messages are kept; 0: none */
	uint64_t history_ttl; /* ms */
	struct state_bounds state;
	uint64_t state_ttl; /* ms that a state is kept in an empty room; 0: for ever */
	enum access access[RIGHTS];
};

/* [room "pattern"] of the settings. */
struct room_settings {
	int64_t history;
	int64_t history_ttl;
	char **ephemeral;
	char **conflate;
	bool presence;
	int64_t max_members;
	bool private; /* only by grant, whatever is said of: */
	int64_t join, publish, history_access; /* enum access */
	int64_t state_access; /* the same, or POLICY_AS_PUBLISH */
	int64_t state_bytes, state_keys;
	int64_t state_ttl;
};

struct room_section {
	const char *pattern;
	const struct room_settings *settings;
};

struct policy_entry;
struct policy {
	struct policy_entry *entries; /* those of the settings, in their order; then the defaults */
	size_t count;
	struct rules *defaults; /* of rooms that no section is for */
};

/* Patterns are copied; the settings' lists are borrowed for the life of the policy. */
void policy_init(struct policy *policy, const struct rules *defaults,
	const struct room_section *sections, size_t count);
void policy_done(struct policy *policy); /* all-zero is done */

/* Those of the first section that matches. */
const struct rules *policy_rules(const struct policy *policy, struct slice room);
bool policy_keeps(const struct policy *policy); /* there may be a room with a history */
bool policy_ephemeral(const struct rules *rules, struct slice type);
bool policy_conflates(const struct rules *rules, struct slice type);

/* Who asks. Borrowed. */
struct asker {
	struct slice user; /* empty: not signed in */
	struct slice grants; /* grants.h */
	bool admin;
};

/*
 * In a room `user-NAME` may do anything who is signed in as NAME, and no one else; elsewhere the
 * rules say. An administrator may everywhere.
 */
bool policy_may(
	const struct rules *rules, enum right right, const struct asker *asker, struct slice room);
bool policy_hides(const struct rules *rules, struct slice room); /* it is in no list of rooms */

#endif
