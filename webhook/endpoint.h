/* endpoint.h - one [webhook "NAME"]: its place at the hub, what waits for it, its requests */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_ENDPOINT_H
#define WEBHOOK_ENDPOINT_H

#include "proto/service.h"
#include "webhook/conf.h"

struct endpoint;

/* `conf` is borrowed until the next endpoint_reload(). 0, or -errno after logging why. */
int endpoint_new(struct service *service, const char *name, const struct webhook_conf *conf,
	struct endpoint **ret_endpoint);
void endpoint_free(
	struct endpoint *endpoint); /* what was not delivered the hub keeps; takes NULL */
const char *endpoint_name(const struct endpoint *endpoint);

/* Also takes up what was paused. Secrets that cannot be read stay what they were. 0, or -errno. */
int endpoint_reload(struct endpoint *endpoint, const struct webhook_conf *conf);

/* No more requests; fn(arg) is called when those under way are answered. */
void endpoint_drain(struct endpoint *endpoint, loop_fn fn, void *arg);
bool endpoint_idle(const struct endpoint *endpoint); /* no request is under way */

struct endpoint_figures {
	bool linked, paused;
	size_t waiting, bytes;
	unsigned sending;
};
void endpoint_figures(const struct endpoint *endpoint, struct endpoint_figures *ret_figures);

#endif
