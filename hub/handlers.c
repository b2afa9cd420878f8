/* handlers.c - users' own processes that serve rooms: settings, coming, going, bounds */
/* SPDX-License-Identifier: MIT */
#include "hub/handlers.h"

#include <string.h>

#include "hub/done.h"
#include "hub/hub.h"
#include "hub/journal.h"
#include "proto/base/mem.h"

enum {
	NAME_MAX_LEN = 64,
	WAIT_MS = 50, /* how often it is looked whether the gateways are ready */
};

static char *all_rooms[] = { "*", NULL };
static char *nothing[] = { NULL };

/* Of one that has no section, where that may be. */
static const struct handler_settings open_settings = { .rooms = all_rooms,
	.guard = nothing,
	.guard_types = nothing,
	.absent = ABSENT_REFUSE,
	.deadline = 2000,
	.pending = 1000,
	.results = 4 << 20,
	.user = nothing,
	.group = nothing,
	.backlog = 16 << 20,
	.keep = 60 * 60 * 1000 };

static struct handler *entry(const struct list *link)
{
	return LIST_ENTRY(link, struct handler, all);
}

const char *handler_name_check(struct slice name)
{
	bool good = name.len > 0 && name.len <= NAME_MAX_LEN;

	for (size_t i = 0; i < name.len && good; i++)
		good = (name.ptr[i] >= 'a' && name.ptr[i] <= 'z') ||
			(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z') ||
			(name.ptr[i] >= '0' && name.ptr[i] <= '9') ||
			(name.ptr[i] && strchr("._-", name.ptr[i]));
	return good ? NULL : "a handler's name is 1 to 64 of a-z A-Z 0-9 . _ -";
}

void handlers_init(struct handlers *handlers, const struct outlet *outlet, uint64_t epoch)
{
	*handlers = (struct handlers){ .count = 0 };
	list_init(&handlers->all);
	peers_init(&handlers->peers, outlet, epoch, (struct mono){ 0 });
	handlers->peers.linked = COUNTER_HUB_HANDLERS;
}

struct handler *handlers_find(const struct handlers *handlers, struct slice name)
{
	for (const struct list *link = handlers->all.next; link != &handlers->all;
		link = link->next)
		if (slice_eq(slice_of(entry(link)->name), name))
			return entry(link);
	return NULL;
}

struct handler *handlers_by_key(const struct handlers *handlers, uint64_t key)
{
	const struct gateway *gateway = peers_find(&handlers->peers, key);

	return gateway ? gateway->handler : NULL;
}

bool handler_linked(const struct handler *handler)
{
	return handler->welcomed;
}

size_t handler_unread(const struct handler *handler)
{
	size_t waits = handler->gateway->out.bytes, events = (size_t)handler->settings->backlog;

	return waits > events ? waits - events : 0;
}

static struct handler *handler_new(struct handlers *handlers, struct slice name)
{
	struct handler *handler = mem_alloc(sizeof(*handler));

	handler->name = slice_dup(name);
	handler->settings = &open_settings;
	list_init(&handler->all);
	list_append(&handlers->all, &handler->all);
	handlers->count++;
	return handler;
}

/* Numbers that were given once are not given again, also if the name was forgotten. */
static void raise_floor(struct handlers *handlers, uint64_t sent)
{
	if (sent > handlers->floor)
		handlers->floor = sent;
}

/* What was kept for it goes; should it come again, it begins anew. */
static void clear(struct handlers *handlers, struct handler *handler)
{
	if (handler->stored)
		buf_add(&handlers->removed, &handler->gateway->epoch, sizeof(uint64_t));
	if (handler->gateway) {
		raise_floor(handlers, handler->gateway->sent);
		peers_forget(handler->gateway);
	}
	handler->gateway = NULL;
	handler->welcomed = handler->stored = handler->dirty = false;
	handler->changed = (struct mono){ 0 };
	buf_done(&handler->served);
	handler->patterns = handler->commands = (struct msg_list){ .count = 0 };
}

static void handler_free(struct handlers *handlers, struct handler *handler)
{
	clear(handlers, handler);
	list_remove(&handler->all);
	handlers->count--;
	mem_free(handler->name);
	mem_free(handler);
}

void handlers_done(struct handlers *handlers)
{
	while (!list_empty(&handlers->all))
		handler_free(handlers, entry(handlers->all.next));
	peers_done(&handlers->peers);
	buf_done(&handlers->removed);
}

/* ---- coming and going ---- */

/* `handled`: what comes after this number it is told, or is told that it will not be. */
static void open_record(
	struct hub *hub, struct handler *handler, uint64_t key, uint64_t sent, uint64_t handled)
{
	handler->gateway = peers_add(&hub->handlers.peers, key, slice_of(handler->name), sent);
	outgoing_seen(&handler->gateway->out, handled);
	handler->gateway->handler = handler;
	handler->gateway->out.gaps = true;
	handler->gateway->since = hub->now;
}

static void open_anew(struct hub *hub, struct handler *handler, uint64_t seen)
{
	uint64_t sent = seen > hub->handlers.floor ? seen : hub->handlers.floor;

	open_record(hub, handler, hub->outlet.random(hub->outlet.arg), sent, sent);
}

struct handler *handlers_hello(
	struct hub *hub, struct slice name, uint64_t seen, uid_t uid, gid_t gid)
{
	struct handlers *handlers = &hub->handlers;
	struct handler *handler = handlers_find(handlers, name);
	struct gateway *gateway;

	if (!handler && handlers->count >= HANDLERS_MAX)
		return NULL;
	if (!handler)
		handler = handler_new(handlers, name);
	if (!handler->gateway)
		open_anew(hub, handler, seen);
	gateway = handler->gateway;
	if (gateway->sent < seen)
		gateway->sent = seen;
	outgoing_seen(&gateway->out, seen);
	gateway->open = false;
	gateway->behind = true;
	handler->welcomed = false;
	handler->uid = uid;
	handler->gid = gid;
	peers_set_state(gateway, GATEWAY_HELLO, hub->now);
	return handler;
}

void handlers_down(struct hub *hub, struct handler *handler)
{
	handler->gateway->open = false;
	handler->gateway->behind = true;
	peers_down(handler->gateway, hub->now);
	handler->since = hub->now;
	handler->welcomed = false;
}

static void welcome(struct hub *hub, struct handler *handler)
{
	struct gateway *gateway = handler->gateway;

	outgoing_rewind(&gateway->out);
	counter_add(COUNTER_HUB_HANDLER_RESENT, outgoing_count(&gateway->out));
	peers_set_state(gateway, GATEWAY_SETTLED, hub->now);
	hub->outlet.welcome(hub->outlet.arg, gateway);
	handler->welcomed = true;
	handler->since = hub->now;
	if (hub->handlers.on_up)
		hub->handlers.on_up(hub, handler);
}

static void forget(struct hub *hub, struct handler *handler)
{
	struct gateway *gateway = handler->gateway;

	if (gateway)
		counter_add(COUNTER_HUB_HANDLER_MISSED, outgoing_count(&gateway->out));
	clear(&hub->handlers, handler);
	handlers_attach_all(hub);
	if (handler->listed)
		return;
	handler_free(&hub->handlers, handler);
}

void handlers_restore(struct hub *hub, const struct journal_handler *row)
{
	struct handlers *handlers = &hub->handlers;
	struct handler *handler = handlers_find(handlers, row->name);
	struct gateway *gateway;

	if (row->key == HANDLERS_GONE) {
		handlers->floor = handlers->floor_stored = row->sent;
		return;
	}
	if (handler_name_check(row->name) || (handler && handler->gateway) ||
		(!handler &&
			(handlers->mode != HANDLERS_OPEN || handlers->count >= HANDLERS_MAX))) {
		raise_floor(handlers, row->sent);
		buf_add(&handlers->removed, &row->key, sizeof(row->key));
		return;
	}
	if (!handler)
		handler = handler_new(handlers, row->name);
	open_record(hub, handler, row->key, row->sent, row->handled);
	gateway = handler->gateway;
	gateway->row.sent = row->sent;
	gateway->behind = true;
	if (row->done.len % sizeof(struct done_range) == 0)
		buf_put(&gateway->out.done, row->done);
	handler->stored = true;
	handler->since = hub->now;
	handler_restore_serve(handler, row->served);
}

void handlers_loaded(struct hub *hub)
{
	handlers_attach_all(hub);
}

/* ---- settings ---- */

static void take_sections(struct handlers *handlers, const struct hub_settings *settings)
{
	for (size_t i = 0; i < settings->handler_count; i++) {
		const struct handler_section *section = &settings->handler_sections[i];
		struct handler *handler = handlers_find(handlers, slice_of(section->name));

		if (!handler)
			handler = handler_new(handlers, slice_of(section->name));
		handler->settings = section->settings;
		handler->listed = true;
		list_remove(&handler->all);
		list_append(&handlers->all, &handler->all);
	}
}

/* Those without a section come after the others. */
static void sort(struct handlers *handlers)
{
	struct list *link = handlers->all.next, *next;
	unsigned left = handlers->count;

	for (; left-- > 0; link = next) {
		next = link->next;
		if (entry(link)->listed)
			continue;
		list_remove(link);
		list_append(&handlers->all, link);
	}
}

static void cut(struct hub *hub, struct handler *handler, const char *why)
{
	if (handler->gateway && handler->gateway->state != GATEWAY_DOWN)
		hub->outlet.cut(hub->outlet.arg, handler->gateway, why);
}

/* Whoever may not be here any more goes; who has no section and may not be without, for good. */
static void review(struct hub *hub)
{
	struct handlers *handlers = &hub->handlers;
	struct list *link, *next;

	for (link = handlers->all.next; link != &handlers->all; link = next) {
		struct handler *handler = entry(link);
		const char *why = handlers_refuse(
			handlers, slice_of(handler->name), handler->uid, handler->gid);

		next = link->next;
		if (why)
			cut(hub, handler, why);
		if (!handler->listed && (handlers->mode != HANDLERS_OPEN || !handler->gateway))
			forget(hub, handler);
	}
}

void handlers_configure(struct hub *hub, const struct hub_settings *settings)
{
	struct handlers *handlers = &hub->handlers;

	handlers->mode = (enum handlers_mode)settings->handlers;
	handlers->max_body = (size_t)settings->handler_message;
	for (struct list *link = handlers->all.next; link != &handlers->all; link = link->next) {
		entry(link)->settings = &open_settings;
		entry(link)->listed = false;
	}
	take_sections(handlers, settings);
	sort(handlers);
	handlers_attach_all(hub);
	review(hub);
}

/* ---- time ---- */

/* More waits for it than may. */
static void shed(struct hub *hub, struct handler *handler)
{
	struct gateway *gateway = handler->gateway;
	struct outgoing *out = &gateway->out;
	size_t backlog = (size_t)handler->settings->backlog;
	uint64_t gone;

	if (out->bytes <= backlog)
		return;
	gone = outgoing_shed(out, backlog, gateway->open);
	counter_add(COUNTER_HUB_HANDLER_MISSED, gone);
	if (gateway->open && handler_unread(handler) > 2 * HANDLER_UNREAD_MAX)
		cut(hub, handler, HANDLER_UNREAD);
}

static struct mono away_until(const struct handler *handler)
{
	return mono_after(handler->gateway->since, (uint64_t)handler->settings->keep);
}

static void step(struct hub *hub, struct handler *handler)
{
	struct gateway *gateway = handler->gateway;

	if (gateway->state == GATEWAY_HELLO && peers_ready(&hub->peers, hub->now))
		welcome(hub, handler);
	shed(hub, handler);
	if (handler->changed.ns &&
		!mono_before(hub->now, mono_after(handler->changed, HANDLER_SAVE_MS)))
		handler->dirty = true;
	if (gateway->state == GATEWAY_DOWN && !mono_before(hub->now, away_until(handler)))
		forget(hub, handler);
}

void handlers_step(struct hub *hub)
{
	struct list *all = &hub->handlers.all, *link, *next;

	for (link = all->next; link != all; link = next) {
		next = link->next;
		if (entry(link)->gateway)
			step(hub, entry(link));
	}
}

struct mono handlers_deadline(const struct hub *hub)
{
	const struct list *all = &hub->handlers.all;
	struct mono due = { UINT64_MAX };

	for (const struct list *link = all->next; link != all; link = link->next) {
		const struct handler *handler = entry(link);
		const struct gateway *gateway = handler->gateway;

		if (!gateway)
			continue;
		if (gateway->state == GATEWAY_HELLO)
			due = mono_sooner(due, mono_after(hub->now, WAIT_MS));
		if (gateway->state == GATEWAY_DOWN)
			due = mono_sooner(due, away_until(handler));
		if (handler->changed.ns && !handler->dirty)
			due = mono_sooner(due, mono_after(handler->changed, HANDLER_SAVE_MS));
	}
	return due;
}
