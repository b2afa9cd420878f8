/* test_verify.c - good tokens and what they say; forged and broken ones, each with its counter */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/verify.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "tests/unit/auth/sign.h"

#define DEFAULT_SECRET "a secret that only the tests have"
#define OTHER_SECRET "another one, as long as it has to be"
#define HS256 "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define SUB "\"sub\":\"demo\""

#define G "{\"match\":\"a\",\"can\":[\"join\"]}"
#define GRANT(match, can) "\"rooms\":[{\"match\":" match ",\"can\":[" can "]}]"

enum { NOW = 1700000000, LEEWAY = 10 };

static const struct claim_rules rules = {
	.leeway_s = LEEWAY, .issuer = "", .audience = "", .max_grants = 3, .max_meta = 4096
};

static void add_key(struct keys *keys, const char *kid, const char *text)
{
	struct secret secret = { mem_alloc(strlen(text)), strlen(text) };

	memcpy(secret.bytes, text, secret.len);
	assert_int_equal(keys_add(keys, kid, KEY_HS256, &secret), 0);
	assert_null(secret.bytes);
}

static struct revoked *revoked;

static int setup(void **state)
{
	struct keys *keys = keys_new();

	add_key(keys, "default", DEFAULT_SECRET);
	add_key(keys, "other", OTHER_SECRET);
	revoked = revoked_new();
	*state = keys;
	return 0;
}

static int teardown(void **state)
{
	revoked_free(revoked);
	keys_free(*state);
	return 0;
}

static const enum counter counters[] = {
	[VERIFY_OK] = COUNTER_AUTH_ALLOWED,
	[VERIFY_MALFORMED] = COUNTER_AUTH_DENIED_MALFORMED,
	[VERIFY_KEY] = COUNTER_AUTH_DENIED_KEY,
	[VERIFY_ALGORITHM] = COUNTER_AUTH_DENIED_ALGORITHM,
	[VERIFY_SIGNATURE] = COUNTER_AUTH_DENIED_SIGNATURE,
	[VERIFY_TIME] = COUNTER_AUTH_DENIED_TIME,
	[VERIFY_REVOKED] = COUNTER_AUTH_DENIED_REVOKED,
	[VERIFY_META] = COUNTER_AUTH_DENIED_META,
	[VERIFY_CLAIMS] = COUNTER_AUTH_DENIED_CLAIMS,
};

/* Verifies, and looks at the counters: its own went up by one, no other did. */
static enum verify_result verify(struct slice token, const struct keys *keys,
	const struct claim_rules *with, struct claims *ret_claims)
{
	struct claims claims = { .user = NULL };
	enum verify_result result;

	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		counter_set(counters[i], 0);
	result = verify_token(token, keys, with, revoked, NOW, &claims);
	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		assert_int_equal(counter_get(counters[i]), i == result);
	if (result != VERIFY_OK)
		assert_null(claims.user);
	if (ret_claims)
		*ret_claims = claims;
	else
		claims_done(&claims);
	return result;
}

static enum verify_result verify_signed(const char *header, const char *claims,
	const struct keys *keys, const struct claim_rules *with)
{
	struct buf token = { .cap = 0 };
	enum verify_result result;

	sign_token(&token, slice_of(header), slice_of(claims), SLICE(DEFAULT_SECRET));
	result = verify(buf_slice(&token), keys, with, NULL);
	buf_done(&token);
	return result;
}

static void good_token_says_all(void **state)
{
	struct buf token = { .cap = 0 };
	struct claims claims;

	sign_token(&token, SLICE("{\"alg\":\"HS256\",\"kid\":\"other\"}"),
		SLICE("{" SUB ",\"name\":\"D\\u00e9mo\",\"exp\":1700003600,\"iat\":1700000000,"
		      "\"nbf\":1700000000,\"admin\":true,\"api\":true,\"jti\":\"x\",\"meta\":{\"a\":1},"
		      "\"rooms\":[ {\"match\": \"chat-*\", \"can\": [\"join\"]} ]}"),
		SLICE(OTHER_SECRET));
	assert_int_equal(verify(buf_slice(&token), *state, &rules, &claims), VERIFY_OK);
	assert_string_equal(claims.user, "demo");
	assert_string_equal(claims.nickname, "D\xc3\xa9mo");
	assert_string_equal(buf_cstr(&claims.grants), "j chat-*\n");
	assert_string_equal(claims.jti, "x");
	assert_string_equal(claims.meta, "{\"a\":1}");
	assert_int_equal(claims.issued, NOW);
	assert_int_equal(claims.expires, NOW + 3600);
	assert_true(claims.admin);
	assert_true(claims.api);
	claims_done(&claims);
	buf_done(&token);
}

