/* login.h - passwords for tokens, and tokens for guests */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include "auth/auth.h"

struct login *login_new(struct auth *auth);
void login_free(struct login *login); /* waits for a password that is being checked; takes NULL */

void login_ask(struct login *login, struct link_peer *peer, const struct msg_login *ask);
void login_guest(struct login *login, struct link_peer *peer, const struct msg_guest *ask);
void login_forget(struct login *login, const struct link_peer *peer); /* it is gone */

#endif
