/* address.c - network addresses, nets, and who is behind a proxy; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/address.h"

#include <arpa/inet.h>

enum { V4_AT = 12, V4_LEN = 4, PREFIX_COUNTED = 8 /* bytes of an IPv6 address */ };

static const unsigned char v4_prefix[V4_AT] = { [10] = 0xff, [11] = 0xff };

bool address_is_v4(const struct address *address)
{
	return memcmp(address->bytes, v4_prefix, V4_AT) == 0;
}

struct address address_v4(const void *bytes)
{
	struct address address;

	memcpy(address.bytes, v4_prefix, V4_AT);
	memcpy(address.bytes + V4_AT, bytes, V4_LEN);
	return address;
}

bool address_is_known(const struct address *address)
{
	static const struct address unknown = { .bytes = { 0 } };

	return memcmp(address, &unknown, sizeof(unknown)) != 0;
}

bool address_is_loopback(const struct address *address)
{
	static const struct address v6 = { .bytes = { [ADDRESS_LEN - 1] = 1 } };

	return (address_is_v4(address) && address->bytes[V4_AT] == 127) ||
		memcmp(address, &v6, sizeof(v6)) == 0;
}

static struct slice trim(struct slice text)
{
	while (text.len && (*text.ptr == ' ' || *text.ptr == '\t'))
		text = slice_make(text.ptr + 1, text.len - 1);
	while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static bool parse_bare(struct slice text, struct address *ret_address)
{
	struct address address = { .bytes = { 0 } };
	char copy[ADDRESS_TEXT];

	if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, address.bytes + V4_AT) == 1)
		memcpy(address.bytes, v4_prefix, V4_AT);
	else if (inet_pton(AF_INET6, copy, address.bytes) != 1)
		return false;
	*ret_address = address;
	return address_is_known(&address);
}

static bool is_port(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return text.len > 0 && text.len <= 5;
}

/* `[::1]`, or `[::1]:80` */
static bool parse_bracketed(struct slice text, struct address *ret_address)
{
	const char *end = memchr(text.ptr, ']', text.len);
	struct slice inner, rest;

	if (!end)
		return false;
	inner = slice_make(text.ptr + 1, (size_t)(end - text.ptr) - 1);
	rest = slice_make(end + 1, text.len - inner.len - 2);
	if (rest.len && (*rest.ptr != ':' || !is_port(slice_make(rest.ptr + 1, rest.len - 1))))
		return false;
	return memchr(inner.ptr, ':', inner.len) && parse_bare(inner, ret_address);
}

bool address_parse(struct slice text, struct address *ret_address)
{
	const char *colon;
	size_t host;

	if (text.len && *text.ptr == '[')
		return parse_bracketed(text, ret_address);
	colon = text.len ? memchr(text.ptr, ':', text.len) : NULL;
	host = colon ? (size_t)(colon - text.ptr) : 0;
	if (colon && memchr(text.ptr, '.', host) &&
		is_port(slice_make(colon + 1, text.len - host - 1)))
		text.len = host;
	return parse_bare(text, ret_address);
}

static char *put_byte(char *to, unsigned byte)
{
	if (byte >= 100)
		*to++ = (char)('0' + byte / 100);
	if (byte >= 10)
		*to++ = (char)('0' + byte / 10 % 10);
	*to++ = (char)('0' + byte % 10);
	return to;
}

/* What inet_ntop() does with printf(), for each who comes. */
static void text_of_v4(const unsigned char bytes[V4_LEN], char *to)
{
	for (int i = 0; i < V4_LEN; i++) {
		to = put_byte(to, bytes[i]);
		*to++ = '.';
	}
	to[-1] = '\0';
}

void address_text(const struct address *address, char ret_text[ADDRESS_TEXT])
{
	*ret_text = '\0';
	if (address_is_v4(address))
		text_of_v4(address->bytes + V4_AT, ret_text);
	else if (address_is_known(address))
		(void)inet_ntop(AF_INET6, address->bytes, ret_text, ADDRESS_TEXT);
}

struct address address_counted(const struct address *address)
{
	struct address counted = *address;

	if (!address_is_v4(address) && !address_is_loopback(address))
		memset(counted.bytes + PREFIX_COUNTED, 0, ADDRESS_LEN - PREFIX_COUNTED);
	return counted;
}

/* ---- nets ---- */

static bool parse_prefix(struct slice text, unsigned max, unsigned *ret_bits)
{
	unsigned bits = 0;

	if (text.len == 0 || text.len > 3)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		bits = bits * 10 + (unsigned)(text.ptr[i] - '0');
	}
	*ret_bits = bits;
	return bits <= max;
}

/* `::/0` has an address that no one else may have. */
static bool parse_net(struct slice text, struct address *ret_base, unsigned *ret_bits)
{
	const char *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
	struct slice base = slash ? slice_make(text.ptr, (size_t)(slash - text.ptr)) : text;
	bool v4;

	*ret_bits = 8 * ADDRESS_LEN;
	if (slash && slice_eq(base, SLICE("::")))
		*ret_base = (struct address){ .bytes = { 0 } };
	else if (!parse_bare(base, ret_base))
		return false;
	if (!slash)
		return true;
	v4 = !memchr(base.ptr, ':', base.len);
	if (!parse_prefix(slice_make(slash + 1, text.len - base.len - 1),
		    v4 ? 8 * V4_LEN : 8 * ADDRESS_LEN, ret_bits))
		return false;
	*ret_bits += v4 ? 8 * V4_AT : 0;
	return true;
}

bool address_net_valid(struct slice text)
{
	struct address base;
	unsigned bits;

	return parse_net(text, &base, &bits);
}

const char *address_net_check(struct slice text)
{
	return address_net_valid(text) ? NULL : "this is no address and no net";
}

static bool starts_alike(const struct address *a, const struct address *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a->bytes, b->bytes, bits / 8) != 0)
		return false;
	return rest == 0 || (a->bytes[bits / 8] ^ b->bytes[bits / 8]) >> (8 - rest) == 0;
}

bool address_is_in(const struct address *address, char *const *nets)
{
	for (; *nets; nets++) {
		struct address base;
		unsigned bits;

		if (parse_net(slice_of(*nets), &base, &bits) && starts_alike(address, &base, bits))
			return true;
	}
	return false;
}

/* ---- proxies ---- */

/* Takes the last of a list off its end. */
static struct slice take_last(struct slice *list)
{
	const char *comma = list->len ? memrchr(list->ptr, ',', list->len) : NULL;
	size_t at = comma ? (size_t)(comma - list->ptr) + 1 : 0;
	struct slice last = slice_make(list->ptr + at, list->len - at);

	list->len = comma ? at - 1 : 0;
	return trim(last);
}

struct address address_of_client(
	const struct address *peer, struct slice forwarded_for, char *const *proxies)
{
	struct address at = *peer, next;

	while (forwarded_for.len && (!address_is_known(&at) || address_is_in(&at, proxies))) {
		/* what cannot be read ends what can be believed */
		if (!address_parse(take_last(&forwarded_for), &next))
			break;
		at = next;
	}
	return at;
}
