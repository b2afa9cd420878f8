/* dispatch_client.h - what the hub says to one client; a part of dispatch.c's table */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DISPATCH_CLIENT_H
#define GATEWAY_DISPATCH_CLIENT_H

#include "gateway/client.h"
#include "gateway/gateway.h"

/* Who a message is for; NULL if it has gone meanwhile. */
struct client *dispatch_client_of(struct gateway *gateway, uint64_t conn);
/* What was written is for this client, and answers what had this ref. */
void dispatch_answer(struct client *client, struct slice ref);
enum said dispatch_said(const struct buf *out); /* nothing, if nothing was written */

void on_connected(struct gateway *gateway, const struct msg_connected *connected);
void on_close(struct gateway *gateway, const struct msg_close *close);
void on_joined(struct gateway *gateway, const struct msg_joined *joined);
void on_left(struct gateway *gateway, const struct msg_left *left);
void on_replay(struct gateway *gateway, const struct msg_replay *replay);
void on_historylist(struct gateway *gateway, const struct msg_historylist *historylist);
void on_receipt(struct gateway *gateway, const struct msg_receipt *receipt);
void on_state_done(struct gateway *gateway, const struct msg_state_done *done);
void on_state_conflict(struct gateway *gateway, const struct msg_state_conflict *conflict);
void on_snapshot(struct gateway *gateway, const struct msg_snapshot *snapshot);
void on_snapshot_again(struct gateway *gateway, const struct msg_snapshot_again *again);
void on_refusal(struct gateway *gateway, const struct msg_refusal *refusal);
void on_result(struct gateway *gateway, const struct msg_result *result);

#endif
