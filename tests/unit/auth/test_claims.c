/* test_claims.c - a token's meta: how long and how deep it may be */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/claims.h"
#include "proto/base/mem.h"
#include "proto/meta.h"

static enum claims_result read_meta(const char *meta, size_t max_bytes, struct claims *ret_claims)
{
	struct claim_rules rules = { .issuer = "", .audience = "", .max_meta = max_bytes };
	_cleanup_(mem_freep) char *text = mem_printf("{\"sub\":\"demo\",\"meta\":%s}", meta);
	json_t *object = json_loads(text, 0, NULL);
	enum claims_result result;

	assert_non_null(object);
	result = claims_read(object, &rules, 1700000000, ret_claims);
	json_decref(object);
	return result;
}

static enum claims_result judge(const char *meta, size_t max_bytes)
{
	struct claims claims = { .user = NULL };
	enum claims_result result = read_meta(meta, max_bytes, &claims);

	claims_done(&claims);
	return result;
}

static void it_is_passed_on_without_blanks(void **state)
{
	struct claims claims;

	(void)state;
	assert_int_equal(read_meta("{ \"b\" : 1,\"a\":[ 2 ] }", 2048, &claims), CLAIMS_GOOD);
	assert_string_equal(claims.meta, "{\"b\":1,\"a\":[2]}");
	claims_done(&claims);
}

/* What counts is how long it is when it is passed on. */
static void it_is_not_too_long(void **state)
{
	(void)state;
	assert_int_equal(judge("{\"a\": 1}", 7), CLAIMS_GOOD);
	assert_int_equal(judge("{\"a\":12}", 7), CLAIMS_META);
	assert_int_equal(judge("{}", 2), CLAIMS_GOOD);
	assert_int_equal(judge("{}", 0), CLAIMS_META);
	assert_int_equal(judge("7", 0), CLAIMS_BAD);
}

/* Who reads it later has the same bound. */
static void it_is_not_too_deep(void **state)
{
	char text[2 * META_DEPTH + 16];

	(void)state;
	for (int depth = META_DEPTH - 1; depth <= META_DEPTH; depth++) {
		struct buf meta = { .cap = 0 };

		buf_put(&meta, SLICE("{\"a\":"));
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		buf_add(&meta, text, 2 * (size_t)depth);
		buf_putc(&meta, '}');
		assert_int_equal(judge(buf_cstr(&meta), META_MAX),
			depth < META_DEPTH ? CLAIMS_GOOD : CLAIMS_BAD);
		buf_done(&meta);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_passed_on_without_blanks),
		cmocka_unit_test(it_is_not_too_long),
		cmocka_unit_test(it_is_not_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
