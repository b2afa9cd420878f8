/* webhook.h - the process: its endpoints, from start to end */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_WEBHOOK_H
#define WEBHOOK_WEBHOOK_H

#include "proto/service.h"
#include "webhook/conf.h"

enum { WEBHOOK_ENDPOINTS_MAX = 64 };

int webhook_start(struct service *service, void **ret_self);
int webhook_reload(void *self);
void webhook_drain(void *self);
uint64_t webhook_drain_ms(void *self);
void webhook_stop(void *self);

#endif
