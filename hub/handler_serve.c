/* handler_serve.c - which rooms a handler serves, and which handlers a room has */
/* SPDX-License-Identifier: MIT */
#include "hub/hub.h"
#include "proto/base/mem.h"
#include "proto/glob.h"

/* What the settings let it do in the rooms of [handler] rooms; in those of guard, all. */
enum { SERVES = HANDLER_PEOPLE | HANDLER_MESSAGES | HANDLER_CALLS | HANDLER_STATE };

static const struct slice everything = SLICE("*");

static bool matches(char *const *patterns, struct slice room)
{
	for (; *patterns; patterns++)
		if (glob_matches(slice_of(*patterns), room))
			return true;
	return false;
}

bool handler_may_serve(const struct handler *handler, struct slice room)
{
	return matches(handler->settings->rooms, room) || matches(handler->settings->guard, room);
}

bool handler_may_all(const struct handler *handler)
{
	for (char *const *pattern = handler->settings->rooms; *pattern; pattern++)
		if (slice_eq(slice_of(*pattern), everything))
			return true;
	return false;
}

bool handler_may_reach(const struct handler *handler, const struct conn *conn)
{
	if (handler_may_all(handler))
		return true;
	for (const struct list *link = conn->members.next; link != &conn->members;
		link = link->next)
		if (handler_may_serve(handler,
			    LIST_ENTRY(link, const struct member, by_conn)->key.room->name))
			return true;
	return false;
}

/* ---- rooms ---- */

static uint8_t what_of(const struct handler *handler, struct slice room)
{
	struct msg_list patterns = handler->patterns;
	struct msg_pattern pattern;
	uint8_t what = 0;

	while (msg_next_pattern(&patterns, &pattern))
		if ((what | pattern.what) != what && glob_matches(pattern.rooms, room))
			what |= pattern.what;
	if (what == 0 || matches(handler->settings->guard, room))
		return what;
	return matches(handler->settings->rooms, room) ? what & SERVES : 0;
}

void handlers_attach(struct hub *hub, struct room *room)
{
	const struct list *all = &hub->handlers.all;
	_cleanup_(mem_freep) struct handler_seat *seats = NULL;
	struct handler *guard = NULL;
	unsigned count = 0;

	if (hub->handlers.count)
		seats = mem_array(hub->handlers.count, sizeof(*seats));
	for (const struct list *link = all->next; link != all; link = link->next) {
		struct handler *handler = LIST_ENTRY(link, struct handler, all);
		uint8_t what = what_of(handler, room->name);

		if (what)
			seats[count++] = (struct handler_seat){ handler, what };
		if (!guard && matches(handler->settings->guard, room->name))
			guard = handler;
	}
	mem_free(room->handlers);
	room->handlers = NULL;
	if (count == 0 && !guard)
		return;
	room->handlers = mem_alloc(sizeof(*room->handlers) + count * sizeof(*seats));
	room->handlers->guard = guard;
	room->handlers->count = count;
	if (count)
		memcpy(room->handlers->seats, seats, count * sizeof(*seats));
}

void handlers_attach_all(struct hub *hub)
{
	for (struct room *room = hub->rooms.by_name; room; room = room->hh.next)
		handlers_attach(hub, room);
}

struct handler *handlers_guarding(const struct handlers *handlers, struct slice room)
{
	const struct list *all = &handlers->all;

	for (const struct list *link = all->next; link != all; link = link->next) {
		struct handler *handler = LIST_ENTRY(link, struct handler, all);

		if (matches(handler->settings->guard, room))
			return handler;
	}
	return NULL;
}

struct handler *handlers_guard(const struct room *room, struct slice type)
{
	struct handler *guard = room->handlers ? room->handlers->guard : NULL;
	char *const *types = guard ? guard->settings->guard_types : NULL;

	if (!guard || !*types)
		return guard;
	for (; *types; types++)
		if (slice_eq(slice_of(*types), type))
			return guard;
	return NULL;
}

bool handler_guards(const struct handler *handler, const struct room *room)
{
	const struct room_handlers *handlers = room->handlers;

	for (unsigned i = 0; handlers && i < handlers->count; i++)
		if (handlers->seats[i].handler == handler)
			return (handlers->seats[i].what & HANDLER_GUARD) != 0;
	return false;
}

