/* drain.h - the end of a gateway: clients are sent away one after the other */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DRAIN_H
#define GATEWAY_DRAIN_H

#include "gateway/gateway.h"

/*
 * Nothing more is read from a client whose turn it is; it is closed when the hub has answered all
 * that it has said, each with a slot of its own to come back. Half of [gateway] drain is for their
 * turns, and who still waits after three quarters does so in vain.
 */
struct drain *drain_new(struct gateway *gateway);
void drain_free(struct drain *drain); /* takes NULL */

#endif
