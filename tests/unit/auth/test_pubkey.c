/* test_pubkey.c - every algorithm, with tokens that libjwt has signed; and what forgers try */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/base64url.h"
#include "auth/verify.h"
#include "proto/base/mem.h"
#include "tests/unit/auth/pair.h"
#include "tests/unit/auth/sign.h"

#define CLAIMS "{\"sub\":\"demo\"}"

enum { NOW = 1700000000, RSA_BITS = 2048 };

static const struct claim_rules rules = { .leeway_s = 10, .issuer = "", .audience = "" };

/* What each algorithm's key is made of, and libjwt's name of it. */
static const struct row {
	jwt_alg_t jwt;
	const char *curve;
	const char *other_curve;
} rows[KEY_ALGORITHMS] = {
	[KEY_HS256] = { JWT_ALG_HS256, NULL, NULL },
	[KEY_HS384] = { JWT_ALG_HS384, NULL, NULL },
	[KEY_HS512] = { JWT_ALG_HS512, NULL, NULL },
	[KEY_RS256] = { JWT_ALG_RS256, NULL, NULL },
	[KEY_RS384] = { JWT_ALG_RS384, NULL, NULL },
	[KEY_RS512] = { JWT_ALG_RS512, NULL, NULL },
	[KEY_ES256] = { JWT_ALG_ES256, "P-256", "secp256k1" },
	[KEY_ES384] = { JWT_ALG_ES384, "P-384", "P-256" },
	[KEY_ES512] = { JWT_ALG_ES512, "P-521", "P-384" },
};

/* For each algorithm: the key that is trusted, what signs for it, and its public text. */
struct made {
	struct keys *keys;
	struct buf signing[KEY_ALGORITHMS];
	struct buf public[KEY_ALGORITHMS];
};

static void make_secret(struct made *made, enum key_algorithm i)
{
	struct secret secret = { mem_alloc(64), 64 };

	memset(secret.bytes, 'a' + (int)i, 64);
	buf_add(&made->signing[i], secret.bytes, 64);
	assert_int_equal(keys_add(made->keys, algorithm_get(i)->name, i, &secret), 0);
}

static void make_pair(struct made *made, enum key_algorithm i)
{
	EVP_PKEY *evp = rows[i].curve ? pair_ec(rows[i].curve) : pair_rsa(RSA_BITS);
	struct pubkey *pubkey = NULL;

	pair_private_pem(evp, &made->signing[i]);
	pair_public_pem(evp, &made->public[i]);
	assert_int_equal(pubkey_from_pem(buf_slice(&made->public[i]), i, &pubkey), 0);
	assert_int_equal(keys_add_public(made->keys, algorithm_get(i)->name, i, pubkey), 0);
	EVP_PKEY_free(evp);
}

static struct revoked *revoked;

static int setup(void **state)
{
	struct made *made = mem_alloc(sizeof(*made));

	made->keys = keys_new();
	for (enum key_algorithm i = 0; i < KEY_ALGORITHMS; i++)
		(algorithm_get(i)->family == FAMILY_HMAC ? make_secret : make_pair)(made, i);
	revoked = revoked_new();
	*state = made;
	return 0;
}

static int teardown(void **state)
{
	struct made *made = *state;

	keys_free(made->keys);
	revoked_free(revoked);
	for (enum key_algorithm i = 0; i < KEY_ALGORITHMS; i++) {
		buf_done(&made->signing[i]);
		buf_done(&made->public[i]);
	}
	mem_free(made);
	return 0;
}

static enum verify_result verify(struct slice token, const struct keys *keys)
{
	struct claims claims = { .user = NULL };
	enum verify_result result = verify_token(token, keys, &rules, revoked, NOW, &claims);

	claims_done(&claims);
	return result;
}

static void what_libjwt_signs_is_good(void **state)
{
	struct made *made = *state;

	for (enum key_algorithm i = 0; i < KEY_ALGORITHMS; i++) {
		struct buf token = { .cap = 0 };

		pair_token(rows[i].jwt, buf_slice(&made->signing[i]), algorithm_get(i)->name,
			CLAIMS, &token);
		assert_int_equal(verify(buf_slice(&token), made->keys), VERIFY_OK);
		buf_done(&token);
	}
}

/* A key is good for its own algorithm only, whoever signs, and with whatever. */
static void no_key_is_good_for_another_algorithm(void **state)
{
	struct made *made = *state;

	for (enum key_algorithm i = 0; i < KEY_ALGORITHMS; i++)
		for (enum key_algorithm j = 0; j < KEY_ALGORITHMS; j++) {
			struct buf token = { .cap = 0 };

			pair_token(rows[i].jwt, buf_slice(&made->signing[i]),
				algorithm_get(j)->name, CLAIMS, &token);
			assert_int_equal(verify(buf_slice(&token), made->keys),
				i == j ? VERIFY_OK : VERIFY_ALGORITHM);
			buf_done(&token);
		}
}

