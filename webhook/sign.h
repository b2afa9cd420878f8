/* sign.h - signatures of the Standard Webhooks: HMAC-SHA256 of id, time and body */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_SIGN_H
#define WEBHOOK_SIGN_H

#include "proto/base/buf.h"
#include "proto/keyfile.h"

enum { SIGN_KEYS_MAX = 2, SIGN_KEY_MIN = 24 }; /* bytes of a key */

/*
 * What a secret's file holds is the key, as it is; after `whsec_` it is the key in base64. Replaces
 * the secret with its key. 0; -EINVAL: no base64; -ERANGE: too short.
 */
int sign_key(struct secret *secret);

/* Appends `v1,SIGNATURE`, with a blank between those of several keys. */
void sign_put(struct buf *out, const struct secret *keys, size_t count, struct slice id,
	uint64_t seconds, struct slice body);

#endif
