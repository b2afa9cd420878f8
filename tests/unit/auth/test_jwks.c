/* test_jwks.c - keys in the form of RFC 7517: what is taken, passed over, refused and why */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/jwks.h"
#include "auth/verify.h"
#include "proto/base/mem.h"
#include "tests/unit/auth/pair.h"
#include "tests/unit/auth/sign.h"

/* 32 bytes of 'A'. */
#define SECRET "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"
/* RFC 7515 appendix A.3, a point of P-256. */
#define X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\""
#define OCT "\"kty\":\"oct\",\"k\":\"" SECRET "\""

static int read_set(struct keys *keys, const char *text, bool open_to_all, struct buf *problems)
{
	return jwks_read(keys, slice_of(text), open_to_all, "a.jwks", problems);
}

struct row {
	const char *jwk;
	const char *why; /* NULL: nothing is wrong */
	size_t taken;
};

static const struct row rows[] = {
	{ "{\"kid\":\"a\",\"alg\":\"ES256\"," EC "}", NULL, 1 },
	{ "{\"kid\":\"a\"," EC "}", NULL, 1 },
	{ "{\"kid\":\"a\",\"use\":\"sig\",\"key_ops\":[\"verify\"]," EC "}", NULL, 1 },
	{ "{\"kid\":\"a\",\"alg\":\"HS256\"," OCT "}", NULL, 1 },
	{ "{\"kid\":\"a\",\"use\":\"enc\"," EC "}", NULL, 0 },
	{ "{\"kid\":\"a\",\"use\":1," EC "}", NULL, 0 },
	{ "{\"kid\":\"a\",\"key_ops\":[\"encrypt\"]," EC "}", NULL, 0 },
	{ "{\"kid\":\"a\",\"key_ops\":\"verify\"," EC "}", NULL, 0 },
	{ "{\"kid\":\"a\"," OCT "}", "it has no alg", 0 },
	{ "{\"kid\":\"a\",\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "it has no alg", 0 },
	{ "{\"kid\":\"a\",\"alg\":\"RS256\",\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
		"RSA keys have 2048 to 8192 bits", 0 },
	{ "{\"kid\":\"a\",\"alg\":\"RS256\",\"kty\":\"RSA\",\"e\":\"AQAB\"}",
		"its numbers are no key", 0 },
	{ "{\"kid\":\"a\",\"alg\":\"none\"," EC "}", "its algorithm is not supported", 0 },
	{ "{\"kid\":\"a\",\"alg\":7," EC "}", "its algorithm is not supported", 0 },
	{ "{\"kid\":\"a\",\"alg\":\"ES384\"," EC "}", "its curve is not its algorithm's", 0 },
	{ "{\"kid\":\"a\",\"alg\":\"HS256\"," EC "}", "its kty is not its algorithm's", 0 },
	{ "{\"kid\":\"a\",\"alg\":\"ES256\"," OCT "}", "its kty is not its algorithm's", 0 },
	{ "{\"kid\":\"a\",\"alg\":\"HS512\"," OCT "}", "its secret is too short", 0 },
	{ "{\"kid\":\"a\",\"alg\":\"HS256\",\"kty\":\"oct\",\"k\":\"\"}", "its numbers are no key",
		0 },
	{ "{\"kid\":\"a\",\"alg\":\"HS256\",\"kty\":\"oct\",\"k\":\"+++=\"}",
		"its numbers are no key", 0 },
	{ "{\"kid\":\"a\",\"d\":\"AQAB\"," EC "}", "it is a private key", 0 },
	{ "{" EC "}", "it has no kid", 0 },
	{ "{\"kid\":\"\"," EC "}", "it has no kid", 0 },
	{ "{\"kid\":7," EC "}", "it has no kid", 0 },
	{ "{\"kid\":\"a\\n\"," EC "}", "it has no kid", 0 },
	{ "{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" X "\"}",
		"its numbers are no key", 0 },
	{ "{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\"}",
		"its numbers are no key", 0 },
	{ "{\"kid\":\"a\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "\"}", "it has no alg",
		0 },
	{ "7", "it is no object", 0 },
};

static void rows_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		_cleanup_(mem_freep) char *text = mem_printf("{\"keys\":[%s]}", rows[i].jwk);
		struct buf problems = { .cap = 0 };
		struct keys *keys = keys_new();
		int refused = read_set(keys, text, false, &problems);

		if (refused != (rows[i].why ? 1 : 0) || keys_count(keys) != rows[i].taken ||
			(rows[i].why && !strstr(buf_cstr(&problems), rows[i].why)))
			fail_msg("%s: %d, %s", rows[i].jwk, refused, buf_cstr(&problems));
		assert_null(strstr(buf_cstr(&problems), SECRET));
		keys_free(keys);
		buf_done(&problems);
	}
}

