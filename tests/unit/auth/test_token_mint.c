/* test_token_mint.c - tokens, byte for byte what a signer of our own makes */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/mem.h"
#include "proto/token_mint.h"
#include "tests/unit/auth/sign.h"

#define SECRET "a secret that only the tests have"

static struct secret secret = { (unsigned char *)SECRET, sizeof(SECRET) - 1 };

static void check(const struct mint *mint, const char *header, const char *claims)
{
	struct buf token = { .cap = 0 };
	char *text = NULL;

	sign_token(&token, slice_of(header), slice_of(claims), SLICE(SECRET));
	assert_int_equal(token_mint(mint, &secret, &text), 0);
	assert_string_equal(text, buf_cstr(&token));
	mem_free(text);
	buf_done(&token);
}

static void all_claims(void **state)
{
	struct mint mint = { .user = "demo",
		.name = "D\xc3\xa9mo \"x\"",
		.kid = "default",
		.jti = "77",
		.now_s = 1700000000,
		.ttl_s = 3600 };

	(void)state;
	check(&mint, "{\"alg\":\"HS256\",\"kid\":\"default\",\"typ\":\"JWT\"}",
		"{\"admin\":false,\"exp\":1700003600,\"iat\":1700000000,\"jti\":\"77\","
		"\"name\":\"D\xc3\xa9mo \\\"x\\\"\",\"sub\":\"demo\"}");
	mint.admin = true;
	mint.api = true;
	mint.kid = "k2";
	mint.issuer = "me";
	mint.audience = "us";
	mint.ttl_s = 315360000;
	check(&mint, "{\"alg\":\"HS256\",\"kid\":\"k2\",\"typ\":\"JWT\"}",
		"{\"admin\":true,\"api\":true,\"aud\":\"us\",\"exp\":2015360000,\"iat\":1700000000,"
		"\"iss\":\"me\",\"jti\":\"77\",\"name\":\"D\xc3\xa9mo \\\"x\\\"\","
		"\"sub\":\"demo\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
