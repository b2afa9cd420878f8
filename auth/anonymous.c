/* anonymous.c - what becomes of who brings no token, as gateways are told */
/* SPDX-License-Identifier: MIT */
#include "auth/anonymous.h"

enum verdict anonymous_verdict(const struct auth *auth)
{
	return auth->conf->anonymous ? VERDICT_ALLOW : VERDICT_NEEDED;
}

/* One whose queue is full is told when there is room again. */
void anonymous_tell(struct auth *auth, struct link_peer *peer)
{
	struct msg msg = { .type = MSG_ANONYMOUS,
		.anonymous = { .verdict = (uint8_t)anonymous_verdict(auth) } };

	if (link_send(auth->link, peer, &msg) < 0)
		peers_missed(&auth->peers, peer);
}

/* Not in the end of the turn: who has read that the settings are read may go by it. */
void anonymous_tell_all(struct auth *auth)
{
	for (size_t i = 0; i < auth->peers.count; i++)
		anonymous_tell(auth, auth->peers.entries[i].peer);
	link_flush(auth->link);
}
