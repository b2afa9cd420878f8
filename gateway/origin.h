/* origin.h - which pages may connect: the Origin header against the Host header and the settings */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_ORIGIN_H
#define GATEWAY_ORIGIN_H

#include <stdbool.h>

#include "proto/base/buf.h"

/*
 * `origins` is the setting; ends with NULL. Empty: the origin's host and port are those of the Host
 * header, or its host is this machine's loopback. `*` in it: any. Else one of the list. An empty
 * origin (the client is no browser) is allowed, an invalid one is not, and `null` only by `*` or by
 * name.
 */
bool origin_allowed(struct slice origin, struct slice host, char *const *origins);

/* The value of a Host header: a name or an address, and perhaps a port. */
bool origin_host_valid(struct slice host);

#endif
