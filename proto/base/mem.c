/* mem.c - heap memory that is zeroed and never NULL */
/* SPDX-License-Identifier: MIT */
#include "proto/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *or_abort(void *ptr)
{
	static const char message[] = "out of memory\n";

	if (ptr)
		return ptr;
	(void)!write(STDERR_FILENO, message, sizeof(message) - 1);
	abort();
}

void *mem_alloc(size_t size)
{
	return or_abort(calloc(1, size ? size : 1));
}

void *mem_array(size_t count, size_t size)
{
	if (count == 0 || size == 0)
		return mem_alloc(0);
	return or_abort(calloc(count, size)); /* which checks for overflow */
}

void *mem_realloc(void *ptr, size_t count, size_t size)
{
	if (count == 0 || size == 0)
		return or_abort(realloc(ptr, 1));
	return or_abort(reallocarray(ptr, count, size));
}

char *mem_strdup(const char *text)
{
	return text ? or_abort(strdup(text)) : NULL;
}

char *mem_strndup(const void *text, size_t len)
{
	size_t size;
	char *copy;

	if (__builtin_add_overflow(len, 1, &size))
		or_abort(NULL);
	copy = or_abort(malloc(size));
	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *mem_printf(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	return or_abort(len < 0 ? NULL : text);
}

void mem_free(void *ptr)
{
	free(ptr);
}
