/* door.h - a connection that was accepted, until the head of its first request is there */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DOOR_H
#define GATEWAY_DOOR_H

#include "gateway/gateway.h"
#include "proto/base/list.h"

struct tls_pump;

/*
 * Takes the socket. It goes to lws at once if all is there, else it is put into the list. The pump
 * (or NULL) is what it is the other end of; it is let go when the connection ends.
 */
void door_open(struct gateway *gateway, struct list *doors, int fd, struct tls_pump *pump);
void door_close_all(struct list *doors);

/* Answers and closes a socket. */
void door_refuse(int fd, int status);
void door_answer(int fd, struct slice answer);

#endif
