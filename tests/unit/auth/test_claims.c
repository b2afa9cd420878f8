/* test_claims.c - how long a token may be good at most */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/claims.h"

enum { NOW = 1700000000, DAY = 86400 };

static enum claims_result read_claims(int64_t max_ttl_s, const char *times)
{
	const struct claim_rules rules = {
		.leeway_s = 10, .max_ttl_s = max_ttl_s, .issuer = "", .audience = ""
	};
	struct buf text = { .cap = 0 };
	struct claims claims = { .user = NULL };
	enum claims_result result;
	json_t *object;

	buf_printf(&text, "{\"sub\":\"ann\"%s}", times);
	object = json_loadb(text.data, text.len, 0, NULL);
	assert_non_null(object);
	result = claims_read(object, &rules, NOW, &claims);
	assert_true((result == CLAIMS_GOOD) == (claims.user != NULL));
	json_decref(object);
	claims_done(&claims);
	buf_done(&text);
	return result;
}

static void test_max_ttl(void **state)
{
	static const struct {
		const char *times;
		enum claims_result result;
	} rows[] = {
		{ ",\"iat\":1700000000,\"exp\":1700086400", CLAIMS_GOOD },
		{ ",\"iat\":1700000000,\"exp\":1700086401", CLAIMS_TIME },
		{ ",\"iat\":1699913605,\"exp\":1700000005", CLAIMS_GOOD },
		{ ",\"iat\":1600000000,\"exp\":1700000005", CLAIMS_TIME },
		{ ",\"iat\":1700000010,\"exp\":1700000005", CLAIMS_GOOD },
		{ ",\"exp\":1700000005", CLAIMS_TIME },
		{ ",\"iat\":0,\"exp\":1700000005", CLAIMS_TIME },
		{ ",\"iat\":1700000000", CLAIMS_TIME },
		{ ",\"iat\":1700000000,\"exp\":0", CLAIMS_TIME },
		{ ",\"iat\":0,\"exp\":253402300799", CLAIMS_TIME },
		{ "", CLAIMS_TIME },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (read_claims(DAY, rows[i].times) != rows[i].result)
			fail_msg("row %zu: %s", i, rows[i].times);
}

static void test_any_ttl(void **state)
{
	(void)state;
	assert_int_equal(read_claims(0, ""), CLAIMS_GOOD);
	assert_int_equal(read_claims(0, ",\"iat\":1,\"exp\":253402300799"), CLAIMS_GOOD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_max_ttl),
		cmocka_unit_test(test_any_ttl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
