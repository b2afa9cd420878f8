/* expiry.h - tokens that run out: the client is told before, and closed then */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_EXPIRY_H
#define GATEWAY_EXPIRY_H

#include "gateway/client.h"

enum { EXPIRY_WARN_S = 30 };

/* Who the client is from now on, and until when; and what else is set with it, `texts`. */
void expiry_identity(struct session *session, const struct msg_verdict *verdict,
	struct slice texts[SESSION_TEXTS]);

/* By what its session says; also when it said something else before. */
void expiry_set(struct client *client);
void expiry_free(struct client *client); /* also if there is none */

#endif
