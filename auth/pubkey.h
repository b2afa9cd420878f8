/* pubkey.h - public keys, from PEM or from numbers, and what they have signed */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_PUBKEY_H
#define AUTH_PUBKEY_H

#include "auth/algorithm.h"

/* Read once and kept: to parse PEM for each token costs fifteen times what verifying does. */
struct pubkey;

enum { PUBKEY_FILE_MAX = 16384 }; /* bytes */

/*
 * 0, or: -EINVAL it is no public key; -EKEYREJECTED it is not of the algorithm's family or curve,
 * or RSA of less than 2048 or more than 8192 bits.
 */
int pubkey_from_pem(struct slice pem, enum key_algorithm algorithm, struct pubkey **ret_pubkey);
/* Big-endian numbers, as JWKS has them. */
int pubkey_from_rsa(
	struct slice n, struct slice e, enum key_algorithm algorithm, struct pubkey **ret_pubkey);
int pubkey_from_ec(
	struct slice x, struct slice y, enum key_algorithm algorithm, struct pubkey **ret_pubkey);
void pubkey_free(struct pubkey *pubkey); /* takes NULL */
const char *pubkey_curve(enum key_algorithm algorithm); /* as JWKS names it: "P-256" */

/* `signature` as RFC 7515 has it: for EC, r and s of fixed length. */
bool pubkey_has_signed(const struct pubkey *pubkey, enum key_algorithm algorithm, struct slice text,
	struct slice signature);

/* The same for a secret, in time that does not depend on where they differ. */
bool secret_has_signed(struct slice secret, enum key_algorithm algorithm, struct slice text,
	struct slice signature);

#endif
