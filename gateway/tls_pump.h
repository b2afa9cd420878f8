/* tls_pump.h - a connection over TLS until it is a WebSocket: HTTP through a pair of sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_TLS_PUMP_H
#define GATEWAY_TLS_PUMP_H

#include "gateway/tls.h"
#include "gateway/tls_stream.h"

/*
 * The door and libwebsockets know nothing of TLS: they are given one end of a socket pair, and what
 * comes out of TLS is pumped into the other one, and back. When the connection has become a
 * WebSocket the pump is dissolved. It lives until both sides have let it go.
 */
struct tls_pump;

/* Takes the socket, which is counted. What comes out of its handshake goes to a door. */
void tls_pump_open(struct gateway *gateway, int fd);
void tls_pump_let_go(struct tls_pump *pump); /* the door or libwebsockets is done; takes NULL */

int tls_pump_fd(const struct tls_pump *pump); /* the peer's socket, or -1: it has gone */

/*
 * `inner` is the end that the door had, and is closed. What was written to it goes out, what was
 * not read from it is added to ret_unread. The socket, or -EPIPE if the peer has gone.
 */
int tls_pump_dissolve(
	struct tls_pump *pump, int inner, struct tls_stream **ret_stream, struct buf *ret_unread);

/* Who has said nothing yet is let go, as the doors close. */
void tls_pumps_stop(struct tls *tls);
bool tls_pumps_make_room(struct tls *tls); /* ends the oldest of them; false: there is none */
void tls_pumps_free(struct tls *tls); /* all that are left; libwebsockets has ended */
bool tls_pumps_busy(const struct tls *tls); /* something that was answered is on its way */

#endif
