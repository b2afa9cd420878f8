/* results.h - what the hub answers to actions; a part of dispatch.c's table */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_RESULTS_H
#define HANDLER_RESULTS_H

#include "proto/dispatch.h"

void on_acted(void *self, struct link_peer *peer, const struct msg *msg);
void on_state_is(void *self, struct link_peer *peer, const struct msg *msg);
void on_history_is(void *self, struct link_peer *peer, const struct msg *msg);
void on_members_are(void *self, struct link_peer *peer, const struct msg *msg);
void on_connection_is(void *self, struct link_peer *peer, const struct msg *msg);
void on_rooms_are(void *self, struct link_peer *peer, const struct msg *msg);

#endif
