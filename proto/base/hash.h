/* hash.h - uthash, with our allocator and without its exit() on failure */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_HASH_H
#define PROTO_BASE_HASH_H

#include "proto/base/mem.h"

#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(ptr, size) mem_free(ptr)

#include <uthash.h>

#endif
