/* door.h - a connection that was accepted, until the head of its first request is there */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DOOR_H
#define GATEWAY_DOOR_H

#include "gateway/gateway.h"
#include "proto/base/list.h"

/* Takes the socket. It goes to lws at once if all is there, else it is put into the list. */
void door_open(struct gateway *gateway, struct list *doors, int fd);
void door_close_all(struct list *doors);

/* Answers and closes a socket. */
void door_refuse(int fd, int status);

#endif
