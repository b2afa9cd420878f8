/* uplink.h - the link to the hub: what is said is numbered, and said again until acknowledged */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_UPLINK_H
#define GATEWAY_UPLINK_H

#include "gateway/gateway.h"
#include "proto/dispatch.h"

int uplink_new(
	struct gateway *gateway, const struct dispatch *dispatch, struct uplink **ret_uplink);
void uplink_free(struct uplink *uplink); /* takes NULL */

/*
 * Gives the message its number, and returns that. It goes out when the hub is there. Never fails;
 * see uplink_is_full().
 */
uint64_t uplink_send(struct uplink *uplink, struct msg *msg);

/* What has no number: it goes out at once or is lost. */
void uplink_mention(struct uplink *uplink, const struct msg *msg);

/* No hub has been told this yet, and none will be. False: it may be done, or be about to be. */
bool uplink_withdraw(struct uplink *uplink, uint64_t seq);

bool uplink_is_full(const struct uplink *uplink); /* do not read from who has said something */
/* The hub is there, has taken all over, and acknowledges what it is told. */
bool uplink_is_answered(const struct uplink *uplink);
bool uplink_is_idle(const struct uplink *uplink); /* nothing is to be waited for */
uint64_t uplink_acked(const struct uplink *uplink);
uint64_t uplink_hub_epoch(const struct uplink *uplink);

/* For the handlers. */
/* The hub's own number of a message. False: it is not to be dispatched. */
bool uplink_saw(struct uplink *uplink, uint64_t seq);
void uplink_on_settled(struct uplink *uplink, const struct msg_settled *settled);
void uplink_on_refused(struct uplink *uplink, uint64_t seq);
void uplink_on_ack(struct uplink *uplink, const struct msg_ack *ack);

#endif
