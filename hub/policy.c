/* policy.c - what is allowed in a room, and how it behaves */
/* SPDX-License-Identifier: MIT */
#include "hub/policy.h"

void policy_init(struct policy *policy, const struct rules *defaults)
{
	policy->defaults = *defaults;
}

const struct rules *policy_rules(const struct policy *policy, struct slice room)
{
	(void)room;
	return &policy->defaults;
}

bool policy_ephemeral(const struct rules *rules, struct slice type)
{
	for (char *const *each = rules->ephemeral; *each; each++)
		if (slice_eq(slice_of(*each), type))
			return true;
	return false;
}

bool policy_may(enum access access, struct slice user)
{
	return access == ACCESS_ANYONE || (access == ACCESS_TOKEN && user.len > 0);
}
