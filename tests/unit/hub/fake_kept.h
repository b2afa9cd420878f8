/* fake_kept.h - writes down messages of a room's history */
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

#endif
