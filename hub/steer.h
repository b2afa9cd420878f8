/* steer.h - connections are put into rooms, taken out of them, or closed, by who is none of them */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_STEER_H
#define HUB_STEER_H

#include "hub/hub.h"

/*
 * If it could be done to one of them it is done; else why not to the last. `by`: a handler, for
 * which there are only those that it may reach; NULL: all.
 */
enum error steer_all(struct hub *hub, const struct msg_api_steer *steer, const struct handler *by,
	uint32_t *ret_count);

#endif
