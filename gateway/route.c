/* route.c - what a path leads to, and what a query says; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/route.h"

#include <strings.h>

#include "gateway/pathname.h"

static const struct {
	const char *path;
	struct route route;
} paths[] = {
	{ "/api/ws", { .kind = ROUTE_WEBSOCKET, .dialect = DIALECT_ROOM } },
	{ "/ws", { .kind = ROUTE_WEBSOCKET, .dialect = DIALECT_ROOM } },
	{ "/connect", { .kind = ROUTE_WEBSOCKET, .dialect = DIALECT_COMMAND } },
	{ "/", { .kind = ROUTE_FILE, .file = { "index.html", 10 } } },
	{ "/static/", { .kind = ROUTE_FILE, .file = { "index.html", 10 } } },
	{ "/admin/websocket", { .kind = ROUTE_FILE, .file = { "admin.html", 10 } } },
	{ "/healthz", { .kind = ROUTE_HEALTH } },
	{ "/readyz", { .kind = ROUTE_READY } },
#define RANGE(NAME, name, step, rows) \
	{ "/api/series/" name, { .kind = ROUTE_SERIES, .range = RANGE_##NAME } },
#include "proto/ranges.def"
#undef RANGE
};

/* Folders in which every name is a room's. */
static const struct {
	struct slice folder;
	enum dialect_id dialect;
} folders[] = {
	{ SLICE("/ws/"), DIALECT_RAW },
	{ SLICE("/socket/"), DIALECT_COMMAND },
};

/* No part of it is empty, is `.` or `..`, or is hidden. */
static bool file_is_plain(struct slice file)
{
	bool first = true;

	for (size_t i = 0; i < file.len; i++) {
		if (file.ptr[i] == '\0' || (first && (file.ptr[i] == '.' || file.ptr[i] == '/')))
			return false;
		first = file.ptr[i] == '/';
	}
	return !first;
}

static struct route match_room(struct slice path)
{
	struct route route = { .kind = ROUTE_NONE };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (!pathname_below(path, folders[i].folder, &route.room))
			continue;
		route.kind = ROUTE_WEBSOCKET;
		route.dialect = folders[i].dialect;
		route.in_path = true;
		break;
	}
	return route;
}

struct route route_match(struct slice path, bool websocket)
{
	static const struct slice folder = { "/static/", 8 };
	struct slice file;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!slice_eq(path, slice_of(paths[i].path)))
			continue;
		if (paths[i].route.kind == ROUTE_WEBSOCKET && !websocket)
			break;
		return paths[i].route;
	}
	if (!slice_starts(path, folder))
		return websocket ? match_room(path) : (struct route){ .kind = ROUTE_NONE };
	file = slice_make(path.ptr + folder.len, path.len - folder.len);
	if (!file_is_plain(file))
		return (struct route){ .kind = ROUTE_NONE };
	return (struct route){ .kind = ROUTE_FILE, .file = file };
}

/* What a query may say, and where that is kept. */
static const struct {
	struct slice name;
	size_t value;
} parameters[] = {
	{ SLICE("id"), offsetof(struct route_query, id) },
	{ SLICE("nickname"), offsetof(struct route_query, nickname) },
	{ SLICE("room"), offsetof(struct route_query, room) },
	{ SLICE("channel"), offsetof(struct route_query, room) },
	{ SLICE("ch"), offsetof(struct route_query, room) },
	{ SLICE("token"), offsetof(struct route_query, token) },
	{ SLICE("resume"), offsetof(struct route_query, resume) },
	{ SLICE("since"), offsetof(struct route_query, since) },
	{ SLICE("epoch"), offsetof(struct route_query, epoch) },
	{ SLICE("echo"), offsetof(struct route_query, echo) },
	{ SLICE("state"), offsetof(struct route_query, state) },
	{ SLICE("rev"), offsetof(struct route_query, rev) },
};

void route_query_add(struct route_query *query, struct slice pair)
{
	const char *equals = pair.len ? memchr(pair.ptr, '=', pair.len) : NULL;
	struct slice name;

	if (!equals)
		return;
	name = slice_make(pair.ptr, (size_t)(equals - pair.ptr));
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		struct slice *value = (void *)((char *)query + parameters[i].value);

		if (slice_eq(name, parameters[i].name) && !value->len)
			*value = slice_make(equals + 1, pair.len - name.len - 1);
	}
}

static struct slice trimmed(struct slice text)
{
	while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
		text.ptr++;
		text.len--;
	}
	while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

/* RFC 6750 token68, which a JWT is made of too. */
static bool is_token68(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
			(c == '\0' || !strchr("-._~+/=", c)))
			return false;
	}
	return text.len > 0;
}

static bool is_bearer(struct slice word)
{
	return word.len == 6 && strncasecmp(word.ptr, "bearer", 6) == 0;
}

struct slice route_bearer(struct slice authorization)
{
	struct slice text = trimmed(authorization);
	struct slice token;

	if (text.len < 8 || !is_bearer(slice_make(text.ptr, 6)) || text.ptr[6] != ' ')
		return (struct slice){ 0 };
	token = trimmed(slice_make(text.ptr + 7, text.len - 7));
	return is_token68(token) ? token : (struct slice){ 0 };
}

/* Takes the first of a list off its front. */
static struct slice take_listed(struct slice *list)
{
	const char *comma = list->len ? memchr(list->ptr, ',', list->len) : NULL;
	size_t n = comma ? (size_t)(comma - list->ptr) : list->len;
	struct slice word = slice_make(list->ptr, n);

	n += comma ? 1 : 0;
	*list = slice_make(list->ptr + n, list->len - n);
	return trimmed(word);
}

struct slice route_subprotocol_token(struct slice subprotocols)
{
	while (subprotocols.len) {
		struct slice token;

		if (!is_bearer(take_listed(&subprotocols)))
			continue;
		token = take_listed(&subprotocols);
		return is_token68(token) ? token : (struct slice){ 0 };
	}
	return (struct slice){ 0 };
}

struct slice route_cookie_token(struct slice cookies, struct slice name)
{
	while (cookies.len) {
		const char *end = memchr(cookies.ptr, ';', cookies.len);
		size_t len = end ? (size_t)(end - cookies.ptr) : cookies.len;
		struct slice pair = trimmed(slice_make(cookies.ptr, len));

		len += end ? 1 : 0;
		cookies = slice_make(cookies.ptr + len, cookies.len - len);
		if (pair.len <= name.len || !slice_starts(pair, name) || pair.ptr[name.len] != '=')
			continue;
		pair = slice_make(pair.ptr + name.len + 1, pair.len - name.len - 1);
		return is_token68(pair) ? pair : (struct slice){ 0 };
	}
	return (struct slice){ 0 };
}
