/* sign.h - tokens for tests: any header and claims, well or badly formed, signed with HS256 */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_AUTH_SIGN_H
#define TESTS_UNIT_AUTH_SIGN_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "proto/base/buf.h"

/*
 * Libraries that sign refuse to sign what is wrong, which is just what tests of a verifier need; so
 * here is SHA-256 (FIPS 180-4) and HMAC (RFC 2104), written for shortness.
 */
static const uint32_t sign_k[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
	0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6,
	0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
	0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585,
	0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa,
	0xa4506ceb, 0xbef9a3f7, 0xc67178f2 };

static inline uint32_t sign_ror(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static inline void sign_block(uint32_t h[8], const unsigned char *p)
{
	uint32_t w[64], v[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
			(uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (int i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] +
			(sign_ror(w[i - 15], 7) ^ sign_ror(w[i - 15], 18) ^ w[i - 15] >> 3) +
			(sign_ror(w[i - 2], 17) ^ sign_ror(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(v, h, sizeof(v));
	for (int i = 0; i < 64; i++) {
		uint32_t s1 = sign_ror(v[4], 6) ^ sign_ror(v[4], 11) ^ sign_ror(v[4], 25);
		uint32_t s0 = sign_ror(v[0], 2) ^ sign_ror(v[0], 13) ^ sign_ror(v[0], 22);
		uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + sign_k[i] + w[i];
		uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		h[i] += v[i];
}

static inline void sign_sha256(struct slice text, unsigned char ret_hash[32])
{
	uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
		0x1f83d9ab, 0x5be0cd19 };
	unsigned char tail[128] = { 0 };
	size_t whole = text.len / 64 * 64, rest = text.len - whole;
	size_t tail_len = rest < 56 ? 64 : 128;

	for (size_t i = 0; i < whole; i += 64)
		sign_block(h, (const unsigned char *)text.ptr + i);
	if (rest)
		memcpy(tail, text.ptr + whole, rest);
	tail[rest] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		tail[tail_len - 1 - i] = (unsigned char)((uint64_t)text.len * 8 >> (8 * i));
	for (size_t i = 0; i < tail_len; i += 64)
		sign_block(h, tail + i);
	for (int i = 0; i < 32; i++)
		ret_hash[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static inline void sign_hmac(struct slice key, struct slice text, unsigned char ret_mac[32])
{
	struct buf inner = { .cap = 0 }, outer = { .cap = 0 };
	unsigned char hash[32];

	assert(key.len <= 64);
	for (size_t i = 0; i < 64; i++) {
		unsigned char k = (unsigned char)(i < key.len ? key.ptr[i] : 0);

		buf_putc(&inner, (char)(k ^ 0x36));
		buf_putc(&outer, (char)(k ^ 0x5c));
	}
	buf_put(&inner, text);
	sign_sha256(buf_slice(&inner), hash);
	buf_add(&outer, hash, sizeof(hash));
	sign_sha256(buf_slice(&outer), ret_mac);
	buf_done(&inner);
	buf_done(&outer);
}

static inline void sign_base64url(struct buf *out, struct slice bytes)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	unsigned count = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		bits = (bits << 8 | (unsigned char)bytes.ptr[i]) & 0xffff;
		for (count += 8; count >= 6; count -= 6)
			buf_putc(out, alphabet[bits >> (count - 6) & 63]);
	}
	if (count)
		buf_putc(out, alphabet[bits << (6 - count) & 63]);
}

/* Appends the token of a header and claims, signed with the key. */
static inline void sign_token(
	struct buf *out, struct slice header, struct slice claims, struct slice key)
{
	size_t start = out->len;
	unsigned char mac[32];

	sign_base64url(out, header);
	buf_putc(out, '.');
	sign_base64url(out, claims);
	sign_hmac(key, slice_make(out->data + start, out->len - start), mac);
	buf_putc(out, '.');
	sign_base64url(out, slice_make(mac, sizeof(mac)));
}

#endif
