/* extensions.c - Sec-WebSocket-Extensions: what a client offers, and what is agreed on */
/* SPDX-License-Identifier: MIT */
#include "gateway/extensions.h"

#include <errno.h>

/* A parameter of an extension. */
struct param {
	struct slice name;
	struct slice value; /* without quotes; empty: there is none, for a token is never empty */
};

/* Parameters of permessage-deflate that were named. */
enum {
	SERVER_NO_TAKEOVER = 1,
	CLIENT_NO_TAKEOVER = 2,
	SERVER_BITS = 4,
	CLIENT_BITS = 8,
};

/* ---- RFC 6455 section 9.1, RFC 9110 section 5.6 ---- */

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static void skip(struct slice *rest, size_t n)
{
	*rest = slice_make(rest->ptr + n, rest->len - n);
}

static void skip_blanks(struct slice *rest)
{
	while (rest->len && (*rest->ptr == ' ' || *rest->ptr == '\t'))
		skip(rest, 1);
}

/* Takes this character and the blanks before and after it; false: another one is next. */
static bool take_char(struct slice *rest, char c)
{
	skip_blanks(rest);
	if (rest->len == 0 || *rest->ptr != c)
		return false;
	skip(rest, 1);
	skip_blanks(rest);
	return true;
}

static bool take_token(struct slice *rest, struct slice *ret_token)
{
	size_t n = 0;

	while (n < rest->len && is_token_char(rest->ptr[n]))
		n++;
	*ret_token = slice_make(rest->ptr, n);
	skip(rest, n);
	return n > 0;
}

/*
 * What is in quotes has to be a token too, so nothing in it needs a backslash; who writes one
 * anyway has it taken for what no value of ours begins with.
 */
static bool take_quoted(struct slice *rest, struct slice *ret_value)
{
	size_t n = 0;

	while (n < rest->len && rest->ptr[n] != '"') {
		if (rest->ptr[n] == '\\' && ++n == rest->len)
			return false;
		if (!is_token_char(rest->ptr[n]))
			return false;
		n++;
	}
	if (n == 0 || n == rest->len)
		return false;
	*ret_value = slice_make(rest->ptr, n);
	skip(rest, n + 1);
	return true;
}

static bool take_param(struct slice *rest, struct param *ret_param)
{
	ret_param->value = slice_of(NULL);
	if (!take_token(rest, &ret_param->name))
		return false;
	if (!take_char(rest, '='))
		return true;
	if (rest->len && *rest->ptr == '"') {
		skip(rest, 1);
		return take_quoted(rest, &ret_param->value);
	}
	return take_token(rest, &ret_param->value);
}

/* ---- RFC 7692 section 7.1 ---- */

/* 8 to 15, no leading zero; 0: it is something else. */
static uint8_t read_bits(struct slice value)
{
	if (value.len == 1 && (value.ptr[0] == '8' || value.ptr[0] == '9'))
		return (uint8_t)(value.ptr[0] - '0');
	if (value.len == 2 && value.ptr[0] == '1' && value.ptr[1] >= '0' && value.ptr[1] <= '5')
		return (uint8_t)(10 + value.ptr[1] - '0');
	return 0;
}

/* Which it is; 0: unknown, or with a value that it may not have. */
static int which_param(const struct param *param)
{
	if (slice_eq(param->name, SLICE("server_no_context_takeover")))
		return param->value.len ? 0 : SERVER_NO_TAKEOVER;
	if (slice_eq(param->name, SLICE("client_no_context_takeover")))
		return param->value.len ? 0 : CLIENT_NO_TAKEOVER;
	if (slice_eq(param->name, SLICE("server_max_window_bits")))
		return read_bits(param->value) ? SERVER_BITS : 0;
	if (slice_eq(param->name, SLICE("client_max_window_bits")))
		return param->value.len == 0 || read_bits(param->value) ? CLIENT_BITS : 0;
	return 0;
}

/* One extension with its parameters. deflate_bits stays 0 where it is not for us. */
static bool take_offer(struct slice *rest, struct extensions *ret_offer)
{
	struct extensions offer = { .deflate_bits = EXTENSIONS_BITS_MAX };
	struct param param;
	struct slice name;
	int named = 0;
	bool good;

	if (!take_token(rest, &name))
		return false;
	good = slice_eq(name, SLICE("permessage-deflate"));
	while (take_char(rest, ';')) {
		int which;

		if (!take_param(rest, &param))
			return false;
		which = which_param(&param);
		good = good && which && !(named & which);
		named |= which;
		if (which == SERVER_BITS)
			offer.deflate_bits = read_bits(param.value);
	}
	offer.bits_asked = named & SERVER_BITS;
	*ret_offer = good ? offer : (struct extensions){ .deflate_bits = 0 };
	return true;
}

int extensions_read(struct slice offers, struct extensions *ret_extensions)
{
	struct extensions found = { .deflate_bits = 0 }, offer;

	for (;;) {
		/* a list may have empty elements */
		while (take_char(&offers, ','))
			;
		if (offers.len == 0)
			break;
		if (!take_offer(&offers, &offer))
			return -EINVAL;
		if (!found.deflate_bits)
			found = offer;
		skip_blanks(&offers);
		if (offers.len && *offers.ptr != ',')
			return -EINVAL;
	}
	*ret_extensions = found;
	return 0;
}

void extensions_answer(const struct extensions *extensions, struct buf *out)
{
	if (!extensions->deflate_bits)
		return;
	buf_put(out,
		SLICE("permessage-deflate; server_no_context_takeover; "
		      "client_no_context_takeover"));
	if (extensions->bits_asked)
		buf_printf(out, "; server_max_window_bits=%d", extensions->deflate_bits);
}
