/* address.h - network addresses, nets, and who is behind a proxy; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_ADDRESS_H
#define GATEWAY_ADDRESS_H

#include <stdbool.h>

#include "proto/base/buf.h"

enum { ADDRESS_LEN = 16, ADDRESS_TEXT = 46 /* with its NUL */ };

/* IPv6, or IPv4 as ::ffff:a.b.c.d. All-zero: it is not known, as behind a Unix socket. */
struct address {
	unsigned char bytes[ADDRESS_LEN];
};

/* `1.2.3.4` or `::1`, also with a port: `1.2.3.4:80`, `[::1]:80`. */
bool address_parse(struct slice text, struct address *ret_address);
struct address address_v4(const void *bytes); /* the four of an IPv4 address */
void address_text(const struct address *address, char ret_text[ADDRESS_TEXT]);

bool address_is_known(const struct address *address);
bool address_is_v4(const struct address *address);
bool address_is_loopback(const struct address *address);

/* One who can have all of an IPv6 /64 is counted as one. */
struct address address_counted(const struct address *address);

/* An address or a CIDR, of a list that ends with NULL: those that no one can read contain none. */
bool address_net_valid(struct slice text);
const char *address_net_check(struct slice text); /* for settings: what is wrong, or NULL */
bool address_is_in(const struct address *address, char *const *nets);

/*
 * Who is at the other end: the right-most in X-Forwarded-For (all of its values, joined with
 * commas) that is none of our own proxies. What is left of it is hearsay, as all of it is if
 * `peer` is no proxy. A peer that is not known is one.
 */
struct address address_of_client(
	const struct address *peer, struct slice forwarded_for, char *const *proxies);

#endif
