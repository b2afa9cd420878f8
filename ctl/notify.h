/* notify.h - what a daemon tells its supervisor (sd_notify's datagrams) */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_NOTIFY_H
#define CTL_NOTIFY_H

#include <stdbool.h>

#include "proto/base/buf.h"

enum { NOTIFY_MAX = 4096 }; /* bytes of a datagram */

struct notify {
	bool ready;
	int port; /* X_ATRIUM_PORT; 0: not said */
	int tls_port; /* X_ATRIUM_TLS_PORT; the same */
};

/* NAME=VALUE lines; what is not known is let be. Adds to *ret_notify. */
void notify_parse(struct slice datagram, struct notify *ret_notify);

#endif
