/* auth.h - the auth process: its settings, its keys, its link */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "auth/keys.h"
#include "auth/peers.h"
#include "auth/verify.h"
#include "proto/dispatch.h"
#include "proto/revoked.h"
#include "proto/service.h"

/* The section [auth]. */
struct auth_conf {
	bool anonymous;
	char *keys;
	char *jwks;
	int64_t leeway;
	int64_t max_ttl;
	char *issuer;
	char *audience;
	int64_t max_grants;
	int64_t max_meta;
	int64_t max_revocations;
	char *users;
	bool guests;
	int64_t login_ttl;
	int64_t guest_ttl;
	int64_t login_burst;
	int64_t login_interval;
};

#define AUTH_OWN_KID "atrium" /* of the key that auth itself signs with */

struct auth {
	struct service *service;
	const struct auth_conf *conf;
	struct claim_rules rules;
	struct keys *keys;
	struct secret own; /* auth's own key, where there is no state directory */
	struct link *link;
	struct peers peers;
	struct control *control;
	struct login *login;
	struct revoked *revoked;
	bool revoked_torn; /* what the file has of it is not known */
};

int auth_start(struct service *service, void **ret_self);
int auth_reload(void *self);
void auth_stop(void *self);

extern const struct dispatch auth_dispatch;

#endif