static void smallest_token_has_defaults(void **state)
{
	struct buf token = { .cap = 0 };
	struct claims claims;

	sign_token(&token, SLICE("{\"alg\":\"HS256\"}"), SLICE("{" SUB "}"), SLICE(DEFAULT_SECRET));
	assert_int_equal(verify(buf_slice(&token), *state, &rules, &claims), VERIFY_OK);
	assert_string_equal(claims.user, "demo");
	assert_string_equal(claims.nickname, "demo");
	assert_int_equal(claims.grants.len, 0);
	assert_string_equal(claims.jti, "");
	assert_string_equal(claims.meta, "");
	assert_int_equal(claims.issued, 0);
	assert_int_equal(claims.expires, 0);
	assert_false(claims.admin);
	assert_false(claims.api);
	claims_done(&claims);
	buf_done(&token);
}

static void a_guest_is_no_user(void **state)
{
	struct buf token = { .cap = 0 };
	struct claims claims;

	sign_token(&token, SLICE("{\"alg\":\"HS256\"}"),
		SLICE("{" SUB ",\"name\":\"Ann\",\"guest\":true}"), SLICE(DEFAULT_SECRET));
	assert_int_equal(verify(buf_slice(&token), *state, &rules, &claims), VERIFY_OK);
	assert_string_equal(claims.user, "");
	assert_string_equal(claims.nickname, "Ann");
	claims_done(&claims);
	buf_done(&token);
}

struct row {
	const char *name;
	enum verify_result result;
	const char *header;
	const char *claims;
};

