/* door.h - a connection, until the head of its next request is there */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DOOR_H
#define GATEWAY_DOOR_H

#include "gateway/address.h"
#include "gateway/gateway.h"
#include "proto/base/list.h"

struct tls_pump;

/*
 * Takes the socket, which is counted. It goes to lws at once if all is there, else it is put into
 * gateway->doors. The pump (or NULL) is what it is the other end of; it is let go when the
 * connection ends. `peer` is who it is from; NULL: the socket says it.
 */
void door_open(struct gateway *gateway, int fd, struct tls_pump *pump, const struct address *peer);

/* lws has served a request: what follows comes to a door again, as `bytes` have already. */
int door_reopen(struct gateway *gateway, struct lws *wsi, struct slice bytes);

/* The same of a socket that lws did not have; it is counted. */
int door_return(struct gateway *gateway, int fd, struct tls_pump *pump, struct slice bytes);

/* Ends the oldest, else the oldest handshake of TLS; false: there is none. */
bool door_make_room(struct gateway *gateway);
void door_close_all(struct gateway *gateway);

/* Answers and closes a socket. */
void door_answer(int fd, struct slice answer);
void door_refuse(int fd, int status);
void door_answer(int fd, struct slice answer);

#endif
