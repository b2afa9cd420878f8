/* hash.c - a hash that no one outside can compute */
/* SPDX-License-Identifier: MIT */
#include "proto/base/hash.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct sip {
	uint64_t a, b, c, d;
};

static inline uint64_t rotate(uint64_t number, unsigned bits)
{
	return number << bits | number >> (64 - bits);
}

static inline void mix(struct sip *sip)
{
	sip->a += sip->b;
	sip->c += sip->d;
	sip->b = rotate(sip->b, 13) ^ sip->a;
	sip->d = rotate(sip->d, 16) ^ sip->c;
	sip->a = rotate(sip->a, 32) + sip->d;
	sip->c += sip->b;
	sip->d = rotate(sip->d, 21) ^ sip->a;
	sip->b = rotate(sip->b, 17) ^ sip->c;
	sip->c = rotate(sip->c, 32);
}

static inline void absorb(struct sip *sip, uint64_t word)
{
	sip->d ^= word;
	mix(sip);
	sip->a ^= word;
}

/* Of up to 8 bytes. */
static inline uint64_t load(const unsigned char *at, size_t len)
{
	uint64_t word = 0;

	if (len)
		memcpy(&word, at, len);
	return le64toh(word);
}

/* Aumasson and Bernstein, "SipHash: a fast short-input PRF"; one round a word, three at the end. */
uint64_t hash_keyed(const uint64_t key[2], const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	struct sip sip = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
		key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
	size_t rest = len;

	for (; rest >= 8; rest -= 8, at += 8)
		absorb(&sip, load(at, 8));
	absorb(&sip, load(at, rest) | (uint64_t)len << 56);
	sip.c ^= 0xff;
	for (int i = 0; i < 3; i++)
		mix(&sip);
	return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

uint64_t hash_wide(const void *bytes, size_t len)
{
	static uint64_t key[2];
	static bool keyed;

	if (!keyed && getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		abort();
	keyed = true;
	return hash_keyed(key, bytes, len);
}

unsigned hash_bytes(const void *bytes, size_t len)
{
	return (unsigned)hash_wide(bytes, len);
}
