/* fake_kept.h - writes down lists: a room's history, who is in it */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_FAKE_KEPT_H
#define TESTS_UNIT_HUB_FAKE_KEPT_H

#include "proto/msg.h"

static inline void fake_kept(struct buf *log, struct msg_list list)
{
	struct msg_kept kept;

	while (msg_next_kept(&list, &kept))
		buf_printf(log, " %llu:%.*s:%.*s", (unsigned long long)kept.offset,
			(int)kept.id.len, kept.id.ptr, (int)kept.body.len, kept.body.ptr);
}

static inline void fake_members(
	struct buf *log, uint32_t count, uint32_t users, struct msg_list members)
{
	struct msg_member member;

	buf_printf(log, " %u/%u", count, users);
	while (msg_next_member(&members, &member)) {
		buf_printf(log, " %.*s:%.*s", (int)member.id.len, member.id.ptr,
			(int)member.nickname.len, member.nickname.ptr);
		if (member.user.len)
			buf_printf(log, "(%.*s)", (int)member.user.len, member.user.ptr);
	}
}

#endif
