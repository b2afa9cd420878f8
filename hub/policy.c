/* policy.c - what is allowed in a room, and how it behaves */
/* SPDX-License-Identifier: MIT */
#include "hub/policy.h"

#include "proto/base/mem.h"

struct policy_entry {
	char *pattern; /* NULL: all */
	struct rules rules;
};

static bool follows(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80; /* not the first byte of a character */
}

static size_t character(struct slice text, size_t at)
{
	size_t end = at + 1;

	while (end < text.len && follows(text.ptr[end]))
		end++;
	return end - at;
}

/* What does not fit behind a star is tried again a character later; earlier stars need not move. */
bool policy_matches(const char *pattern, struct slice room)
{
	const char *star = NULL;
	size_t at = 0, retry = 0;

	while (at < room.len) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = at;
		} else if (*pattern == '?') {
			pattern++;
			at += character(room, at);
		} else if (*pattern && *pattern == room.ptr[at]) {
			pattern++;
			at++;
		} else if (star) {
			pattern = star;
			retry += character(room, retry);
			at = retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
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

	while (entry->pattern && !policy_matches(entry->pattern, room))
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

bool policy_may(enum access access, struct slice user)
{
	return access == ACCESS_ANYONE || (access == ACCESS_TOKEN && user.len > 0);
}
