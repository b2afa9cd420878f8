/* dispatch.h - handlers by message type */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_DISPATCH_H
#define PROTO_DISPATCH_H

#include "proto/msg.h"

struct link_peer;

/* `self` is the process's own object; `peer` is who sent it (NULL on a PULL link). */
typedef void (*msg_handler)(void *self, struct link_peer *peer, const struct msg *msg);

/*
 * A process's handlers, an array by type. Each process fills it from messages.def in its
 * dispatch.c, so that a row for it without a handler does not compile:
 *
 *	static const struct dispatch table = { .process = PROCESS_HUB, .on = {
 *	#define MSG(NAME, name, code, from, to) DISPATCH_##to(NAME, name)
 *	#define DISPATCH_HUB(NAME, name) [MSG_##NAME] = on_##name,
 *	#define DISPATCH_GATEWAY(NAME, name)
 *	...
 */
struct dispatch {
	enum process process;
	msg_handler on[MSG_TYPE_MAX];
};

/* Returns 0, or -ENOTSUP if this process has no handler for the type. */
static inline int dispatch_msg(
	const struct dispatch *dispatch, void *self, struct link_peer *peer, const struct msg *msg)
{
	msg_handler handler = (unsigned)msg->type < MSG_TYPE_MAX ? dispatch->on[msg->type] : NULL;

	if (!handler)
		return -95; /* -ENOTSUP */
	handler(self, peer, msg);
	return 0;
}

#endif
