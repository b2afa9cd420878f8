/* dialect_call.h - calls of a room's handler in JSON: what is for it, and what it answers */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DIALECT_CALL_H
#define GATEWAY_DIALECT_CALL_H

#include "gateway/dialect_parts.h"

/*
 * The members of a call that are for the handler: those of `object`, checked JSON, that are neither
 * of `not_for_it`, a set of bits of enum own, nor `cmd`. Scratch, where they go, has room for all.
 */
struct slice call_body(struct slice object, unsigned not_for_it, struct buf *scratch);

/* Those of what the handler says, but none that means `type`, `ref` or `room`. */
void write_result_flat(struct buf *out, const struct msg_result *result);
/* All of them. What is no JSON is left out. */
void write_result(struct buf *out, const struct msg_result *result);

#endif
