/* revoke.h - revoking: kept in a file, told to every gateway */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_REVOKE_H
#define AUTH_REVOKE_H

#include "auth/auth.h"
#include "proto/revoked.h"

/* Reads what was kept. -errno: it cannot be, and then tokens must not be judged. */
int revoke_load(struct auth *auth);

/*
 * In force, and kept, when it returns 0; then *ret_gateways were told. -EINVAL: it is not valid;
 * -ENOSPC: there are [auth] max_revocations; else it could not be written, and is not in force.
 */
int revoke_now(struct auth *auth, struct revocation *revocation, size_t *ret_gateways);

/* All of them, for a gateway that is new or has missed some. */
void revoke_tell_all(struct auth *auth, struct link_peer *peer);

#endif
