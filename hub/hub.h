/* hub.h - the process object: all that the hub knows, and what is done with it; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include "hub/closed.h"
#include "hub/conn.h"
#include "hub/handlers.h"
#include "hub/mids.h"
#include "hub/outlet.h"
#include "hub/peers.h"
#include "hub/policy.h"
#include "hub/presence.h"
#include "hub/questions.h"
#include "hub/ranking.h"
#include "hub/room.h"
#include "hub/roomlist.h"
#include "hub/tap.h"
#include "proto/close.h"
#include "proto/dispatch.h"

/* [hub] of the settings. */
struct hub_settings {
	int64_t grace; /* ms, as all durations */
	int64_t settle;
	int64_t presence_interval;
	int64_t presence_interval_max;
	int64_t presence_busy;
	int64_t presence_max;
	int64_t rooms_interval;
	int64_t rooms_max;
	int64_t rooms_announced;
	char **ephemeral;
	char **conflate;
	int64_t journal; /* enum journal_mode */
	int64_t history; /* messages that a room keeps */
	int64_t history_ttl;
	int64_t max_rooms; /* with those that only have a history or a state */
	int64_t state_bytes; /* of a room, as is: */
	int64_t state_keys;
	int64_t state_ttl;
	int64_t state_memory; /* of all */
	int64_t max_taps;
	int64_t tap_rate; /* messages a second of each, and bytes: */
	int64_t tap_bytes;
	int64_t closed; /* connections that ended, and of which it is known how */
	/* the sections [room "pattern"], in their order; no key of [hub] */
	const struct room_section *rooms;
	size_t room_count;
	int64_t handlers; /* enum handlers_mode */
	int64_t handler_message; /* bytes */
	char *handlers_group; /* empty: as the directory gives */
	/* the sections [handler "name"], likewise */
	const struct handler_section *handler_sections;
	size_t handler_count;
};

struct hub {
	struct outlet outlet;
	struct mono now; /* of this turn, as is: */
	uint64_t wall_ms; /* since 1970 */
	uint64_t grace; /* ms */
	struct peers peers;
	struct conns conns;
	struct rooms rooms;
	struct presence presence;
	struct roomlist roomlist;
	struct policy policy;
	struct mids mids;
	struct states states;
	struct taps taps;
	struct closed_ring closed;
	struct handlers handlers;
	struct questions questions;
	struct ranking ranking;
	uint64_t max_rooms;
	struct mono swept; /* when what is too old was last looked for */
	bool failing; /* the journal takes nothing: what needs it is refused */
	struct buf raw; /* for lists in messages */
};

/*
 * The settings' lists of types are borrowed until the next hub_configure() has returned. It changes
 * the rules of the rooms there are, and shortens their histories.
 */
struct hub *hub_new(const struct hub_settings *settings, const struct outlet *outlet,
	uint64_t epoch, struct mono now, uint64_t wall_ms);
void hub_configure(struct hub *hub, const struct hub_settings *settings);
void hub_free(struct hub *hub); /* takes NULL */

/* At the begin of each turn. */
void hub_time(struct hub *hub, struct mono now, uint64_t wall_ms);

/* A gateway has come, or come back (as peers_hello()). Or it is gone. */
struct gateway *hub_hello(struct hub *hub, uint64_t epoch, struct slice name, uint64_t seen);
void hub_down(struct hub *hub, struct gateway *gateway);

/* All messages that other processes may send; `self` is the hub. */
extern const struct dispatch hub_dispatch;

/* At the end of each turn: does what its time has come for. Returns when the next is due. */
struct mono hub_step(struct hub *hub);

#endif
