/* ranking.h - pages in an order that only gateways know: they are asked first; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_RANKING_H
#define HUB_RANKING_H

#include "hub/page.h"
#include "proto/base/clock.h"
#include "proto/figureset.h"

struct hub;
struct gateway;

/*
 * What all connections were sent and have sent, while pages are made of it. Who asks for another
 * such page meanwhile waits for the same.
 */
struct ranking {
	uint64_t number; /* of the last time that gateways were asked */
	uint32_t awaited; /* gateways; 0: no one is asked */
	struct mono due; /* then it has to do with what is there */
	struct figureset all;
	struct buf waiting; /* struct ranked_page */
};

void ranking_done(struct ranking *ranking);

bool ranking_needed(const struct msg_api_query *query);
/* ranking_needed(): query_answer_ranked() follows when the figures are there. */
void ranking_ask(struct hub *hub, const struct gateway *gateway, const struct msg_api_query *query);
/* A gateway says those of all its connections. */
void ranking_take(struct hub *hub, struct gateway *gateway, const struct msg_figures *figures);

void ranking_step(struct hub *hub);
struct mono ranking_deadline(const struct hub *hub);

/* In query_answer_ranked(): those of the first `count` on the page, struct conn each. */
void ranking_tell(struct hub *hub, struct gateway *gateway, uint64_t call, const struct page *page,
	size_t count);

#endif
