/* taps.h - clients that are shown all that is said: told to each new hub, and logged */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_TAPS_H
#define GATEWAY_TAPS_H

#include "gateway/gateway.h"
#include "gateway/session.h"

struct taps *taps_new(void);
void taps_free(struct taps *taps); /* takes NULL */

/* A client wants one, or another one; whether it may is the hub's to say. */
void taps_asked(struct taps *taps, const struct session *session, const struct msg_tap *ask);
/* What the hub says: it begins, or it has ended. */
void taps_said(struct taps *taps, const struct session *session, const struct msg_tapping *said);
void taps_shown(struct taps *taps, const struct session *session);
void taps_gone(struct taps *taps, const struct session *session); /* also who has none */

/* The hub has settled with us, and may know of none. */
void taps_again(struct taps *taps, struct uplink *uplink);

#endif
