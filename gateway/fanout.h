/* fanout.h - what the hub says once, for all clients of a room who are here */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_FANOUT_H
#define GATEWAY_FANOUT_H

#include "gateway/client.h"

/* Appends a message in the dialect. */
typedef enum said (*fanout_encoder)(
	const struct dialect *dialect, struct buf *out, const void *what);

/* Each is encoded once for each dialect of those whom it is for. */

/*
 * `except` (0: no one) is the number of a connection that is left out; `key`: of the frames
 * (frame.h).
 */
void fanout_room(struct gateway *gateway, struct slice room, uint64_t except, uint64_t key,
	fanout_encoder encode, const void *what);
/* Whether `except` is left out is the dialect's: notice_others. */
void fanout_notice(struct gateway *gateway, struct slice room, uint64_t except,
	fanout_encoder encode, const void *what);
/* To all that have been welcomed. */
void fanout_all(struct gateway *gateway, uint64_t except, fanout_encoder encode, const void *what);

/* To these connections; those that are gone are passed over. */
void fanout_conns(
	struct gateway *gateway, struct msg_list conns, fanout_encoder encode, const void *what);

#endif
