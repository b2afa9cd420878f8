/* dispatch.h - what the hub and auth say, and what is done about it */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DISPATCH_H
#define GATEWAY_DISPATCH_H

#include "proto/dispatch.h"

extern const struct dispatch gateway_dispatch; /* self: struct gateway */

#endif
