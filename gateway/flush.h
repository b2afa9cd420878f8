/* flush.h - clients with something to write: each is written to once, at the end of the turn */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_FLUSH_H
#define GATEWAY_FLUSH_H

#include "gateway/client.h"

struct flush *flush_new(struct gateway *gateway);
void flush_free(struct flush *flush); /* takes NULL */

void flush_mark(struct client *client); /* at the end of the turn */
void flush_doom(struct client *client); /* is freed at the end of the turn */
void flush_now(struct client *client); /* as much as the socket takes */
/* At each turn of the wheel: closes those whose sockets have taken nothing for write_timeout. */
void flush_tick(struct flush *flush, struct mono now);
/*
 * It has been answered to its handshake, and what it is told first will follow soon: both go in one
 * write, if that is within answer_hold. flush_release(): at the end of this turn.
 */
void flush_hold(struct client *client);
void flush_release(struct client *client);
void flush_forget(struct client *client); /* it is being freed */

#endif
