/* listen.h - the listening socket: our own, or one that was handed down */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_LISTEN_H
#define GATEWAY_LISTEN_H

#include "gateway/gateway.h"

/* 0, or -errno after logging why. gateway->port is set: the actual port, 0 for a Unix socket. */
int listener_new(struct gateway *gateway, struct listener **ret_listener);
void listener_free(struct listener *listener); /* takes NULL */
void listener_stop(struct listener
		*listener); /* no one is accepted any more; who has not said anything is let go */

#endif
