/* dialect_state.h - a room's state in JSON: changes taken apart, and what is told of it written */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DIALECT_STATE_H
#define GATEWAY_DIALECT_STATE_H

#include "gateway/dialect.h"

/*
 * `ops`: [{"key":K,"value":V} | {"key":K,"delete":true}, ...], at least one; other members of them
 * are passed over. `checks`: {K:revision, ...}. JSON texts that json_check() has accepted.
 */
bool state_ops_valid(struct slice ops);
bool state_checks_valid(struct slice checks);

/* Of valid ones, kept in `raw`. */
struct msg_list state_ops(struct slice ops, struct buf *raw);
struct msg_list state_checks(struct slice checks, struct buf *raw); /* empty: none */
struct msg_list state_keys(struct slice keys, struct buf *raw); /* an array of keys */

/* Members, as both dialects have them. */
void write_stated(struct buf *out, const struct msg_stated *stated); /* rev, ops */
void write_snapshot(
	struct buf *out, const struct msg_snapshot *snapshot); /* all but room and ref */
void write_entries(struct buf *out, const char *key, struct msg_list entries);
void write_conflict(struct buf *out, const struct msg_state_conflict *conflict); /* rev, current */

#endif
