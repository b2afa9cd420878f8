/* peers.h - the gateways that are linked */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_PEERS_H
#define AUTH_PEERS_H

#include <stdbool.h>
#include <stddef.h>

struct link_peer;

/* All-zero is empty. */
struct peers {
	struct peer_entry {
		struct link_peer *peer;
		bool missed; /* a message to it was lost, for its queue was full */
	} * entries;
	size_t count;
};

void peers_add(struct peers *peers, struct link_peer *peer); /* also if it is there */
void peers_remove(struct peers *peers, const struct link_peer *peer);
void peers_missed(struct peers *peers, const struct link_peer *peer);
bool peers_take_missed(struct peers *peers, const struct link_peer *peer); /* and it is forgotten */
void peers_done(struct peers *peers);

#endif
