/* handler_act.h - what handlers do in rooms and to connections, and what they may know of them */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_HANDLER_ACT_H
#define HUB_HANDLER_ACT_H

#include "hub/hub.h"

/* Each is answered, with ACTED or STATE_IS; only in rooms that it may serve. */
void act_publish(struct hub *hub, struct handler *handler, const struct msg_act_publish *act);
void act_send(struct hub *hub, struct handler *handler, const struct msg_act_send *act);
void act_broadcast(struct hub *hub, struct handler *handler, const struct msg_act_broadcast *act);
void act_join(struct hub *hub, struct handler *handler, const struct msg_act_join *act);
void act_leave(struct hub *hub, struct handler *handler, const struct msg_act_leave *act);
void act_close(struct hub *hub, struct handler *handler, const struct msg_act_close *act);
void act_state(struct hub *hub, struct handler *handler, const struct msg_act_state *act);

/* In handler_ask.c, likewise. */
void ask_state(struct hub *hub, struct handler *handler, const struct msg_ask_state *ask);
void ask_history(struct hub *hub, struct handler *handler, const struct msg_ask_history *ask);
void ask_page(struct hub *hub, struct handler *handler, const struct msg_ask_page *ask);
void ask_members(struct hub *hub, struct handler *handler, const struct msg_ask_members *ask);
void ask_connection(struct hub *hub, struct handler *handler, const struct msg_ask_connection *ask);
void ask_rooms(struct hub *hub, struct handler *handler, const struct msg_ask_rooms *ask);

/* The error's name, as handlers read it; none is empty. */
struct slice handler_error(enum error error);
/* What is wrong with a room for this handler; what it may not is counted. */
enum error handler_room_error(const struct handler *handler, struct slice room);

#endif
