/* peers.c - the gateways that are linked */
/* SPDX-License-Identifier: MIT */
#include "auth/peers.h"

#include "proto/base/mem.h"

static struct peer_entry *find(const struct peers *peers, const struct link_peer *peer)
{
	for (size_t i = 0; i < peers->count; i++)
		if (peers->entries[i].peer == peer)
			return &peers->entries[i];
	return NULL;
}

void peers_add(struct peers *peers, struct link_peer *peer)
{
	if (find(peers, peer))
		return;
	peers->entries = mem_realloc(peers->entries, peers->count + 1, sizeof(*peers->entries));
	peers->entries[peers->count++] = (struct peer_entry){ .peer = peer };
}

void peers_remove(struct peers *peers, const struct link_peer *peer)
{
	struct peer_entry *entry = find(peers, peer);

	if (entry)
		*entry = peers->entries[--peers->count];
}

void peers_missed(struct peers *peers, const struct link_peer *peer)
{
	struct peer_entry *entry = find(peers, peer);

	if (entry)
		entry->missed = true;
}

bool peers_take_missed(struct peers *peers, const struct link_peer *peer)
{
	struct peer_entry *entry = find(peers, peer);
	bool missed = entry && entry->missed;

	if (entry)
		entry->missed = false;
	return missed;
}

void peers_done(struct peers *peers)
{
	mem_free(peers->entries);
	*peers = (struct peers){ .entries = NULL };
}
