/* mem.h - heap memory that is zeroed and never NULL */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_MEM_H
#define PROTO_BASE_MEM_H

#include <stddef.h>

/*
 * Out of memory aborts: every size that a peer can choose was checked against a
 * setting before it came here, so running out is our own mistake, and a process
 * that restarts loses nothing.
 */
void *mem_alloc(size_t size); /* zeroed */
void *mem_array(size_t count, size_t size); /* zeroed; aborts on overflow */
void *mem_realloc(void *ptr, size_t count, size_t size); /* what is added is not zeroed */
char *mem_strdup(const char *text); /* NULL stays NULL */
char *mem_strndup(const void *text, size_t len); /* copies len bytes and adds a NUL */
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void mem_free(void *ptr); /* takes NULL */

/* For _cleanup_(mem_freep): frees what a pointer variable holds when it goes out of scope. */
static inline void mem_freep(void *pointer_to_pointer)
{
	mem_free(*(void **)pointer_to_pointer);
}

#define _cleanup_(function) __attribute__((cleanup(function)))

#endif
