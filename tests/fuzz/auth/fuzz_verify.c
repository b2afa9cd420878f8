/* fuzz_verify.c - tokens of any shape; and any header and claims, well signed */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "auth/verify.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/grants.h"
#include "proto/meta.h"
#include "tests/unit/auth/sign.h"

#define SECRET "a secret that only the fuzzer has"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct keys *make_keys(void)
{
	struct keys *keys = keys_new();
	struct secret secret = { mem_alloc(sizeof(SECRET) - 1), sizeof(SECRET) - 1 };

	memcpy(secret.bytes, SECRET, secret.len);
	assert(keys_add(keys, "default", KEY_HS256, &secret) == 0);
	return keys;
}

static enum verify_result verify(struct slice token)
{
	static const struct claim_rules rules = {
		.leeway_s = 10, .issuer = "", .audience = "", .max_grants = 64, .max_meta = 2048
	};
	static struct keys *keys;
	static struct revoked *revoked;
	struct claims claims = { .user = NULL };
	enum verify_result result;

	if (!keys)
		keys = make_keys();
	if (!revoked)
		revoked = revoked_new();
	result = verify_token(token, keys, &rules, revoked, 1700000000, &claims);
	if (result == VERIFY_OK) {
		struct slice user = slice_of(claims.user);

		assert(user.len <= CLAIMS_USER_MAX && utf8_printable(user));
		assert(utf8_printable(slice_of(claims.nickname)));
		assert(grants_valid(buf_slice(&claims.grants)));
		assert(meta_valid(slice_of(claims.meta)) && strlen(claims.meta) <= 2048);
		assert(claims.expires == 0 || claims.expires > 1700000000 - 10);
	}
	claims_done(&claims);
	return result;
}

/*
 * Whatever is not signed is not good. Signed, `header \n claims` may be; then never with another
 * algorithm, and never with its last byte gone.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);
	const char *line = size ? memchr(data, '\n', size) : NULL;
	struct buf token = { .cap = 0 };

	assert(verify(text) != VERIFY_OK);
	if (!line)
		return 0;
	sign_token(&token, slice_make(text.ptr, (size_t)(line - text.ptr)),
		slice_make(line + 1, size - (size_t)(line - text.ptr) - 1), SLICE(SECRET));
	if (verify(buf_slice(&token)) == VERIFY_OK) {
		token.len--;
		assert(verify(buf_slice(&token)) != VERIFY_OK);
	}
	buf_done(&token);
	return 0;
}
