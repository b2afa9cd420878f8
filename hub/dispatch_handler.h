/* dispatch_handler.h - what handlers send; a part of dispatch.c's table */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_DISPATCH_HANDLER_H
#define HUB_DISPATCH_HANDLER_H

#include "hub/handlers.h"
#include "proto/dispatch.h"

/* Who has sent it; NULL: no handler that is let in, and it was dropped. */
struct handler *dispatch_handler(struct hub *hub, struct link_peer *peer);

void on_serve(void *self, struct link_peer *peer, const struct msg *msg);
void on_handled_some(void *self, struct link_peer *peer, const struct msg *msg);
void on_handled(void *self, struct link_peer *peer, const struct msg *msg);
void on_answer(void *self, struct link_peer *peer, const struct msg *msg);
void on_ruling(void *self, struct link_peer *peer, const struct msg *msg);
void on_act_publish(void *self, struct link_peer *peer, const struct msg *msg);
void on_act_send(void *self, struct link_peer *peer, const struct msg *msg);
void on_act_broadcast(void *self, struct link_peer *peer, const struct msg *msg);
void on_act_join(void *self, struct link_peer *peer, const struct msg *msg);
void on_act_leave(void *self, struct link_peer *peer, const struct msg *msg);
void on_act_close(void *self, struct link_peer *peer, const struct msg *msg);
void on_act_state(void *self, struct link_peer *peer, const struct msg *msg);
void on_ask_state(void *self, struct link_peer *peer, const struct msg *msg);
void on_ask_history(void *self, struct link_peer *peer, const struct msg *msg);
void on_ask_page(void *self, struct link_peer *peer, const struct msg *msg);
void on_ask_members(void *self, struct link_peer *peer, const struct msg *msg);
void on_ask_connection(void *self, struct link_peer *peer, const struct msg *msg);
void on_ask_rooms(void *self, struct link_peer *peer, const struct msg *msg);

#endif
