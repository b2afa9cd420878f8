/* query.h - what the server API asks: pages of rooms and connections, history, status */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_QUERY_H
#define HUB_QUERY_H

#include "hub/hub.h"

enum {
	QUERY_LIMIT_MAX = 1000, /* rooms or connections of a page */
	QUERY_BYTES_MAX = 1024 * 1024, /* of a page; it is shorter then */
	QUERY_ROOMS_MAX = 128, /* rooms that are told of a connection */
};

/*
 * `query` is valid. Answered with API_ROOMS, API_CONNECTIONS, API_CLOSED, API_HISTORY or
 * API_STATUS.
 */
void query_answer(struct hub *hub, struct gateway *gateway, const struct msg_api_query *query);

/* The same, where ranking_needed(): the figures are there. */
void query_answer_ranked(
	struct hub *hub, struct gateway *gateway, const struct msg_api_query *query);

void query_add_room(struct hub *hub, struct msg_list *rooms, const struct room *room);

/* Whether `text` is in any of the four; upper or lower case of ASCII alike; an empty one is. */
bool query_found(struct slice text, const struct slice in[4]);

#endif
