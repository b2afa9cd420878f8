/* format.c - atrium_json(): JSON by a format, in which no string breaks out of its quotes */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/atrium.h"
#include "proto/base/utf8.h"

/* The first thing that goes wrong stays; then nothing more is written. */
struct writer {
	char *out;
	size_t size, len;
	int error;
};

static void put(struct writer *writer, const char *text, size_t len)
{
	if (writer->error)
		return;
	if (len >= writer->size - writer->len) {
		writer->error = -ENOSPC;
		return;
	}
	memcpy(writer->out + writer->len, text, len);
	writer->len += len;
}

static void put_escaped(struct writer *writer, unsigned char c)
{
	char text[8];

	if (c == '"' || c == '\\')
		snprintf(text, sizeof(text), "\\%c", c);
	else
		snprintf(text, sizeof(text), "\\u%04x", c);
	put(writer, text, strlen(text));
}

static void put_string(struct writer *writer, struct slice text)
{
	size_t run = 0;

	if (!text.ptr) {
		put(writer, "null", 4);
		return;
	}
	if (!utf8_valid(text)) {
		writer->error = writer->error ? writer->error : -EINVAL;
		return;
	}
	put(writer, "\"", 1);
	for (size_t at = 0; at < text.len; at++) {
		unsigned char c = (unsigned char)text.ptr[at];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
			continue;
		put(writer, text.ptr + run, at - run);
		put_escaped(writer, c);
		run = at + 1;
	}
	put(writer, text.ptr + run, text.len - run);
	put(writer, "\"", 1);
}

/* As few digits as tell it from all others; in every locale with a point. */
static void put_double(struct writer *writer, double number)
{
	char text[40];
	char *comma;

	if (!isfinite(number)) {
		put(writer, "null", 4);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	comma = strchr(text, ',');
	if (comma)
		*comma = '.';
	put(writer, text, strlen(text));
}

static void put_signed(struct writer *writer, long long number)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", number);

	put(writer, text, (size_t)len);
}

static void put_unsigned(struct writer *writer, unsigned long long number)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%llu", number);

	put(writer, text, (size_t)len);
}

/* A va_list within a struct can be handed on by reference, whatever it is made of. */
struct arguments {
	va_list list;
};

static struct slice next_string(struct arguments *arguments, bool counted)
{
	int most = counted ? va_arg(arguments->list, int) : -1;
	const char *text = va_arg(arguments->list, const char *);

	if (!text)
		return (struct slice){ NULL, 0 };
	return slice_make(text, most < 0 ? strlen(text) : strnlen(text, (size_t)most));
}

/* What follows a %: returns how many characters of the format it is; 0: it is not known. */
static size_t put_one(struct writer *writer, const char *at, struct arguments *arguments)
{
	va_list *list = &arguments->list;

	if (*at == '%')
		return put(writer, "%", 1), 1;
	if (*at == 's')
		return put_string(writer, next_string(arguments, false)), 1;
	if (strncmp(at, ".*s", 3) == 0)
		return put_string(writer, next_string(arguments, true)), 3;
	if (*at == 'd')
		return put_signed(writer, va_arg(*list, int)), 1;
	if (*at == 'u')
		return put_unsigned(writer, va_arg(*list, unsigned)), 1;
	if (strncmp(at, "ld", 2) == 0)
		return put_signed(writer, va_arg(*list, long)), 2;
	if (strncmp(at, "lu", 2) == 0)
		return put_unsigned(writer, va_arg(*list, unsigned long)), 2;
	if (strncmp(at, "lld", 3) == 0)
		return put_signed(writer, va_arg(*list, long long)), 3;
	if (strncmp(at, "llu", 3) == 0)
		return put_unsigned(writer, va_arg(*list, unsigned long long)), 3;
	if (strncmp(at, "zu", 2) == 0)
		return put_unsigned(writer, va_arg(*list, size_t)), 2;
	if (*at == 'g')
		return put_double(writer, va_arg(*list, double)), 1;
	return 0;
}

static void put_all(struct writer *writer, const char *format, struct arguments *arguments)
{
	while (*format && !writer->error) {
		size_t plain = strcspn(format, "%"), len;

		put(writer, format, plain);
		format += plain;
		if (!*format)
			return;
		len = put_one(writer, format + 1, arguments);
		if (len == 0)
			writer->error = -EINVAL;
		format += len + 1;
	}
}

int atrium_json(char *out, size_t size, const char *format, ...)
{
	struct writer writer = { .out = out, .size = size };
	struct arguments arguments;

	if (!out || size == 0 || !format)
		return -EINVAL;
	va_start(arguments.list, format);
	put_all(&writer, format, &arguments);
	va_end(arguments.list);
	if (!writer.error && writer.len > INT_MAX)
		writer.error = -ENOSPC;
	out[writer.error ? 0 : writer.len] = '\0';
	return writer.error ? writer.error : (int)writer.len;
}
