/* anonymous.h - what becomes of who brings no token, as gateways are told */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_ANONYMOUS_H
#define AUTH_ANONYMOUS_H

#include "auth/auth.h"

/* The same whoever it is and whenever: else gateways would have to ask. */
enum verdict anonymous_verdict(const struct auth *auth);

/* Gateways decide by what they were told last, while they are linked. */
void anonymous_tell(struct auth *auth, struct link_peer *peer);
void anonymous_tell_all(struct auth *auth);

#endif
