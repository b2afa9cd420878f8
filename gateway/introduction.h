/* introduction.h - what a handshake said, kept until the client is let in */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_INTRODUCTION_H
#define GATEWAY_INTRODUCTION_H

#include "gateway/client.h"

struct introduction;
/* copies all but the token */
struct introduction *introduction_new(const struct handshake *handshake);
void introduction_free(struct introduction *intro); /* takes NULL */

struct slice introduction_address(const struct introduction *intro);

/*
 * What the hub is told: a token's user and name win over what the query said. Slices live as long
 * as both.
 */
void introduction_connect(const struct introduction *intro, const struct msg_verdict *verdict,
	struct msg_connect *ret_connect);

#endif
