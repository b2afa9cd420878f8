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
 * For a client that waits to be let in, with the token of its handshake (empty: there was none).
 * What comes of it: client_admitted(), client_locked() or client_close(); at once where there is
 * no token, and auth is linked and has said what that means; else when auth has answered.
 */
void admit_enter(struct client *client, struct slice token);

/*
 * Asks about a token (empty: there is none) for a client that has no question yet. What comes of
 * it: as above for one that waits to be let in; a new identity, or an error with this ref, for one
 * that is open.
 */
void admit_ask(struct client *client, struct slice token, struct slice ref, bool in_message);
void question_cancel(struct client *client); /* also if there is none */

/*
 * The same for who is no client: fn(arg, verdict) is called once, with NULL if auth has not
 * answered in time. question_drop(): it is not called any more.
 */
typedef void (*verdict_fn)(void *arg, const struct msg_verdict *verdict);
struct question *admit_check(
	struct admit *admit, struct slice token, struct slice address, verdict_fn fn, void *arg);
void question_drop(struct question *question);

/* For the handlers. */
void admit_on_verdict(struct admit *admit, const struct msg_verdict *verdict);
void admit_on_anonymous(struct admit *admit, const struct msg_anonymous *anonymous);

#endif