static const struct row rows[] = {
	{ "alg none", VERIFY_ALGORITHM, "{\"alg\":\"none\"}", "{" SUB "}" },
	{ "alg None", VERIFY_ALGORITHM, "{\"alg\":\"None\"}", "{" SUB "}" },
	{ "alg hs256", VERIFY_ALGORITHM, "{\"alg\":\"hs256\"}", "{" SUB "}" },
	{ "alg HS512", VERIFY_ALGORITHM, "{\"alg\":\"HS512\"}", "{" SUB "}" },
	{ "alg RS256", VERIFY_ALGORITHM, "{\"alg\":\"RS256\"}", "{" SUB "}" },
	{ "alg unknown", VERIFY_ALGORITHM, "{\"alg\":\"\"}", "{" SUB "}" },
	{ "no alg", VERIFY_MALFORMED, "{}", "{" SUB "}" },
	{ "alg number", VERIFY_MALFORMED, "{\"alg\":256}", "{" SUB "}" },
	{ "alg twice", VERIFY_MALFORMED, "{\"alg\":\"none\",\"alg\":\"HS256\"}", "{" SUB "}" },
	{ "crit", VERIFY_MALFORMED, "{\"alg\":\"HS256\",\"crit\":[\"b64\"]}", "{" SUB "}" },
	{ "typ of access tokens", VERIFY_OK, "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
		"{" SUB "}" },
	{ "nested", VERIFY_MALFORMED, "{\"alg\":\"HS256\",\"cty\":\"JWT\"}", "{" SUB "}" },
	{ "embedded jwk", VERIFY_MALFORMED,
		"{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"QUFB\"}}", "{" SUB "}" },
	{ "embedded jku", VERIFY_MALFORMED, "{\"alg\":\"HS256\",\"jku\":\"https://a.example/\"}",
		"{" SUB "}" },
	{ "embedded x5u", VERIFY_MALFORMED, "{\"alg\":\"HS256\",\"x5u\":\"https://a.example/\"}",
		"{" SUB "}" },
	{ "embedded x5c", VERIFY_MALFORMED, "{\"alg\":\"HS256\",\"x5c\":[]}", "{" SUB "}" },
	{ "typ other", VERIFY_MALFORMED, "{\"alg\":\"HS256\",\"typ\":\"JWE\"}", "{" SUB "}" },
	{ "typ number", VERIFY_MALFORMED, "{\"alg\":\"HS256\",\"typ\":1}", "{" SUB "}" },
	{ "kid unknown", VERIFY_KEY, "{\"alg\":\"HS256\",\"kid\":\"gone\"}", "{" SUB "}" },
	{ "kid path", VERIFY_KEY, "{\"alg\":\"HS256\",\"kid\":\"../default\"}", "{" SUB "}" },
	{ "kid empty", VERIFY_KEY, "{\"alg\":\"HS256\",\"kid\":\"\"}", "{" SUB "}" },
	{ "kid null", VERIFY_MALFORMED, "{\"alg\":\"HS256\",\"kid\":null}", "{" SUB "}" },
	{ "kid of another key", VERIFY_SIGNATURE, "{\"alg\":\"HS256\",\"kid\":\"other\"}",
		"{" SUB "}" },
	{ "none of unknown key", VERIFY_KEY, "{\"alg\":\"none\",\"kid\":\"gone\"}", "{" SUB "}" },
	{ "header no JSON", VERIFY_MALFORMED, "alg=HS256", "{" SUB "}" },
	{ "header array", VERIFY_MALFORMED, "[\"HS256\"]", "{" SUB "}" },
	{ "header cut", VERIFY_MALFORMED, "{\"alg\":\"HS256\"", "{" SUB "}" },
	{ "header empty", VERIFY_MALFORMED, "", "{" SUB "}" },
	{ "claims no JSON", VERIFY_MALFORMED, HS256, "sub=demo" },
	{ "claims array", VERIFY_MALFORMED, HS256, "[\"demo\"]" },
	{ "claims string", VERIFY_MALFORMED, HS256, "\"demo\"" },
	{ "claims empty", VERIFY_MALFORMED, HS256, "" },
	{ "claims followed", VERIFY_MALFORMED, HS256, "{" SUB "}x" },
	{ "sub twice", VERIFY_MALFORMED, HS256, "{" SUB ",\"sub\":\"root\"}" },
	{ "sub twice, escaped", VERIFY_MALFORMED, HS256, "{" SUB ",\"s\\u0075b\":\"root\"}" },
	{ "NUL in sub", VERIFY_MALFORMED, HS256, "{\"sub\":\"demo\\u0000x\"}" },
	{ "bad UTF-8 in sub", VERIFY_MALFORMED, HS256, "{\"sub\":\"demo\xc0\xaf\"}" },
	{ "surrogate in sub", VERIFY_MALFORMED, HS256, "{\"sub\":\"demo\\ud800\"}" },
	{ "exp past", VERIFY_TIME, HS256, "{" SUB ",\"exp\":1699999989}" },
	{ "exp at the leeway", VERIFY_TIME, HS256, "{" SUB ",\"exp\":1699999990}" },
	{ "exp in the leeway", VERIFY_OK, HS256, "{" SUB ",\"exp\":1699999991}" },
	{ "exp zero", VERIFY_TIME, HS256, "{" SUB ",\"exp\":0}" },
	{ "exp far", VERIFY_OK, HS256, "{" SUB ",\"exp\":253402300799}" },
	{ "exp after 9999", VERIFY_CLAIMS, HS256, "{" SUB ",\"exp\":253402300800}" },
	{ "exp of all bits", VERIFY_CLAIMS, HS256, "{" SUB ",\"exp\":9223372036854775807}" },
	{ "nbf of all bits", VERIFY_CLAIMS, HS256, "{" SUB ",\"nbf\":9223372036854775807}" },
	{ "exp too far", VERIFY_MALFORMED, HS256, "{" SUB ",\"exp\":9223372036854775808}" },
	{ "exp negative", VERIFY_CLAIMS, HS256, "{" SUB ",\"exp\":-1}" },
	{ "exp string", VERIFY_CLAIMS, HS256, "{" SUB ",\"exp\":\"1800000000\"}" },
	{ "exp real", VERIFY_CLAIMS, HS256, "{" SUB ",\"exp\":1800000000.0}" },
	{ "exp exponent", VERIFY_CLAIMS, HS256, "{" SUB ",\"exp\":18e8}" },
	{ "exp null", VERIFY_CLAIMS, HS256, "{" SUB ",\"exp\":null}" },
	{ "exp object", VERIFY_CLAIMS, HS256, "{" SUB ",\"exp\":{}}" },
	{ "exp true", VERIFY_CLAIMS, HS256, "{" SUB ",\"exp\":true}" },
	{ "exp twice", VERIFY_MALFORMED, HS256, "{" SUB ",\"exp\":1,\"exp\":1800000000}" },
	{ "nbf future", VERIFY_TIME, HS256, "{" SUB ",\"nbf\":1700000011}" },
	{ "nbf in the leeway", VERIFY_OK, HS256, "{" SUB ",\"nbf\":1700000010}" },
	{ "nbf string", VERIFY_CLAIMS, HS256, "{" SUB ",\"nbf\":\"0\"}" },
	{ "nbf real", VERIFY_CLAIMS, HS256, "{" SUB ",\"nbf\":0.5}" },
	{ "iat future", VERIFY_TIME, HS256, "{" SUB ",\"iat\":1700000011}" },
	{ "iat in the leeway", VERIFY_OK, HS256, "{" SUB ",\"iat\":1700000010}" },
	{ "iat string", VERIFY_CLAIMS, HS256, "{" SUB ",\"iat\":\"now\"}" },
	{ "no sub", VERIFY_CLAIMS, HS256, "{}" },
	{ "sub empty", VERIFY_CLAIMS, HS256, "{\"sub\":\"\"}" },
	{ "sub blank", VERIFY_CLAIMS, HS256, "{\"sub\":\"  \"}" },
	{ "sub number", VERIFY_CLAIMS, HS256, "{\"sub\":7}" },
	{ "sub null", VERIFY_CLAIMS, HS256, "{\"sub\":null}" },
	{ "sub newline", VERIFY_CLAIMS, HS256, "{\"sub\":\"demo\\nroot\"}" },
	{ "sub C1 control", VERIFY_CLAIMS, HS256, "{\"sub\":\"demo\\u0085\"}" },
	{ "sub unicode", VERIFY_OK, HS256, "{\"sub\":\"\\ud83d\\ude00 d\xc3\xa9mo\"}" },
	{ "name number", VERIFY_CLAIMS, HS256, "{" SUB ",\"name\":1}" },
	{ "name empty", VERIFY_CLAIMS, HS256, "{" SUB ",\"name\":\"\"}" },
	{ "name control", VERIFY_CLAIMS, HS256, "{" SUB ",\"name\":\"a\\u0007\"}" },
	{ "admin string", VERIFY_CLAIMS, HS256, "{" SUB ",\"admin\":\"true\"}" },
	{ "admin number", VERIFY_CLAIMS, HS256, "{" SUB ",\"admin\":1}" },
	{ "api string", VERIFY_CLAIMS, HS256, "{" SUB ",\"api\":\"true\"}" },
	{ "api list", VERIFY_CLAIMS, HS256, "{" SUB ",\"api\":[]}" },
	{ "api false", VERIFY_OK, HS256, "{" SUB ",\"api\":false}" },
	{ "admin null", VERIFY_CLAIMS, HS256, "{" SUB ",\"admin\":null}" },
	{ "guest number", VERIFY_CLAIMS, HS256, "{" SUB ",\"guest\":1}" },
	{ "rooms object", VERIFY_CLAIMS, HS256, "{" SUB ",\"rooms\":{}}" },
	{ "rooms string", VERIFY_CLAIMS, HS256, "{" SUB ",\"rooms\":\"*\"}" },
	{ "rooms empty", VERIFY_OK, HS256, "{" SUB ",\"rooms\":[]}" },
	{ "rooms null", VERIFY_CLAIMS, HS256, "{" SUB ",\"rooms\":null}" },
	{ "grant no object", VERIFY_CLAIMS, HS256, "{" SUB ",\"rooms\":[\"a\"]}" },
	{ "grant", VERIFY_OK, HS256, "{" SUB "," GRANT("\"a*\"", "\"join\",\"state\"") "}" },
	{ "grant of nothing", VERIFY_OK, HS256, "{" SUB "," GRANT("\"a\"", "") "}" },
	{ "grant of no right", VERIFY_CLAIMS, HS256, "{" SUB "," GRANT("\"a\"", "\"fly\"") "}" },
	{ "grant of a number", VERIFY_CLAIMS, HS256, "{" SUB "," GRANT("\"a\"", "1") "}" },
	{ "grant for a number", VERIFY_CLAIMS, HS256, "{" SUB "," GRANT("1", "\"join\"") "}" },
	{ "grant for no room", VERIFY_CLAIMS, HS256, "{" SUB "," GRANT("\"\"", "\"join\"") "}" },
	{ "grant for controls", VERIFY_CLAIMS, HS256,
		"{" SUB "," GRANT("\"a\\n\"", "\"join\"") "}" },
	{ "grant without can", VERIFY_CLAIMS, HS256, "{" SUB ",\"rooms\":[{\"match\":\"a\"}]}" },
	{ "grant with a text", VERIFY_CLAIMS, HS256,
		"{" SUB ",\"rooms\":[{\"match\":\"a\",\"can\":\"join\"}]}" },
	{ "grant until", VERIFY_CLAIMS, HS256,
		"{" SUB ",\"rooms\":[{\"match\":\"a\",\"can\":[\"join\"],\"until\":1}]}" },
	{ "three grants", VERIFY_OK, HS256, "{" SUB ",\"rooms\":[" G "," G "," G "]}" },
	{ "four grants", VERIFY_CLAIMS, HS256, "{" SUB ",\"rooms\":[" G "," G "," G "," G "]}" },
	{ "jti empty", VERIFY_CLAIMS, HS256, "{" SUB ",\"jti\":\"\"}" },
	{ "jti number", VERIFY_CLAIMS, HS256, "{" SUB ",\"jti\":1}" },
	{ "meta text", VERIFY_CLAIMS, HS256, "{" SUB ",\"meta\":\"x\"}" },
	{ "meta null", VERIFY_CLAIMS, HS256, "{" SUB ",\"meta\":null}" },
	{ "others are let be", VERIFY_OK, HS256, "{" SUB ",\"iss\":1,\"aud\":{},\"x\":null}" },
};

