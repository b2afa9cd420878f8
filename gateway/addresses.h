/* addresses.h - how many connections each address has; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_ADDRESSES_H
#define GATEWAY_ADDRESSES_H

#include "gateway/address.h"

/* An address that has connections: all of an IPv6 /64 is one. Freed with its last connection. */
struct address_use;

struct addresses;
struct addresses *addresses_new(void);
void addresses_free(struct addresses *addresses); /* takes NULL; no address is in use */

size_t addresses_count(const struct addresses *addresses); /* that are in use */
size_t addresses_uses(const struct addresses *addresses, const struct address *address);

/* One connection more, or less. One that is not known is not counted: NULL, which give takes. */
struct address_use *addresses_take(struct addresses *addresses, const struct address *address);
void addresses_give(struct addresses *addresses, struct address_use *use);

#endif
