/* origin.c - which pages may connect: the Origin header against the Host header and the settings */
/* SPDX-License-Identifier: MIT */
#include "gateway/origin.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <strings.h>

/* Of `scheme://host:port`; host is without the brackets of an IPv6 address. */
struct authority {
	struct slice scheme;
	struct slice host;
	bool v6;
	unsigned port; /* 0: none was named */
};

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

static bool same_text(struct slice a, struct slice b)
{
	return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

static struct slice after(struct slice text, size_t n)
{
	return slice_make(text.ptr + n, text.len - n);
}

/* Takes a name, an IPv4 address or an IPv6 address in brackets off the front of `text`. */
static bool take_host(struct slice *text, struct authority *ret_authority)
{
	const char *close;
	size_t n = 0;

	if (text->len && text->ptr[0] == '[') {
		close = memchr(text->ptr, ']', text->len);
		if (!close)
			return false;
		n = (size_t)(close - text->ptr);
		for (size_t i = 1; i < n; i++)
			if (!is_alnum(text->ptr[i]) && text->ptr[i] != ':' && text->ptr[i] != '.')
				return false;
		ret_authority->v6 = true;
		ret_authority->host = slice_make(text->ptr + 1, n - 1);
		*text = after(*text, n + 1);
		return n > 1;
	}
	while (n < text->len && (is_alnum(text->ptr[n]) || is_one_of(text->ptr[n], "-._~")))
		n++;
	if (n == 0)
		return false;
	ret_authority->host = slice_make(text->ptr, n);
	*text = after(*text, n);
	return true;
}

/* Nothing, or `:` and a number; `text` must end there. */
static bool take_port(struct slice text, unsigned *ret_port)
{
	unsigned port = 0;

	if (text.len == 0)
		return true;
	if (text.ptr[0] != ':' || text.len < 2 || text.len > 6)
		return false;
	for (size_t i = 1; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		port = port * 10 + (unsigned)(text.ptr[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return false;
	*ret_port = port;
	return true;
}

static bool parse_host(struct slice text, struct authority *ret_authority)
{
	return take_host(&text, ret_authority) && take_port(text, &ret_authority->port);
}

static bool parse_origin(struct slice text, struct authority *ret_authority)
{
	size_t n = 0;

	while (n < text.len && (is_alnum(text.ptr[n]) || is_one_of(text.ptr[n], "+-.")))
		n++;
	if (n == 0 || !slice_starts(after(text, n), SLICE("://")))
		return false;
	ret_authority->scheme = slice_make(text.ptr, n);
	return parse_host(after(text, n + 3), ret_authority);
}

/* The port that is meant; `scheme` says which one where none is named. */
static unsigned port_of(const struct authority *authority, struct slice scheme)
{
	if (authority->port)
		return authority->port;
	return same_text(scheme, SLICE("https")) || same_text(scheme, SLICE("wss")) ? 443 : 80;
}

static bool is_loopback(const struct authority *authority)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr v6;
	struct in_addr v4;

	if (!authority->v6 && same_text(authority->host, SLICE("localhost")))
		return true;
	if (authority->host.len >= sizeof(text))
		return false;
	memcpy(text, authority->host.ptr, authority->host.len);
	text[authority->host.len] = '\0';
	if (authority->v6)
		return inet_pton(AF_INET6, text, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	return inet_pton(AF_INET, text, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

static bool same_host(const struct authority *origin, struct slice host_header)
{
	struct authority host = { 0 };

	return parse_host(host_header, &host) && host.v6 == origin->v6 &&
		same_text(host.host, origin->host) &&
		port_of(&host, origin->scheme) == port_of(origin, origin->scheme);
}

/* One of the setting's; a slash at its end does no harm. */
static bool is_listed(const struct authority *origin, struct slice entry)
{
	struct authority listed = { 0 };

	if (entry.len && entry.ptr[entry.len - 1] == '/')
		entry.len--;
	return parse_origin(entry, &listed) && listed.v6 == origin->v6 &&
		same_text(listed.scheme, origin->scheme) && same_text(listed.host, origin->host) &&
		port_of(&listed, listed.scheme) == port_of(origin, origin->scheme);
}

bool origin_allowed(struct slice origin, struct slice host, char *const *origins)
{
	struct authority authority = { 0 };
	bool parsed;

	if (origin.len == 0)
		return true;
	parsed = parse_origin(origin, &authority);
	if (!*origins)
		return parsed && (same_host(&authority, host) || is_loopback(&authority));
	for (; *origins; origins++) {
		struct slice entry = slice_of(*origins);

		if (slice_eq(entry, SLICE("*")))
			return true;
		if (!parsed && slice_eq(origin, SLICE("null")) && slice_eq(entry, origin))
			return true;
		if (parsed && is_listed(&authority, entry))
			return true;
	}
	return false;
}

bool origin_host_valid(struct slice host)
{
	struct authority authority = { 0 };

	return parse_host(host, &authority);
}