static void rows_are_judged(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum verify_result result = verify_signed(
			rows[i].header, rows[i].claims, *state, &rules);

		if (result != rows[i].result)
			fail_msg("%s: %s instead of %s", rows[i].name, verify_result_name(result),
				verify_result_name(rows[i].result));
	}
}

static void unsigned_token_is_refused(void **state)
{
	struct buf token = { .cap = 0 };

	sign_base64url(&token, SLICE("{\"alg\":\"none\"}"));
	buf_putc(&token, '.');
	sign_base64url(&token, SLICE("{" SUB "}"));
	buf_putc(&token, '.');
	assert_int_equal(verify(buf_slice(&token), *state, &rules, NULL), VERIFY_ALGORITHM);
	buf_clear(&token);
	sign_base64url(&token, SLICE(HS256));
	buf_putc(&token, '.');
	sign_base64url(&token, SLICE("{" SUB "}"));
	buf_putc(&token, '.');
	assert_int_equal(verify(buf_slice(&token), *state, &rules, NULL), VERIFY_SIGNATURE);
	buf_done(&token);
}

static void a_token_of_another_secret_is_refused(void **state)
{
	struct buf token = { .cap = 0 };

	sign_token(&token, SLICE(HS256), SLICE("{" SUB "}"), SLICE(OTHER_SECRET));
	assert_int_equal(verify(buf_slice(&token), *state, &rules, NULL), VERIFY_SIGNATURE);
	buf_done(&token);
}

