/* listen.h - the listening socket: our own, or one that was handed down */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_LISTEN_H
#define GATEWAY_LISTEN_H

#include "gateway/address.h"
#include "gateway/gateway.h"

/*
 * The plain one, or that of gateway->tls. 0, or -errno after logging why. gateway->port or tls_port
 * is set: the actual port, 0 for a Unix socket. A socket that is handed down under the name `tls`
 * is for TLS.
 */
int listener_new(struct gateway *gateway, bool tls, struct listener **ret_listener);
void listener_free(struct listener *listener); /* takes NULL, as does: */
/* no one is accepted any more; who has not said anything is let go */
void listener_stop(struct listener *listener);

struct sockaddr_storage;
/* Of accept() or getpeername(); all-zero for a Unix socket. */
struct address listen_peer(const struct sockaddr_storage *from);

#endif