static void what_is_no_set_is_refused(void **state)
{
	static const char *const texts[] = { "", "x", "[]", "{}", "{\"keys\":{}}",
		"{\"keys\":[],\"keys\":[]}", "{\"keys\":[]}x" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct buf problems = { .cap = 0 };
		struct keys *keys = keys_new();

		assert_int_equal(read_set(keys, texts[i], false, &problems), 1);
		assert_non_null(strstr(buf_cstr(&problems), "a.jwks: it is no JSON object"));
		keys_free(keys);
		buf_done(&problems);
	}
}

static void a_bad_key_does_not_keep_others_out(void **state)
{
	struct buf problems = { .cap = 0 };
	struct keys *keys = keys_new();

	(void)state;
	assert_int_equal(read_set(keys,
				 "{\"keys\":[{\"kid\":\"a\"," EC "},7,{\"kid\":\"a\"," EC
				 "},{\"kid\":\"b\"," EC "}]}",
				 true, &problems),
		2);
	assert_int_equal(keys_count(keys), 2);
	assert_non_null(strstr(buf_cstr(&problems), "a.jwks: key 2: it is no object"));
	assert_non_null(strstr(buf_cstr(&problems), "a.jwks: key 3: another key has this kid"));
	keys_free(keys);
	buf_done(&problems);
}

static void secrets_that_all_may_read_are_refused(void **state)
{
	struct buf problems = { .cap = 0 };
	struct keys *keys = keys_new();

	(void)state;
	assert_int_equal(read_set(keys,
				 "{\"keys\":[{\"kid\":\"a\",\"alg\":\"HS256\"," OCT
				 "},{\"kid\":\"b\"," EC "}]}",
				 true, &problems),
		1);
	assert_int_equal(keys_count(keys), 1);
	assert_non_null(strstr(buf_cstr(&problems), "others may read this secret"));
	keys_free(keys);
	buf_done(&problems);
}

static void add_member(struct buf *jwk, EVP_PKEY *evp, const char *name, const char *param, int len)
{
	struct buf number = { .cap = 0 };

	pair_number(evp, param, len, &number);
	buf_printf(jwk, ",\"%s\":\"", name);
	sign_base64url(jwk, buf_slice(&number));
	buf_putc(jwk, '"');
	buf_done(&number);
}

/* What a pair has signed is good with the JWK of its public half. */
static void check_pair(EVP_PKEY *evp, struct buf *jwk, jwt_alg_t alg)
{
	static const struct claim_rules rules = { .issuer = "", .audience = "" };
	struct buf pem = { .cap = 0 }, token = { .cap = 0 }, problems = { .cap = 0 };
	struct claims claims = { .user = NULL };
	struct revoked *revoked = revoked_new();
	struct keys *keys = keys_new();

	buf_put(jwk, SLICE("}]}"));
	assert_int_equal(jwks_read(keys, buf_slice(jwk), true, "a.jwks", &problems), 0);
	pair_private_pem(evp, &pem);
	pair_token(alg, buf_slice(&pem), "a", "{\"sub\":\"demo\"}", &token);
	assert_int_equal(
		verify_token(buf_slice(&token), keys, &rules, revoked, 1700000000, &claims),
		VERIFY_OK);
	claims_done(&claims);
	revoked_free(revoked);
	keys_free(keys);
	buf_done(&pem);
	buf_done(&token);
	buf_done(&problems);
	EVP_PKEY_free(evp);
}

static void rsa_numbers_are_a_key(void **state)
{
	EVP_PKEY *evp = pair_rsa(2048);
	struct buf jwk = { .cap = 0 };

	(void)state;
	buf_put(&jwk, SLICE("{\"keys\":[{\"kid\":\"a\",\"kty\":\"RSA\",\"alg\":\"RS384\""));
	add_member(&jwk, evp, "n", OSSL_PKEY_PARAM_RSA_N, 0);
	add_member(&jwk, evp, "e", OSSL_PKEY_PARAM_RSA_E, 0);
	check_pair(evp, &jwk, JWT_ALG_RS384);
	buf_done(&jwk);
}

static void ec_numbers_are_a_key(void **state)
{
	EVP_PKEY *evp = pair_ec("P-521");
	struct buf jwk = { .cap = 0 };

	(void)state;
	buf_put(&jwk, SLICE("{\"keys\":[{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-521\""));
	add_member(&jwk, evp, "x", OSSL_PKEY_PARAM_EC_PUB_X, 66);
	add_member(&jwk, evp, "y", OSSL_PKEY_PARAM_EC_PUB_Y, 66);
	check_pair(evp, &jwk, JWT_ALG_ES512);
	buf_done(&jwk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_judged),
		cmocka_unit_test(what_is_no_set_is_refused),
		cmocka_unit_test(a_bad_key_does_not_keep_others_out),
		cmocka_unit_test(secrets_that_all_may_read_are_refused),
		cmocka_unit_test(rsa_numbers_are_a_key),
		cmocka_unit_test(ec_numbers_are_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
