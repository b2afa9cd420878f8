/* pair.h - key pairs for tests: made with OpenSSL, signing through libjwt as issuers do */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_AUTH_PAIR_H
#define TESTS_UNIT_AUTH_PAIR_H

#include <assert.h>
#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "proto/base/buf.h"

static inline EVP_PKEY *pair_rsa(unsigned bits)
{
	EVP_PKEY *evp = EVP_RSA_gen(bits);

	assert(evp);
	return evp;
}

static inline EVP_PKEY *pair_ec(const char *curve)
{
	EVP_PKEY *evp = EVP_EC_gen(curve);

	assert(evp);
	return evp;
}

static inline void pair_drain(BIO *bio, struct buf *out)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);

	buf_add(out, data, (size_t)len);
	BIO_free(bio);
}

static inline void pair_public_pem(EVP_PKEY *evp, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert(PEM_write_bio_PUBKEY(bio, evp) == 1);
	pair_drain(bio, out);
}

static inline void pair_private_pem(EVP_PKEY *evp, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert(PEM_write_bio_PrivateKey(bio, evp, NULL, NULL, 0, NULL, NULL) == 1);
	pair_drain(bio, out);
}

/* A number of the key, big-endian; padded to `len` bytes if that is not 0. */
static inline void pair_number(EVP_PKEY *evp, const char *name, int len, struct buf *out)
{
	BIGNUM *number = NULL;
	int size;

	assert(EVP_PKEY_get_bn_param(evp, name, &number) == 1);
	size = len ? len : BN_num_bytes(number);
	BN_bn2binpad(number, (unsigned char *)buf_reserve(out, (size_t)size), size);
	out->len += (size_t)size;
	BN_free(number);
}

/* Appends a token with these claims, signed by libjwt with a private PEM or a secret. */
static inline void pair_token(
	jwt_alg_t alg, struct slice key, const char *kid, const char *claims, struct buf *out)
{
	jwt_t *jwt = NULL;
	char *text;

	assert(jwt_new(&jwt) == 0);
	assert(jwt_add_header(jwt, "kid", kid) == 0);
	assert(jwt_add_grants_json(jwt, claims) == 0);
	assert(jwt_set_alg(jwt, alg, (const unsigned char *)key.ptr, (int)key.len) == 0);
	text = jwt_encode_str(jwt);
	assert(text);
	buf_put(out, slice_of(text));
	free(text);
	jwt_free(jwt);
}

#endif