static void no_truncation_is_good(void **state)
{
	struct buf token = { .cap = 0 };

	sign_token(
		&token, SLICE(HS256), SLICE("{" SUB ",\"exp\":1700003600}"), SLICE(DEFAULT_SECRET));
	assert_int_equal(verify(buf_slice(&token), *state, &rules, NULL), VERIFY_OK);
	for (size_t len = 0; len < token.len; len++) {
		char *cut = mem_strndup(token.data, len);

		assert_int_not_equal(verify(slice_make(cut, len), *state, &rules, NULL), VERIFY_OK);
		mem_free(cut);
	}
	buf_done(&token);
}

/* Each byte, with one bit turned, or made a NUL: nothing is good, also not another spelling. */
static void no_changed_byte_is_good(void **state)
{
	struct buf token = { .cap = 0 };

	sign_token(
		&token, SLICE(HS256), SLICE("{" SUB ",\"exp\":1700003600}"), SLICE(DEFAULT_SECRET));
	for (size_t at = 0; at < token.len; at++) {
		char was = token.data[at];

		for (unsigned bit = 0; bit < 9; bit++) {
			token.data[at] = (char)(bit < 8 ? was ^ (1 << bit) : 0);
			assert_int_not_equal(
				verify(buf_slice(&token), *state, &rules, NULL), VERIFY_OK);
		}
		token.data[at] = was;
	}
	assert_int_equal(verify(buf_slice(&token), *state, &rules, NULL), VERIFY_OK);
	buf_done(&token);
}

