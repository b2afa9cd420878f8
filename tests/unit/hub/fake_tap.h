/* fake_tap.h - what taps are shown, written down */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_FAKE_TAP_H
#define TESTS_UNIT_HUB_FAKE_TAP_H

#include "proto/event.h"
#include "proto/msg.h"

static inline void fake_tapped_part(struct buf *log, const char *name, struct slice text)
{
	if (text.len)
		buf_printf(log, " %s=%.*s", name, (int)text.len, text.ptr);
}

static inline void fake_tapped(struct buf *log, const struct msg_tapped *tapped)
{
	buf_printf(log, " %llu %s", (unsigned long long)tapped->conn,
		tap_kind_name((enum tap_kind)tapped->kind));
	if (tapped->kind == TAP_LEFT_OUT)
		buf_printf(log, " %llu", (unsigned long long)tapped->count);
	fake_tapped_part(log, "room", tapped->room);
	fake_tapped_part(log, "target", tapped->target);
	fake_tapped_part(log, "type", tapped->type);
	fake_tapped_part(log, "id", tapped->id);
	fake_tapped_part(log, "user", tapped->user);
	fake_tapped_part(log, "body", tapped->body);
}

static inline void fake_tap(struct buf *log, const struct msg *msg)
{
	if (msg->type == MSG_TAPPED)
		fake_tapped(log, &msg->tapped);
	else if (msg->type == MSG_TAPPING)
		buf_printf(log, " %llu %s ref=%.*s", (unsigned long long)msg->tapping.conn,
			msg->tapping.on ? "on" : "off", (int)msg->tapping.ref.len,
			msg->tapping.ref.len ? msg->tapping.ref.ptr : "");
}

#endif
