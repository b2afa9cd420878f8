/* upgrade.h - a request to become a WebSocket is answered, and its socket becomes a client's */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_UPGRADE_H
#define GATEWAY_UPGRADE_H

#include "gateway/address.h"
#include "gateway/gateway.h"

struct tls_pump;

/*
 * Its whole head has come, as head_edit() leaves it, and what is behind it. Takes the socket, which
 * no one counts, and the pump (or NULL) that has its other end.
 */
void upgrade(struct gateway *gateway, int fd, struct tls_pump *pump, const struct address *peer,
	struct slice head, struct slice behind);

#endif