static void what_is_no_token_is_malformed(void **state)
{
	static const char *const texts[] = { "", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d",
		"Bearer x", "e30.e30.e30.e30", "e30=.e30.e30", "e30.e30.e+0", "\xff.\xff.\xff",
		"eyJhbGciOiJIUzI1NiJ9..", ".e30.e30", "e30 .e30.e30" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(
			verify(slice_of(texts[i]), *state, &rules, NULL), VERIFY_MALFORMED);
}

static void a_huge_token_is_malformed(void **state)
{
	struct buf claims = { .cap = 0 }, token = { .cap = 0 };

	buf_put(&claims, SLICE("{" SUB ",\"pad\":\""));
	for (size_t i = 0; i < 6000; i++)
		buf_putc(&claims, 'x');
	buf_put(&claims, SLICE("\"}"));
	sign_token(&token, SLICE(HS256), buf_slice(&claims), SLICE(DEFAULT_SECRET));
	assert_true(token.len <= VERIFY_TOKEN_MAX);
	assert_int_equal(verify(buf_slice(&token), *state, &rules, NULL), VERIFY_OK);
	claims.len -= 2;
	for (size_t i = 0; i < 300; i++)
		buf_putc(&claims, 'x');
	buf_put(&claims, SLICE("\"}"));
	buf_clear(&token);
	sign_token(&token, SLICE(HS256), buf_slice(&claims), SLICE(DEFAULT_SECRET));
	assert_true(token.len > VERIFY_TOKEN_MAX);
	assert_int_equal(verify(buf_slice(&token), *state, &rules, NULL), VERIFY_MALFORMED);
	buf_done(&claims);
	buf_done(&token);
}

static void a_long_user_is_refused(void **state)
{
	char claims[512];

	snprintf(claims, sizeof(claims), "{\"sub\":\"%0*d\"}", CLAIMS_USER_MAX, 1);
	assert_int_equal(verify_signed(HS256, claims, *state, &rules), VERIFY_OK);
	snprintf(claims, sizeof(claims), "{\"sub\":\"%0*d\"}", CLAIMS_USER_MAX + 1, 1);
	assert_int_equal(verify_signed(HS256, claims, *state, &rules), VERIFY_CLAIMS);
	snprintf(claims, sizeof(claims), "{" SUB ",\"name\":\"%0257d\"}", 1);
	assert_int_equal(verify_signed(HS256, claims, *state, &rules), VERIFY_CLAIMS);
}

/* A number of few characters may be written with many: the bound is on what is passed on. */
static void meta_is_bounded(void **state)
{
	struct buf claims = { .cap = 0 }, token = { .cap = 0 };

	buf_put(&claims, SLICE("{" SUB ",\"meta\":{\"a\":[3e299"));
	while (claims.len < 4000)
		buf_put(&claims, SLICE(",3e299"));
	buf_put(&claims, SLICE("]}}"));
	sign_token(&token, SLICE(HS256), buf_slice(&claims), SLICE(DEFAULT_SECRET));
	assert_int_equal(verify(buf_slice(&token), *state, &rules, NULL), VERIFY_META);
	buf_done(&claims);
	buf_done(&token);
}

static void issuer_and_audience_are_checked(void **state)
{
	const struct claim_rules strict = { .leeway_s = 0, .issuer = "me", .audience = "us" };
	static const struct {
		const char *claims;
		enum verify_result result;
	} cases[] = {
		{ "{" SUB ",\"iss\":\"me\",\"aud\":\"us\"}", VERIFY_OK },
		{ "{" SUB ",\"iss\":\"me\",\"aud\":[\"them\",\"us\"]}", VERIFY_OK },
		{ "{" SUB ",\"iss\":\"me\",\"aud\":[\"them\",3]}", VERIFY_CLAIMS },
		{ "{" SUB ",\"iss\":\"me\",\"aud\":[]}", VERIFY_CLAIMS },
		{ "{" SUB ",\"iss\":\"me\",\"aud\":{\"us\":1}}", VERIFY_CLAIMS },
		{ "{" SUB ",\"iss\":\"me\",\"aud\":\"us \"}", VERIFY_CLAIMS },
		{ "{" SUB ",\"iss\":\"me\"}", VERIFY_CLAIMS },
		{ "{" SUB ",\"aud\":\"us\"}", VERIFY_CLAIMS },
		{ "{" SUB ",\"iss\":[\"me\"],\"aud\":\"us\"}", VERIFY_CLAIMS },
		{ "{" SUB ",\"iss\":\"Me\",\"aud\":\"us\"}", VERIFY_CLAIMS },
		{ "{" SUB ",\"iss\":\"me\",\"aud\":\"us\",\"exp\":1700000000}", VERIFY_TIME },
		{ "{" SUB ",\"iss\":\"me\",\"aud\":\"us\",\"exp\":1700000001}", VERIFY_OK },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(
			verify_signed(HS256, cases[i].claims, *state, &strict), cases[i].result);
}

/* A token that is good in all else, and its counter. */
static void a_revoked_token_is_refused(void **state)
{
	const char *claims = "{" SUB ",\"jti\":\"j\",\"iat\":1699999990}";

	revoked_add(revoked, &(struct revocation){ .jti = SLICE("other") });
	revoked_add(revoked, &(struct revocation){ .user = SLICE("demo"), .before = 1699999990 });
	assert_int_equal(verify_signed(HS256, claims, *state, &rules), VERIFY_OK);
	revoked_add(revoked, &(struct revocation){ .user = SLICE("demo"), .before = 1699999991 });
	assert_int_equal(verify_signed(HS256, claims, *state, &rules), VERIFY_REVOKED);
	revoked_free(revoked);
	revoked = revoked_new();
	revoked_add(revoked, &(struct revocation){ .jti = SLICE("j") });
	assert_int_equal(verify_signed(HS256, claims, *state, &rules), VERIFY_REVOKED);
	revoked_free(revoked);
	revoked = revoked_new();
}

static void without_keys_nothing_is_good(void **state)
{
	struct keys *none = keys_new();

	(void)state;
	assert_int_equal(verify_signed(HS256, "{" SUB "}", none, &rules), VERIFY_KEY);
	keys_free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_token_says_all),
		cmocka_unit_test(smallest_token_has_defaults),
		cmocka_unit_test(a_guest_is_no_user),
		cmocka_unit_test(rows_are_judged),
		cmocka_unit_test(unsigned_token_is_refused),
		cmocka_unit_test(a_token_of_another_secret_is_refused),
		cmocka_unit_test(no_truncation_is_good),
		cmocka_unit_test(no_changed_byte_is_good),
		cmocka_unit_test(what_is_no_token_is_malformed),
		cmocka_unit_test(a_huge_token_is_malformed),
		cmocka_unit_test(a_long_user_is_refused),
		cmocka_unit_test(meta_is_bounded),
		cmocka_unit_test(issuer_and_audience_are_checked),
		cmocka_unit_test(a_revoked_token_is_refused),
		cmocka_unit_test(without_keys_nothing_is_good),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
