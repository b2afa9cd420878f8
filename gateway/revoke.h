/* revoke.h - clients whose tokens were revoked are closed */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_REVOKE_H
#define GATEWAY_REVOKE_H

#include "gateway/gateway.h"
#include "proto/msg.h"

void revoke_clients(struct gateway *gateway, const struct msg_revoked *message);

#endif
