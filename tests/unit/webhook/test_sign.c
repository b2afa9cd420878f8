/* test_sign.c - signatures: the vector of the Standard Webhooks, two keys, what is no secret */
/* SPDX-License-Identifier: MIT */
#include "webhook/sign.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/mem.h"

static struct secret secret_of(const char *text)
{
	struct secret secret = { .bytes = mem_alloc(strlen(text) + 1), .len = strlen(text) };

	memcpy(secret.bytes, text, secret.len);
	return secret;
}

static void expect(struct secret *keys, size_t count, const char *signature)
{
	struct buf out = { .cap = 0 };

	sign_put(&out, keys, count, SLICE("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
		SLICE("{\"test\": 2432232314}"));
	assert_string_equal(buf_cstr(&out), signature);
	buf_done(&out);
}

/* The one that verifiers of the Standard Webhooks are tested with. */
static void known_vector(void **state)
{
	struct secret secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

	(void)state;
	assert_int_equal(sign_key(&secret), 0);
	assert_int_equal(secret.len, 24);
	expect(&secret, 1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	secret_done(&secret);
}

static void no_key_at_all(void **state)
{
	struct secret secret = secret_of("whsec_");

	(void)state;
	assert_int_equal(sign_key(&secret), -ERANGE);
	secret_done(&secret);
}

static void two_keys(void **state)
{
	struct secret keys[2] = { secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
		secret_of("a secret as it is, of 32 letters") };

	(void)state;
	assert_int_equal(sign_key(&keys[0]), 0);
	assert_int_equal(sign_key(&keys[1]), 0);
	assert_int_equal(keys[1].len, 32);
	expect(keys, 2,
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
		"v1,NRJS0syMU0Ul67VSzCDHSDQJhvgo36IaW1ne+g/P7sQ=");
	secret_done(&keys[0]);
	secret_done(&keys[1]);
}

static void what_is_no_secret(void **state)
{
	static const struct {
		const char *text;
		int error;
	} rows[] = {
		{ "short", -ERANGE },
		{ "whsec_", -ERANGE },
		{ "whsec_c2hvcnQ=", -ERANGE },
		{ "whsec_not base64 but long enough!", -EINVAL },
		{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct secret secret = secret_of(rows[i].text);

		assert_int_equal(sign_key(&secret), rows[i].error);
		secret_done(&secret);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_vector),
		cmocka_unit_test(no_key_at_all),
		cmocka_unit_test(two_keys),
		cmocka_unit_test(what_is_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
