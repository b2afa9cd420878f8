/* figures.h - what gateways know of connections, asked of each for a page of the server API */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_FIGURES_H
#define HUB_FIGURES_H

#include "hub/hub.h"
#include "hub/page.h"

/* Of the first `count` on the page, struct conn each. Returns how many gateways will answer. */
uint32_t figures_ask(struct hub *hub, const struct gateway *asker, uint64_t call,
	const struct page *page, size_t count);

/* One has. */
void figures_pass_on(struct hub *hub, const struct msg_figures *figures);

#endif
