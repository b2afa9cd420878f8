/* admit.h - who may come in: questions to auth and its verdicts */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_ADMIT_H
#define GATEWAY_ADMIT_H

#include "gateway/client.h"
#include "proto/dispatch.h"

int admit_new(struct gateway *gateway, const struct dispatch *dispatch, struct admit **ret_admit);
void admit_free(struct admit *admit); /* takes NULL; no question is left */
struct link *admit_link(const struct admit *admit);
bool admit_is_up(const struct admit *admit);

/*
 * Asks about a token (empty: there is none) for a client that has no question yet. What comes of
 * it: client_admitted(), client_locked() or client_close() for one that waits to be let in; a new
 * identity, or an error with this ref, for one that is open.
 */
void admit_ask(struct client *client, struct slice token, struct slice ref, bool in_message);
void question_cancel(struct client *client); /* also if there is none */

/* For the handlers. */
void admit_on_verdict(struct admit *admit, const struct msg_verdict *verdict);

#endif
