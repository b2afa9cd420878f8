/* outlet.h - what the hub's domain asks of the world outside: messages out, randomness */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_OUTLET_H
#define HUB_OUTLET_H

#include "proto/event.h"
#include "proto/msg.h"

struct gateway;
struct link_peer;

/* Filled in by wire.c, and by tests, which record what comes out. */
struct outlet {
	void *arg;
	/* To a gateway, in order, with this turn. It has its number, or 0. */
	void (*send)(void *arg, struct gateway *gateway, const struct msg *msg);
	/* At once. 0, or -errno: not now. */
	int (*send_now)(void *arg, struct gateway *gateway, const struct msg *msg);
	/* The same of messages that were encoded. */
	int (*send_parcel)(
		void *arg, struct gateway *gateway, struct slice messages, unsigned count);
	/* answers HELLO with gateway->saved */
	void (*welcome)(void *arg, struct gateway *gateway);
	/*
	 * Breaks the link with a process that sent what it must not; calls hub_down() if it is a
	 * gateway's.
	 */
	void (*drop)(void *arg, struct link_peer *peer, const char *why);
	void (*forget)(void *arg, struct gateway *gateway); /* it is freed after the call */
	/* Breaks the link with this one; hub_down(), or handlers_down(), is called. */
	void (*cut)(void *arg, struct gateway *gateway, const char *why);
	/* Who has sent a message; NULL if that is no gateway. */
	struct gateway *(*gateway_of)(void *arg, struct link_peer *peer);
	uint64_t (*random)(void *arg);
	void (*random_text)(void *arg, char *ret_text, size_t len); /* and a NUL */
};

#endif
