/* control.h - what the command `atrium` asks for: one datagram each way, on a socket of its own */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_CONTROL_H
#define AUTH_CONTROL_H

#include "auth/auth.h"

/* Listens on RUNTIME_DIR/auth.control, mode 0600. 0 or -errno. */
struct control;
int control_new(struct auth *auth, struct control **ret_control);
void control_free(struct control *control); /* takes NULL */

#endif
