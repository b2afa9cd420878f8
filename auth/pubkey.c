/* pubkey.c - public keys, from PEM or from numbers, and what they have signed */
/* SPDX-License-Identifier: MIT */
#include "auth/pubkey.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "proto/base/mem.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192 };

struct pubkey {
	EVP_PKEY *evp;
};

static const struct curve {
	enum key_algorithm algorithm;
	const char *name;
	const char *group;
	size_t bytes; /* of a coordinate, and of r and of s */
} curves[] = {
	{ KEY_ES256, "P-256", "prime256v1", 32 },
	{ KEY_ES384, "P-384", "secp384r1", 48 },
	{ KEY_ES512, "P-521", "secp521r1", 66 },
};

static const struct curve *curve_of(enum key_algorithm algorithm)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(*curves); i++)
		if (curves[i].algorithm == algorithm)
			return &curves[i];
	return NULL;
}

const char *pubkey_curve(enum key_algorithm algorithm)
{
	return curve_of(algorithm) ? curve_of(algorithm)->name : NULL;
}

static const EVP_MD *hash_of(enum key_algorithm algorithm)
{
	switch (algorithm_get(algorithm)->bits) {
	case 256:
		return EVP_sha256();
	case 384:
		return EVP_sha384();
	default:
		return EVP_sha512();
	}
}

void pubkey_free(struct pubkey *pubkey)
{
	if (!pubkey)
		return;
	EVP_PKEY_free(pubkey->evp);
	mem_free(pubkey);
}

/* ---- reading ---- */

static bool has_group(const EVP_PKEY *evp, const char *group)
{
	char name[32];
	size_t len;

	return EVP_PKEY_get_utf8_string_param(
		       evp, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name), &len) == 1 &&
		strcmp(name, group) == 0;
}

static bool fits(const EVP_PKEY *evp, enum key_algorithm algorithm)
{
	int bits = EVP_PKEY_get_bits(evp);

	switch (algorithm_get(algorithm)->family) {
	case FAMILY_RSA:
		return EVP_PKEY_is_a(evp, "RSA") && bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
	case FAMILY_EC:
		return EVP_PKEY_is_a(evp, "EC") && has_group(evp, curve_of(algorithm)->group);
	default:
		return false;
	}
}

/* Takes `evp`, or NULL if there was none. */
static int take(EVP_PKEY *evp, enum key_algorithm algorithm, struct pubkey **ret_pubkey)
{
	struct pubkey *pubkey;

	ERR_clear_error();
	if (!evp)
		return -EINVAL;
	if (!fits(evp, algorithm)) {
		EVP_PKEY_free(evp);
		return -EKEYREJECTED;
	}
	pubkey = mem_alloc(sizeof(*pubkey));
	pubkey->evp = evp;
	*ret_pubkey = pubkey;
	return 0;
}

int pubkey_from_pem(struct slice pem, enum key_algorithm algorithm, struct pubkey **ret_pubkey)
{
	BIO *bio;
	EVP_PKEY *evp;

	if (pem.len == 0 || pem.len > PUBKEY_FILE_MAX)
		return -EINVAL;
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	/* Only "PUBLIC KEY": a private one has no business here, and may ask for a password. */
	evp = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	return take(evp, algorithm, ret_pubkey);
}

static EVP_PKEY *build(const char *type, OSSL_PARAM_BLD *parts)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(parts);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *evp = NULL;

	if (params && context && EVP_PKEY_fromdata_init(context) == 1)
		(void)EVP_PKEY_fromdata(context, &evp, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	return evp;
}

int pubkey_from_rsa(
	struct slice n, struct slice e, enum key_algorithm algorithm, struct pubkey **ret_pubkey)
{
	OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
	EVP_PKEY *evp = NULL;
	BIGNUM *big_n, *big_e;

