/* sign.c - signatures of the Standard Webhooks: HMAC-SHA256 of id, time and body */
/* SPDX-License-Identifier: MIT */
#include "webhook/sign.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "proto/base/base64.h"
#include "proto/base/mem.h"

int sign_key(struct secret *secret)
{
	static const struct slice prefix = { "whsec_", 6 };
	struct slice text = slice_make(secret->bytes, secret->len);
	struct buf key = { .cap = 0 };
	int r = 0;

	if (slice_starts(text, prefix)) {
		if (!base64_get(&key, slice_make(text.ptr + prefix.len, text.len - prefix.len))) {
			buf_done(&key);
			return -EINVAL;
		}
		memcpy(secret->bytes, key.data, key.len);
		explicit_bzero(secret->bytes + key.len, secret->len - key.len);
		secret->len = key.len;
		explicit_bzero(key.data, key.len);
		buf_done(&key);
	}
	if (secret->len < SIGN_KEY_MIN)
		r = -ERANGE;
	return r;
}

void sign_put(struct buf *out, const struct secret *keys, size_t count, struct slice id,
	uint64_t seconds, struct slice body)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	unsigned char digest[EVP_MAX_MD_SIZE];

	buf_reserve(&text, id.len + body.len + 24);
	buf_put(&text, id);
	buf_putc(&text, '.');
	buf_put_u64(&text, seconds);
	buf_putc(&text, '.');
	buf_put(&text, body);
	for (size_t i = 0; i < count; i++) {
		unsigned len = 0;
		const void *made = HMAC(EVP_sha256(), keys[i].bytes, (int)keys[i].len,
			(const unsigned char *)text.data, text.len, digest, &len);

		assert(made);
		buf_put(out, i ? SLICE(" v1,") : SLICE("v1,"));
		base64_put(out, slice_make(digest, len));
	}
}
