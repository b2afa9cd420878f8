/* api.h - what the server API does: it is in no room, and no rule of a room is in its way */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_API_H
#define HUB_API_H

#include "hub/hub.h"

/* Flags, scope, action and reason are valid, and user is. Each is answered with API_DONE. */
void api_publish(struct hub *hub, struct gateway *gateway, const struct msg_api_publish *publish);
void api_send(struct hub *hub, struct gateway *gateway, const struct msg_api_send *send);
void api_broadcast(
	struct hub *hub, struct gateway *gateway, const struct msg_api_broadcast *broadcast);
void api_steer(struct hub *hub, struct gateway *gateway, const struct msg_api_steer *steer);

/*
 * In api_call.c: a question to a room's handler. Then what became of it (`answer` NULL: no handler
 * has said it), after which it is told or kept; and as the journal had it.
 */
struct question;
void api_call(struct hub *hub, struct gateway *gateway, const struct msg_api_call *call);
void api_call_decided(struct hub *hub, struct question *question, const struct msg_answer *answer,
	enum error error);
bool api_call_restore(struct hub *hub, struct question *question);

/* In api_state.c; answered with API_STATE_DONE, or API_ENTRIES. */
void api_state(struct hub *hub, struct gateway *gateway, const struct msg_api_state *change);
void api_state_get(struct hub *hub, struct gateway *gateway, const struct msg_api_state_get *get);

/* Of a room, which may be NULL: `keys`, or all that begin with `prefix`; in hub->raw. */
struct msg_list api_state_gather(
	struct hub *hub, const struct room *room, struct msg_list keys, struct slice prefix);

/* As reply_unavailable(), of any of these. */
void api_unavailable(struct gateway *gateway, uint64_t call, uint64_t request);

#endif