	if (n.len > RSA_BITS_MAX / 8 || e.len > sizeof(uint64_t)) {
		OSSL_PARAM_BLD_free(parts);
		return -EINVAL;
	}
	big_n = BN_bin2bn((const unsigned char *)n.ptr, (int)n.len, NULL);
	big_e = BN_bin2bn((const unsigned char *)e.ptr, (int)e.len, NULL);
	/* RFC 8017: odd, and at least 3. */
	if (BN_is_odd(big_e) && !BN_is_one(big_e) &&
		OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, big_n) == 1 &&
		OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, big_e) == 1)
		evp = build("RSA", parts);
	OSSL_PARAM_BLD_free(parts);
	BN_free(big_n);
	BN_free(big_e);
	return take(evp, algorithm, ret_pubkey);
}

int pubkey_from_ec(
	struct slice x, struct slice y, enum key_algorithm algorithm, struct pubkey **ret_pubkey)
{
	const struct curve *curve = curve_of(algorithm);
	struct buf point = { .cap = 0 };
	OSSL_PARAM_BLD *parts;
	EVP_PKEY *evp = NULL;

	/* RFC 7518 section 6.2.1.2: of the full length. */
	if (!curve || x.len != curve->bytes || y.len != curve->bytes)
		return -EINVAL;
	buf_putc(&point, POINT_CONVERSION_UNCOMPRESSED);
	buf_put(&point, x);
	buf_put(&point, y);
	parts = OSSL_PARAM_BLD_new();
	if (OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) ==
			1 &&
		OSSL_PARAM_BLD_push_octet_string(
			parts, OSSL_PKEY_PARAM_PUB_KEY, point.data, point.len) == 1)
		evp = build("EC", parts);
	OSSL_PARAM_BLD_free(parts);
	buf_done(&point);
	return take(evp, algorithm, ret_pubkey);
}

/* ---- verifying ---- */

static bool verify(const struct pubkey *pubkey, enum key_algorithm algorithm, struct slice text,
	struct slice signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context &&
		EVP_DigestVerifyInit(context, NULL, hash_of(algorithm), NULL, pubkey->evp) == 1 &&
		EVP_DigestVerify(context, (const unsigned char *)signature.ptr, signature.len,
			(const unsigned char *)text.ptr, text.len) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

/* OpenSSL wants r and s in DER. */
static bool verify_ec(const struct pubkey *pubkey, enum key_algorithm algorithm, struct slice text,
	struct slice signature)
{
	const unsigned char *bytes = (const unsigned char *)signature.ptr;
	int half = (int)curve_of(algorithm)->bytes, len;
	ECDSA_SIG *pair;
	unsigned char *der = NULL;
	bool good;

	if (signature.len != 2 * (size_t)half)
		return false;
	pair = ECDSA_SIG_new();
	if (!pair ||
		ECDSA_SIG_set0(pair, BN_bin2bn(bytes, half, NULL),
			BN_bin2bn(bytes + half, half, NULL)) != 1) {
		ECDSA_SIG_free(pair);
		return false;
	}
	len = i2d_ECDSA_SIG(pair, &der);
	good = len > 0 && verify(pubkey, algorithm, text, slice_make(der, (size_t)len));
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
	return good;
}

bool pubkey_has_signed(const struct pubkey *pubkey, enum key_algorithm algorithm, struct slice text,
	struct slice signature)
{
	if (!fits(pubkey->evp, algorithm))
		return false;
	if (algorithm_get(algorithm)->family == FAMILY_EC)
		return verify_ec(pubkey, algorithm, text, signature);
	return verify(pubkey, algorithm, text, signature);
}

bool secret_has_signed(struct slice secret, enum key_algorithm algorithm, struct slice text,
	struct slice signature)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (algorithm_get(algorithm)->family != FAMILY_HMAC || secret.len == 0)
		return false;
	if (!HMAC(hash_of(algorithm), secret.ptr, (int)secret.len, (const unsigned char *)text.ptr,
		    text.len, mac, &len))
		return false;
	return signature.len == len && CRYPTO_memcmp(mac, signature.ptr, len) == 0;
}
