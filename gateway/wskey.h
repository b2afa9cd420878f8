/* wskey.h - what a client's Sec-WebSocket-Key is answered with; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_WSKEY_H
#define GATEWAY_WSKEY_H

#include "proto/base/buf.h"

enum { WSKEY_LEN = 24 }; /* 16 bytes in base64 */

/* One for all clients. */
struct wskey;

struct wskey *wskey_new(void);
void wskey_free(struct wskey *wskey); /* takes NULL */

/* The value of Sec-WebSocket-Accept (RFC 6455 section 4.2.2); the key has WSKEY_LEN bytes. */
void wskey_accept(struct wskey *wskey, struct slice key, struct buf *out);

#endif
