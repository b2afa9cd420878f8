/* port.h - whether someone listens on a port already */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_PORT_H
#define CTL_PORT_H

#include <stdbool.h>

/*
 * `address` as in the settings: "*" is any, "" nothing. Gateways share a port among themselves, so
 * one that starts beside another server does not notice: who wants the port alone asks here.
 * False where it cannot be told: then the one who listens will.
 */
bool port_in_use(const char *address, const char *port);

#endif
