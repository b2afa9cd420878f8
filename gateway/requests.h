/* requests.h - what clients ask for, and who is asked in turn */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_REQUESTS_H
#define GATEWAY_REQUESTS_H

#include "gateway/client.h"

/* A message of a client who is open, or locked: then only `auth` is taken. */
void request_take(struct client *client, struct slice text, bool binary);

/* One over the rate: nothing of it is done, and its sender is told so. */
void request_refuse(struct client *client, struct slice text, bool binary);

#endif