/* The classic: HS256 with the public key, which everyone has, for a secret. */
static void a_public_key_is_no_secret(void **state)
{
	static const jwt_alg_t hs[] = { JWT_ALG_HS256, JWT_ALG_HS384, JWT_ALG_HS512 };
	struct made *made = *state;

	for (enum key_algorithm i = KEY_RS256; i < KEY_ALGORITHMS; i++)
		for (size_t j = 0; j < 3; j++) {
			struct buf token = { .cap = 0 };

			pair_token(hs[j], buf_slice(&made->public[i]), algorithm_get(i)->name,
				CLAIMS, &token);
			assert_int_equal(verify(buf_slice(&token), made->keys), VERIFY_ALGORITHM);
			buf_done(&token);
		}
}

/* The header says what the key is pinned to; the signature is a secret's all the same. */
static void a_public_key_is_no_secret_by_another_name(void **state)
{
	struct made *made = *state;
	struct buf token = { .cap = 0 };
	unsigned char mac[32];
	struct slice secret = slice_make(made->public[KEY_RS256].data, 64);

	sign_base64url(&token, SLICE("{\"alg\":\"RS256\",\"kid\":\"RS256\"}"));
	buf_putc(&token, '.');
	sign_base64url(&token, SLICE(CLAIMS));
	sign_hmac(secret, buf_slice(&token), mac);
	buf_putc(&token, '.');
	sign_base64url(&token, slice_make(mac, sizeof(mac)));
	assert_int_equal(verify(buf_slice(&token), made->keys), VERIFY_SIGNATURE);
	buf_done(&token);
}

static void no_cut_or_changed_signature_is_good(void **state)
{
	struct made *made = *state;

	for (enum key_algorithm i = KEY_RS256; i < KEY_ALGORITHMS; i += 3) {
		struct buf token = { .cap = 0 };

		pair_token(rows[i].jwt, buf_slice(&made->signing[i]), algorithm_get(i)->name,
			CLAIMS, &token);
		for (size_t len = 0; len < token.len; len++)
			assert_int_not_equal(
				verify(slice_make(token.data, len), made->keys), VERIFY_OK);
		for (size_t at = 0; at < token.len; at++) {
			token.data[at] ^= 1;
			assert_int_not_equal(verify(buf_slice(&token), made->keys), VERIFY_OK);
			token.data[at] ^= 1;
		}
		buf_put(&token, SLICE("AAAA"));
		assert_int_equal(verify(buf_slice(&token), made->keys), VERIFY_SIGNATURE);
		buf_done(&token);
	}
}

/* Signatures of r = s = 0 were once good with a library that did not look. */
static void signatures_of_zeros_are_not_good(void **state)
{
	const struct made *made = *state;
	static const char zeros[132];

	for (enum key_algorithm i = KEY_ES256; i < KEY_ALGORITHMS; i++)
		for (size_t len = 0; len <= sizeof(zeros); len++)
			assert_false(pubkey_has_signed(
				keys_find(made->keys, slice_of(algorithm_get(i)->name))->pubkey, i,
				SLICE("text"), slice_make(zeros, len)));
}

static int read_pem(EVP_PKEY *evp, bool private, enum key_algorithm algorithm)
{
	struct buf pem = { .cap = 0 };
	struct pubkey *pubkey = NULL;
	int r;

	(private ? pair_private_pem : pair_public_pem)(evp, &pem);
	r = pubkey_from_pem(buf_slice(&pem), algorithm, &pubkey);
	if (r < 0)
		assert_null(pubkey);
	pubkey_free(pubkey);
	buf_done(&pem);
	EVP_PKEY_free(evp);
	return r;
}

static void keys_must_fit_their_algorithm(void **state)
{
	(void)state;
	assert_int_equal(read_pem(pair_rsa(RSA_BITS), false, KEY_RS512), 0);
	assert_int_equal(read_pem(pair_rsa(RSA_BITS), true, KEY_RS256), -EINVAL);
	assert_int_equal(read_pem(pair_rsa(1024), false, KEY_RS256), -EKEYREJECTED);
	assert_int_equal(read_pem(pair_rsa(RSA_BITS), false, KEY_ES256), -EKEYREJECTED);
	assert_int_equal(read_pem(pair_rsa(RSA_BITS), false, KEY_HS256), -EKEYREJECTED);
	assert_int_equal(read_pem(pair_ec("P-256"), false, KEY_RS256), -EKEYREJECTED);
	assert_int_equal(read_pem(pair_ec("P-256"), true, KEY_ES256), -EINVAL);
	for (enum key_algorithm i = KEY_ES256; i < KEY_ALGORITHMS; i++)
		assert_int_equal(read_pem(pair_ec(rows[i].other_curve), false, i), -EKEYREJECTED);
}

static void what_is_no_pem_is_refused(void **state)
{
	static const char *const texts[] = { "", "x", "-----BEGIN PUBLIC KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" };
	struct pubkey *pubkey = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(pubkey_from_pem(slice_of(texts[i]), KEY_RS256, &pubkey), -EINVAL);
	pubkey_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_libjwt_signs_is_good),
		cmocka_unit_test(no_key_is_good_for_another_algorithm),
		cmocka_unit_test(a_public_key_is_no_secret),
		cmocka_unit_test(a_public_key_is_no_secret_by_another_name),
		cmocka_unit_test(no_cut_or_changed_signature_is_good),
		cmocka_unit_test(signatures_of_zeros_are_not_good),
		cmocka_unit_test(keys_must_fit_their_algorithm),
		cmocka_unit_test(what_is_no_pem_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
