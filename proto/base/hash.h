/* hash.h - uthash, with our allocator, a keyed hash, and without its exit() on failure */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_HASH_H
#define PROTO_BASE_HASH_H

#include <stdint.h>

#include "proto/base/mem.h"

/*
 * SipHash-1-3 under a key. Clients choose ids and names of rooms; with a hash that they can
 * compute they could choose many that fall into one bucket, and make every look-up a walk.
 */
uint64_t hash_keyed(const uint64_t key[2], const void *bytes, size_t len);
/* Under this process's own random key: */
uint64_t hash_wide(const void *bytes, size_t len);
unsigned hash_bytes(const void *bytes, size_t len);

#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(ptr, size) mem_free(ptr)
#define HASH_FUNCTION(key_, len_, hash_) ((hash_) = hash_bytes(key_, len_))

#include <uthash.h>

#endif
