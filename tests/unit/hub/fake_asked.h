/* fake_asked.h - writes down what handlers are asked, and what who has asked is told */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_FAKE_ASKED_H
#define TESTS_UNIT_HUB_FAKE_ASKED_H

#include "proto/close.h"
#include "proto/msg.h"

/* Numbers of questions begin at some time, and go on from there. */
static inline unsigned fake_ask(uint64_t ask)
{
	return (unsigned)(ask & 0xffff);
}

static inline void fake_text(struct buf *log, const char *name, struct slice text)
{
	if (text.len)
		buf_printf(log, " %s=%.*s", name, (int)text.len, text.ptr);
}

static inline void fake_asked(struct buf *log, const struct msg *msg)
{
	switch (msg->type) {
	case MSG_GUARDED:
		buf_printf(log, " %u%s in=%u", fake_ask(msg->guarded.ask),
			msg->guarded.again ? " again" : "", msg->guarded.deadline);
		fake_text(log, "room", msg->guarded.room);
		fake_text(log, "type", msg->guarded.type);
		fake_text(log, "id", msg->guarded.id);
		fake_text(log, "user", msg->guarded.user);
		break;
	case MSG_CALLED:
		buf_printf(log, " %u%s in=%u", fake_ask(msg->called.ask),
			msg->called.again ? " again" : "", msg->called.deadline);
		fake_text(log, "room", msg->called.room);
		fake_text(log, "cmd", msg->called.cmd);
		fake_text(log, "id", msg->called.id);
		fake_text(log, "user", msg->called.user);
		break;
	case MSG_WITHDRAWN:
		buf_printf(log, " %u", fake_ask(msg->withdrawn.ask));
		break;
	case MSG_RESULT:
		buf_printf(log, " %lu", (unsigned long)msg->result.conn);
		fake_text(log, "ref", msg->result.ref);
		fake_text(log, "room", msg->result.room);
		fake_text(log, "body", msg->result.body);
		break;
	case MSG_API_RESULT:
		buf_printf(log, " %lu", (unsigned long)msg->api_result.call);
		fake_text(log, "code", msg->api_result.code);
		fake_text(log, "text", msg->api_result.text);
		fake_text(log, "body", msg->api_result.body);
		break;
	case MSG_REFUSAL:
		buf_printf(log, " %lu %s", (unsigned long)msg->refusal.conn,
			error_row((enum error)msg->refusal.error)->code);
		fake_text(log, "ref", msg->refusal.ref);
		if (msg->refusal.request)
			buf_printf(log, " request=%lu", (unsigned long)msg->refusal.request);
		fake_text(log, "code", msg->refusal.code);
		fake_text(log, "text", msg->refusal.text);
		break;
	default:
		break;
	}
}

#endif
