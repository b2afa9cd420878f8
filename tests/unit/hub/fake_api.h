/* fake_api.h - answers to the server API, written down */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_FAKE_API_H
#define TESTS_UNIT_HUB_FAKE_API_H

#include "proto/close.h"
#include "proto/msg.h"
#include "tests/unit/hub/fake_kept.h"
#include "tests/unit/hub/fake_tap.h"

static inline void fake_api_connections(struct buf *log, const struct msg_api_connections *page)
{
	struct msg_list conns = page->connections, rooms = page->rooms;
	struct msg_conninfo conn;
	struct msg_inroom in;

	buf_printf(log, " %u/%u more=%d", page->count, page->total, page->more);
	while (msg_next_conninfo(&conns, &conn))
		buf_printf(log, " %.*s:%s", (int)conn.id.len, conn.id.ptr,
			conn.here ? "here" : "gone");
	while (msg_next_inroom(&rooms, &in))
		buf_printf(log, " #%.*s", (int)in.room.len, in.room.ptr);
	if (page->parts)
		buf_printf(log, " parts=%u", page->parts);
}

static inline void fake_api_figures(struct buf *log, struct msg_list figures)
{
	struct msg_figure figure;

	while (msg_next_figure(&figures, &figure))
		buf_printf(log, " sent=%llu", (unsigned long long)figure.sent);
}

static inline void fake_api_rooms(struct buf *log, const struct msg_api_rooms *page)
{
	struct msg_list rooms = page->rooms;
	struct msg_roominfo room;

	buf_printf(log, " %u more=%d", page->total, page->more);
	while (msg_next_roominfo(&rooms, &room))
		buf_printf(log, " %.*s:%u", (int)room.name.len, room.name.ptr, room.count);
}

static inline void fake_api_closed(struct buf *log, const struct msg_api_closed *page)
{
	static const char *const enders[] = { "client", "server", "gone" };
	struct msg_list closed = page->closed;
	struct msg_closeinfo info;

	buf_printf(log, " %u more=%d forgotten=%llu", page->total, page->more,
		(unsigned long long)page->forgotten);
	while (msg_next_closeinfo(&closed, &info))
		buf_printf(log, " [%llu %.*s:%.*s %s %u '%.*s' queued=%llu rooms=%u %.*s]",
			(unsigned long long)info.serial, (int)info.id.len, info.id.ptr,
			(int)info.user.len, info.user.ptr, enders[info.by], info.code,
			(int)info.text.len, info.text.ptr, (unsigned long long)info.queued,
			info.rooms, (int)info.gateway.len, info.gateway.ptr);
}

static inline void fake_api(struct buf *log, const struct msg *msg)
{
	const struct msg_api_done *done = &msg->api_done;

	switch (msg->type) {
	case MSG_API_DONE:
		buf_printf(log, " %llu %s", (unsigned long long)done->call,
			error_row((enum error)done->error)->code);
		if (done->offset)
			buf_printf(log, " offset=%llu", (unsigned long long)done->offset);
		if (done->count)
			buf_printf(log, " count=%u", done->count);
		if (done->request)
			buf_printf(log, " request=%llu", (unsigned long long)done->request);
		break;
	case MSG_API_ROOMS:
		fake_api_rooms(log, &msg->api_rooms);
		break;
	case MSG_API_CONNECTIONS:
		fake_api_connections(log, &msg->api_connections);
		break;
	case MSG_API_CLOSED:
		fake_api_closed(log, &msg->api_closed);
		break;
	case MSG_API_HISTORY:
		buf_printf(log, " offset=%llu", (unsigned long long)msg->api_history.offset);
		fake_kept(log, msg->api_history.messages);
		break;
	case MSG_FIGURES_ASK:
		buf_printf(log, " asker=%llu %u", (unsigned long long)msg->figures_ask.asker,
			msg->figures_ask.connections.count);
		break;
	case MSG_API_FIGURES:
		buf_printf(log, " %llu", (unsigned long long)msg->api_figures.call);
		fake_api_figures(log, msg->api_figures.figures);
		break;
	case MSG_API_STATUS:
		buf_printf(log, " gateways=%u", msg->api_status.gateways.count);
		break;
	default:
		fake_tap(log, msg);
	}
}

#endif
