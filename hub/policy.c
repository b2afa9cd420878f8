/* policy.c - what is allowed in a room, and how it behaves */
/* SPDX-License-Identifier: MIT */
#include "hub/policy.h"

#include "proto/base/mem.h"
#include "proto/glob.h"

static const struct slice user_rooms = SLICE("user-");

struct policy_entry {
	char *pattern; /* NULL: all */
	struct rules rules;
};

static void set_access(enum access access[RIGHTS], const struct room_settings *settings)
{
	const int64_t said[RIGHTS] = {
		[RIGHT_JOIN] = settings->join,
		[RIGHT_PUBLISH] = settings->publish,
		[RIGHT_HISTORY] = settings->history_access,
		[RIGHT_STATE] = settings->state_access == POLICY_AS_PUBLISH
			? settings->publish
			: settings->state_access,
	};

	for (enum right i = 0; i < RIGHTS; i++)
		access[i] = settings->private ? ACCESS_GRANT : (enum access)said[i];
}

void policy_init(struct policy *policy, const struct rules *defaults,
	const struct room_section *sections, size_t count)
{
	policy->entries = mem_array(count + 1, sizeof(*policy->entries));
	policy->count = count + 1;
	for (size_t i = 0; i < count; i++) {
		const struct room_settings *settings = sections[i].settings;
		struct policy_entry *entry = &policy->entries[i];

		entry->pattern = mem_strdup(sections[i].pattern);
		entry->rules = *defaults;
		entry->rules.history = (unsigned)settings->history;
		entry->rules.history_ttl = (uint64_t)settings->history_ttl;
		entry->rules.ephemeral = settings->ephemeral;
		entry->rules.conflate = settings->conflate;
		entry->rules.quiet = !settings->presence;
		entry->rules.max_members = (unsigned)settings->max_members;
		entry->rules.state.bytes = (size_t)settings->state_bytes;
		entry->rules.state.keys = (unsigned)settings->state_keys;
		entry->rules.state_ttl = (uint64_t)settings->state_ttl;
		set_access(entry->rules.access, settings);
	}
	policy->defaults = &policy->entries[count].rules;
	*policy->defaults = *defaults;
}

void policy_done(struct policy *policy)
{
	for (size_t i = 0; i < policy->count; i++)
		mem_free(policy->entries[i].pattern);
	mem_free(policy->entries);
	*policy = (struct policy){ .count = 0 };
}

const struct rules *policy_rules(const struct policy *policy, struct slice room)
{
	const struct policy_entry *entry = policy->entries;

	while (entry->pattern && !glob_matches(slice_of(entry->pattern), room))
		entry++;
	return &entry->rules;
}

bool policy_keeps(const struct policy *policy)
{
	for (size_t i = 0; i < policy->count; i++)
		if (policy->entries[i].rules.history > 0)
			return true;
	return false;
}

static bool has(char *const *list, struct slice type)
{
	for (; list && *list; list++)
		if (slice_eq(slice_of(*list), type))
			return true;
	return false;
}

bool policy_ephemeral(const struct rules *rules, struct slice type)
{
	return has(rules->ephemeral, type);
}

bool policy_conflates(const struct rules *rules, struct slice type)
{
	return has(rules->conflate, type);
}

bool policy_may(
	const struct rules *rules, enum right right, const struct asker *asker, struct slice room)
{
	if (asker->admin)
		return true;
	if (slice_starts(room, user_rooms))
		return asker->user.len &&
			slice_eq(asker->user,
				slice_make(room.ptr + user_rooms.len, room.len - user_rooms.len));
	switch (rules->access[right]) {
	case ACCESS_ANYONE:
		return true;
	case ACCESS_TOKEN:
		return asker->user.len > 0;
	case ACCESS_GRANT:
		return grants_allow(asker->grants, right, room);
	default:
		return false;
	}
}

bool policy_hides(const struct rules *rules, struct slice room)
{
	return rules->access[RIGHT_JOIN] >= ACCESS_GRANT || slice_starts(room, user_rooms);
}
