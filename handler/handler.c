/* handler.c - a handler without its loop: its parts, its callbacks, what it serves */
/* SPDX-License-Identifier: MIT */
#include "handler/handler.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/version.h"

enum {
	NAME_MAX_LEN = 64,
	LINE_MAX_LEN = 1024,
};

unsigned atrium_version(void)
{
	return ATRIUM_API_VERSION;
}

const char *atrium_release(void)
{
	return ATRIUM_VERSION;
}

static bool name_valid(struct slice name)
{
	bool good = name.len > 0 && name.len <= NAME_MAX_LEN;

	for (size_t i = 0; i < name.len && good; i++)
		good = (name.ptr[i] >= 'a' && name.ptr[i] <= 'z') ||
			(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z') ||
			(name.ptr[i] >= '0' && name.ptr[i] <= '9') ||
			strchr("._-", name.ptr[i]) != NULL;
	return good;
}

int handler_new(const char *name, void *user, uint64_t epoch, struct atrium **ret_atrium)
{
	struct atrium *atrium;

	if (!name || !name_valid(slice_of(name)))
		return -EINVAL;
	atrium = calloc(1, sizeof(*atrium));
	if (!atrium)
		return -ENOMEM;
	intake_init(&atrium->intake);
	queue_init(&atrium->queue);
	list_init(&atrium->questions);
	atrium->user = user;
	atrium->epoch = epoch;
	atrium->name = store_text(slice_of(name));
	if (!atrium->name) {
		handler_free(atrium);
		return -ENOMEM;
	}
	*ret_atrium = atrium;
	return 0;
}

/* Those that are queued by a callback meanwhile get theirs as well. */
static void cancel_all(struct atrium *atrium)
{
	const struct atrium_result result = { .error = "canceled" };

	atrium->queue.max_count = 0; /* so there is an end to it */
	while (!list_empty(&atrium->queue.items)) {
		struct item *item = LIST_ENTRY(atrium->queue.items.next, struct item, link);

		list_remove(&item->link);
		if (item->fn)
			item->fn(atrium, &result, item->arg);
		item_free(item);
	}
}

void handler_free(struct atrium *atrium)
{
	if (!atrium)
		return;
	atrium->inside = true;
	cancel_all(atrium);
	queue_done(&atrium->queue);
	matters_free(atrium);
	routes_done(&atrium->on.messages);
	routes_done(&atrium->on.commands);
	routes_done(&atrium->on.guards);
	patterns_done(&atrium->serves);
	patterns_done(&atrium->allowed);
	free(atrium->session.batch.data);
	free(atrium->name);
	free(atrium);
}

void *atrium_user(const struct atrium *atrium)
{
	return atrium->user;
}

const char *atrium_name(const struct atrium *atrium)
{
	return atrium->name;
}

int atrium_is_up(const struct atrium *atrium)
{
	return atrium->session.state == SESSION_UP;
}

/* ---- what it tells ---- */

void handler_log(struct atrium *atrium, int level, const char *format, ...)
{
	char text[LINE_MAX_LEN];
	va_list args;

	if (!atrium->on.log || atrium->doomed)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	atrium->on.log(atrium, level, text, atrium->user);
}

void handler_error(struct atrium *atrium, int error, const char *format, ...)
{
	char text[LINE_MAX_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	handler_log(atrium, 4, "%s", text);
	if (atrium->on.error && !atrium->doomed)
		atrium->on.error(atrium, error, text, atrium->user);
}

void handler_call(struct atrium *atrium, atrium_link_fn *fn)
{
	if (fn && !atrium->doomed)
		fn(atrium, atrium->user);
}

/* ---- what it serves ---- */

static void serve_again(struct atrium *atrium)
{
	struct session *session = &atrium->session;

	if (session->state == SESSION_LINKED || session->state == SESSION_UP)
		session->serve = true;
	handler_touch(atrium);
}

int atrium_serve(struct atrium *atrium, const char *pattern, unsigned what)
{
	int r;

	if (!atrium)
		return -EINVAL;
	r = patterns_set(&atrium->serves, slice_of(pattern), what);
	if (r == 0)
		serve_again(atrium);
	return r;
}

int atrium_allowed(const struct atrium *atrium, size_t index, const char **ret_pattern)
{
	const struct route *route = atrium->allowed.first;

	while (route && index-- > 0)
		route = route->next;
	if (!route)
		return -ENOENT;
	*ret_pattern = route->name;
	return (int)route->what;
}

/* ---- callbacks ---- */

int atrium_on_message(struct atrium *atrium, const char *type, atrium_event_fn *fn)
{
	return atrium ? routes_set(&atrium->on.messages, type, fn) : -EINVAL;
}

int atrium_on_guard(struct atrium *atrium, const char *type, atrium_event_fn *fn)
{
	return atrium ? routes_set(&atrium->on.guards, type, fn) : -EINVAL;
}

int atrium_on_command(struct atrium *atrium, const char *command, atrium_event_fn *fn)
{
	int r = atrium ? routes_set(&atrium->on.commands, command, fn) : -EINVAL;

	if (r == 0)
		serve_again(atrium); /* the hub is told the names */
	return r;
}

/* clang-format off */
#define CALLBACK(name, type) \
	int atrium_on_##name(struct atrium *atrium, type *fn) \
	{ \
		if (!atrium) \
			return -EINVAL; \
		atrium->on.name = fn; \
		return 0; \
	}
CALLBACK(connect, atrium_event_fn)
CALLBACK(disconnect, atrium_event_fn)
CALLBACK(state, atrium_event_fn)
CALLBACK(missed, atrium_event_fn)
CALLBACK(withdrawn, atrium_event_fn)
CALLBACK(up, atrium_link_fn)
CALLBACK(down, atrium_link_fn)
CALLBACK(room, atrium_link_fn)
CALLBACK(error, atrium_error_fn)
CALLBACK(log, atrium_log_fn)
#undef CALLBACK
/* clang-format on */
