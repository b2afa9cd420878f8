/* wire.h - the hub in its process: the link, the timer, what waits for a gateway */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_WIRE_H
#define HUB_WIRE_H

#include "hub/hub.h"
#include "proto/service.h"

struct wire;

int wire_start(struct service *service, void **ret_wire);
int wire_reload(void *wire);
void wire_stop(void *wire);

#endif
