/* revoke.c - clients whose tokens were revoked are closed */
/* SPDX-License-Identifier: MIT */
#include "gateway/revoke.h"

#include "gateway/clients.h"
#include "proto/revoked.h"

static bool is_revoked(const struct client *client, const struct revoked *revoked)
{
	const struct session *session = client->session;

	return session &&
		revoked_has(revoked, session_get(session, SESSION_USER),
			session_get(session, SESSION_JTI), session->issued);
}

/* Once over the clients, however many revocations there are. */
void revoke_clients(struct gateway *gateway, const struct msg_revoked *message)
{
	struct revoked *revoked = revoked_new();
	struct msg_list list = message->revocations;
	struct list *all = &gateway->clients->all;
	struct msg_revocation entry;

	while (msg_next_revocation(&list, &entry)) {
		struct revocation revocation = {
			.jti = entry.jti, .user = entry.user, .before = entry.before
		};

		if (revocation_valid(&revocation))
			revoked_add(revoked, &revocation);
	}
	for (struct list *at = all->next; at != all; at = at->next) {
		struct client *client = LIST_ENTRY(at, struct client, link);

		if (is_revoked(client, revoked))
			client_close(client, CLOSE_REVOKED);
	}
	revoked_free(revoked);
}