static bool answers(const struct handler *handler, struct slice name)
{
	struct msg_list commands = handler->commands;
	struct msg_command command;

	if (commands.count == 0)
		return true;
	while (msg_next_command(&commands, &command))
		if (slice_eq(command.name, name))
			return true;
	return false;
}

/* When it was last here; of one that a journal had, when that was read. */
static struct mono last_here(const struct handler *handler)
{
	const struct gateway *gateway = handler->gateway;

	return gateway && mono_before(handler->since, gateway->since) ? gateway->since
								      : handler->since;
}

bool handler_expected(const struct handler *handler, struct mono now)
{
	uint64_t deadline = (uint64_t)handler->settings->deadline;

	return handler_linked(handler) ||
		mono_before(now, mono_after(last_here(handler), deadline));
}

struct handler *handlers_answerer(const struct room *room, struct slice command, struct mono now)
{
	const struct room_handlers *handlers = room->handlers;
	struct handler *expected = NULL;

	for (unsigned i = 0; handlers && i < handlers->count; i++) {
		struct handler *handler = handlers->seats[i].handler;

		if (!(handlers->seats[i].what & HANDLER_CALLS) || !answers(handler, command))
			continue;
		if (handler_linked(handler))
			return handler;
		if (!expected && handler_expected(handler, now))
			expected = handler;
	}
	return expected;
}

/* ---- SERVE ---- */

static enum error check(const struct msg_serve *serve)
{
	struct msg_list patterns = serve->patterns, commands = serve->commands;
	struct msg_pattern pattern;
	struct msg_command command;

	if (patterns.count > HANDLER_PATTERNS_MAX || commands.count > HANDLER_PATTERNS_MAX)
		return ERROR_BAD_MESSAGE;
	while (msg_next_pattern(&patterns, &pattern)) {
		if (!event_room_valid(pattern.rooms))
			return ERROR_BAD_ROOM;
		if (pattern.what == 0 || (pattern.what & ~HANDLER_WHATS))
			return ERROR_BAD_MESSAGE;
	}
	while (msg_next_command(&commands, &command))
		if (!event_type_valid(command.name))
			return ERROR_BAD_MESSAGE;
	return ERROR_NONE;
}

static void take(struct handler *handler, struct slice served)
{
	struct slice rest;
	struct msg msg;

	buf_clear(&handler->served);
	buf_put(&handler->served, served);
	rest = buf_slice(&handler->served);
	if (msg_decode(&rest, &msg) < 0 || msg.type != MSG_SERVE)
		return;
	handler->patterns = msg.serve.patterns;
	handler->commands = msg.serve.commands;
}

void handler_restore_serve(struct handler *handler, struct slice served)
{
	take(handler, served);
}

static void add_allowed(struct buf *raw, struct msg_list *list, char *const *patterns, uint8_t what)
{
	for (; *patterns; patterns++) {
		struct msg_pattern pattern = { .rooms = slice_of(*patterns), .what = what };

		msg_add_pattern(raw, list, &pattern);
	}
}

static void answer(
	struct hub *hub, struct handler *handler, const struct msg_serve *serve, enum error error)
{
	struct msg msg = { .type = MSG_SERVED, .served = { .call = serve->call } };
	struct msg_list *allowed = &msg.served.allowed;

	if (error != ERROR_NONE)
		msg.served.error = slice_of(error_row(error)->code);
	buf_clear(&hub->raw);
	add_allowed(&hub->raw, allowed, handler->settings->rooms, SERVES);
	add_allowed(&hub->raw, allowed, handler->settings->guard, HANDLER_WHATS);
	handler_send_loose(handler, &msg);
}

void handler_serve(struct hub *hub, struct handler *handler, const struct msg_serve *serve)
{
	_cleanup_(buf_done) struct buf said = { .cap = 0 };
	struct msg msg = { .type = MSG_SERVE,
		.serve = { .patterns = serve->patterns, .commands = serve->commands } };
	enum error error = check(serve);

	if (error == ERROR_NONE)
		msg_encode(&said, &msg);
	if (error == ERROR_NONE && !slice_eq(buf_slice(&said), buf_slice(&handler->served))) {
		take(handler, buf_slice(&said));
		handler->dirty = true;
		handlers_attach_all(hub);
	}
	answer(hub, handler, serve, error);
}
