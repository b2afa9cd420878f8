/* routes.c - callbacks by name, and the patterns that are served */
/* SPDX-License-Identifier: MIT */
#include "handler/routes.h"

#include <errno.h>
#include <stdlib.h>

#include "handler/encode.h"
#include "handler/store.h"
#include "proto/event.h"
#include "proto/glob.h"

static struct route **find(struct route **at, struct slice name)
{
	while (*at && !slice_eq(slice_of((*at)->name), name))
		at = &(*at)->next;
	return at;
}

static struct route *route_new(struct slice name)
{
	struct route *route = calloc(1, sizeof(*route));

	if (route)
		route->name = store_text(name);
	if (route && !route->name) {
		free(route);
		return NULL;
	}
	return route;
}

static void route_drop(struct route **at)
{
	struct route *route = *at;

	*at = route->next;
	free(route->name);
	free(route);
}

int routes_set(struct routes *routes, const char *name, atrium_event_fn *fn)
{
	struct route **at;

	if (!name) {
		routes->others = fn;
		return 0;
	}
	if (!event_type_valid(slice_of(name)))
		return -EINVAL;
	at = find(&routes->named, slice_of(name));
	if (!fn) {
		if (*at) {
			route_drop(at);
			routes->count--;
		}
		return 0;
	}
	if (!*at) {
		*at = route_new(slice_of(name));
		if (!*at)
			return -ENOMEM;
		routes->count++;
	}
	(*at)->fn = fn;
	return 0;
}

atrium_event_fn *routes_find(const struct routes *routes, struct slice name)
{
	for (const struct route *route = routes->named; route; route = route->next)
		if (slice_eq(slice_of(route->name), name))
			return route->fn;
	return routes->others;
}

bool routes_empty(const struct routes *routes)
{
	return !routes->named && !routes->others;
}

void routes_done(struct routes *routes)
{
	while (routes->named)
		route_drop(&routes->named);
	*routes = (struct routes){ .count = 0 };
}

int patterns_set(struct patterns *patterns, struct slice rooms, unsigned what)
{
	struct route **at = find(&patterns->first, rooms);

	if (!event_room_valid(rooms) || (what & ~(unsigned)HANDLER_WHATS))
		return -EINVAL;
	if (what == 0) {
		if (*at) {
			route_drop(at);
			patterns->count--;
		}
		return 0;
	}
	if (!*at) {
		if (patterns->count >= PATTERNS_MAX)
			return -ENOSPC;
		*at = route_new(rooms);
		if (!*at)
			return -ENOMEM;
		patterns->count++;
	}
	(*at)->what = what;
	return 0;
}

int patterns_add(struct patterns *patterns, struct slice rooms, unsigned what)
{
	const struct route *route = *find(&patterns->first, rooms);

	return patterns_set(patterns, rooms, route ? what | route->what : what);
}

void patterns_done(struct patterns *patterns)
{
	while (patterns->first)
		route_drop(&patterns->first);
	patterns->count = 0;
}

/* A pattern that matches another one's text matches what that one matches. */
unsigned patterns_cover(const struct patterns *patterns, const char *rooms)
{
	unsigned what = 0;

	for (const struct route *route = patterns->first; route; route = route->next)
		if (glob_matches(slice_of(route->name), slice_of(rooms)))
			what |= route->what;
	return what;
}

static size_t names_len(const struct route *route)
{
	size_t len = 0;

	for (; route; route = route->next)
		len += strlen(route->name) + 3;
	return len;
}

int routes_serve(struct buf *out, uint64_t call, const struct patterns *patterns,
	const struct routes *commands)
{
	struct msg msg = { .type = MSG_SERVE, .serve = { .call = call } };
	struct buf rooms = { 0 }, names = { 0 };
	unsigned without = routes_empty(commands) ? ATRIUM_CALLS : 0;
	bool all = commands->others || commands->count > PATTERNS_MAX;
	int r = -ENOMEM;

	if (store_room(&rooms, names_len(patterns->first)) < 0 ||
		store_room(&names, names_len(commands->named)) < 0)
		goto done;
	for (const struct route *route = patterns->first; route; route = route->next) {
		struct msg_pattern pattern = { slice_of(route->name),
			(uint8_t)(route->what & ~without) };

		if (pattern.what)
			msg_add_pattern(&rooms, &msg.serve.patterns, &pattern);
	}
	for (const struct route *route = commands->named; route && !all; route = route->next) {
		struct msg_command command = { slice_of(route->name) };

		msg_add_command(&names, &msg.serve.commands, &command);
	}
	r = encode(out, &msg);
done:
	free(rooms.data);
	free(names.data);
	return r;
}
