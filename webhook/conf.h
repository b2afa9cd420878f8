/* conf.h - the settings of one endpoint, and what is wrong with them */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_CONF_H
#define WEBHOOK_CONF_H

#include "proto/event.h"

enum webhook_event {
#define EVENT(NAME, name, what, help) WEBHOOK_##NAME,
#include "webhook/events.def"
#undef EVENT
	WEBHOOK_EVENTS,
};

struct webhook_conf {
	char *url; /* empty: there is no such endpoint */
	char **rooms;
	char **events;
	char **types;
	char **secret_files;
	char *headers_file;
	char *ca_file;
	int64_t timeout;
	int64_t retry_first, retry_most;
	int64_t give_up;
	int64_t refusals;
	int64_t batch;
	int64_t concurrency;
	int64_t memory; /* bytes */
};

enum {
	CONF_LABEL_MAX = 56, /* with `webhook-` before it, it is the name of a handler: 64 */
};

/* NULL, or what is wrong. */
const char *conf_label_check(struct slice label); /* 1 to 56 of A-Z a-z 0-9 _ - */
const char *conf_url_check(struct slice url); /* http or https, no user in it; or empty */
const char *conf_event_check(struct slice name);
const char *conf_type_check(struct slice type);

const char *conf_event_name(enum webhook_event event);
bool conf_wants(const struct webhook_conf *conf, enum webhook_event event);
bool conf_wants_type(const struct webhook_conf *conf, struct slice type);
unsigned conf_what(const struct webhook_conf *conf); /* a sum of enum handler_what */

#endif
