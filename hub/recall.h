/* recall.h - what a room has kept: adding to it, giving it to who missed it, forgetting it */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_RECALL_H
#define HUB_RECALL_H

#include "hub/hub.h"

enum {
	RECALL_LIST_MAX = 300, /* messages in a HISTORYLIST */
	RECALL_BYTES_MAX = 4 * 1024 * 1024, /* of messages that one client is given at once */
	RECALL_CHUNK = 64 * 1024, /* bytes after which a REPLAY is followed by another */
	RECALL_SWEEP_MS = 10 * 1000,
};

/* What a client that joins says that it has. */
struct recall {
	bool wanted;
	uint64_t since;
	uint64_t epoch;
	enum event_state state; /* whether it wants the room's state; of STATE_SINCE, */
	uint64_t rev, state_epoch; /* up to where it has it */
};

bool recall_keeps(const struct room *room); /* messages are numbered and kept */
void recall_keep(struct hub *hub, struct room *room, struct event *event); /* numbers it */

/* From now on the room has these rules; it still has its old ones. */
void recall_change(struct hub *hub, struct room *room, const struct rules *rules);

/* The journal has given all that it has of the room. */
void recall_loaded(struct room *room);
/* All rooms are there; `kept`: as struct journal_room has it. What is kept no longer goes. */
void recall_return(struct hub *hub, struct room *room, bool kept);

/* All that the client has not got is there. */
bool recall_whole(struct hub *hub, struct room *room, const struct recall *recall);
void recall_replay(struct hub *hub, const struct member *member, uint64_t since);
void recall_list(struct hub *hub, const struct conn *conn, struct room *room,
	const struct msg_history *history);

/* Of what is kept the newest `limit` between two offsets, both left out; 0: the first, the end. */
struct recall_page {
	uint64_t since, before;
	uint32_t limit;
};

/* The messages of HISTORY, in hub->raw; returns the offset of the room's last. */
uint64_t recall_gather(struct hub *hub, struct room *room, const struct recall_page *page,
	struct msg_list *ret_messages);

/* There is nothing in the room that must be kept; its last member may go. */
bool recall_empty(struct hub *hub, struct room *room);

/* Makes room for another, if an unused one can go. */
bool recall_make_room(struct hub *hub);

void recall_step(struct hub *hub); /* what is too old */
struct mono recall_deadline(const struct hub *hub);

#endif
