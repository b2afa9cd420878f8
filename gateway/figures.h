/* figures.h - what clients were sent and have sent, for pages of the server API */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_FIGURES_H
#define GATEWAY_FIGURES_H

#include "gateway/gateway.h"
#include "gateway/wheel.h"
#include "proto/figureset.h"

/* Of clients that are here; of the others nothing is said. */
void figures_answer(struct gateway *gateway, const struct msg_figures_ask *ask);

/* A page that waits for the figures of its connections, from each gateway that has some. */
struct figures;
typedef void (*figures_fn)(void *arg);

/* fn(arg) is called once: when all are here, or when their time is over. */
struct figures *figures_await(
	struct wheel *wheel, const struct msg_api_connections *page, figures_fn fn, void *arg);
void figures_free(struct figures *figures); /* takes NULL */

void figures_take(struct figures *figures, const struct msg_api_figures *part);

/* Lives as long as the figures do. */
void figures_page(const struct figures *figures, struct msg_api_connections *ret_page);
const struct figureset *figures_all(const struct figures *figures);

#endif
