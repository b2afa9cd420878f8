/* fanout.h - what the hub says once, for all clients of a room who are here */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_FANOUT_H
#define GATEWAY_FANOUT_H

#include "gateway/client.h"

/* Appends a text in the dialect; true: it goes out as a binary message. */
typedef bool (*fanout_encoder)(const struct dialect *dialect, struct buf *out, const void *what);

/*
 * `except` (0: no one) is the number of a connection that is left out; `key`: of the frames
 * (frame.h).
 */
void fanout_room(struct gateway *gateway, struct slice room, uint64_t except, uint64_t key,
	fanout_encoder encode, const void *what);

/* To these connections; those that are gone are passed over. */
void fanout_conns(
	struct gateway *gateway, struct msg_list conns, fanout_encoder encode, const void *what);

#endif
