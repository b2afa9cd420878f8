/* tap.c - all that is said, shown to administrators who asked for it; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "hub/tap.h"

#include "hub/hub.h"
#include "hub/reply.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/event.h"
#include "proto/glob.h"

enum { WINDOW_MS = 1000 };

static const struct slice none = { NULL, 0 };

void taps_init(struct taps *taps)
{
	list_init(&taps->all);
	taps->count = 0;
}

void taps_configure(struct taps *taps, const struct hub_settings *settings)
{
	taps->max = (unsigned)settings->max_taps;
	taps->rate = (uint32_t)settings->tap_rate;
	taps->bytes = (uint64_t)settings->tap_bytes;
}

/* ---- beginning and ending ---- */

static void own(struct slice *slice, struct slice text)
{
	char *copy = text.len ? slice_dup(text) : NULL;

	mem_free((void *)slice->ptr);
	*slice = slice_make(copy, text.len);
}

static void set_filter(struct tap *tap, const struct msg_tap *ask)
{
	own(&tap->room, ask->room);
	own(&tap->user, ask->user);
	own(&tap->type, ask->type);
	own(&tap->id, ask->id);
}

static bool filter_valid(const struct msg_tap *ask)
{
	return (ask->room.len == 0 || event_room_valid(ask->room)) &&
		(ask->user.len == 0 || event_room_valid(ask->user)) &&
		(ask->type.len == 0 || event_room_valid(ask->type)) &&
		(ask->id.len == 0 || event_id_valid(ask->id));
}

static struct tap *add(struct hub *hub, struct conn *conn)
{
	struct tap *tap = mem_alloc(sizeof(*tap));

	tap->conn = conn;
	tap->window = hub->now;
	list_init(&tap->link);
	list_append(&hub->taps.all, &tap->link);
	conn->tap = tap;
	counter_set(COUNTER_HUB_TAPS, ++hub->taps.count);
	return tap;
}

enum error tap_begin(struct hub *hub, struct conn *conn, const struct msg_tap *ask)
{
	if (!conn->admin)
		return ERROR_FORBIDDEN;
	if (!filter_valid(ask))
		return ERROR_BAD_MESSAGE;
	if (!conn->tap && hub->taps.count >= hub->taps.max)
		return ERROR_TOO_MANY_TAPS;
	set_filter(conn->tap ? conn->tap : add(hub, conn), ask);
	return ERROR_NONE;
}

void tap_end(struct hub *hub, struct conn *conn)
{
	struct tap *tap = conn->tap;

	if (!tap)
		return;
	set_filter(tap, &(struct msg_tap){ .conn = 0 });
	list_remove(&tap->link);
	mem_free(tap);
	conn->tap = NULL;
	counter_set(COUNTER_HUB_TAPS, --hub->taps.count);
}

/* ---- what is shown ---- */

static void leave_out(struct tap *tap)
{
	tap->left_out++;
	counter_add(COUNTER_HUB_TAP_LEFT_OUT, 1);
}

static bool window_over(const struct hub *hub, const struct tap *tap)
{
	return !mono_before(hub->now, mono_after(tap->window, WINDOW_MS));
}

/* Another second begins, with how much of the last was left out. */
static void turn_window(struct hub *hub, struct tap *tap)
{
	struct msg msg = { .type = MSG_TAPPED,
		.tapped = { .conn = tap->conn->key.number,
			.kind = TAP_LEFT_OUT,
			.count = tap->left_out,
			.time = hub->wall_ms } };

	if (tap->left_out)
		gateway_send(tap->conn->key.gateway, &msg);
	tap->left_out = 0;
	tap->window = hub->now;
	tap->count = 0;
	tap->bytes = 0;
}

/* A pattern that is empty lets all through. */
static bool passes(struct slice pattern, struct slice text)
{
	return pattern.len == 0 || (text.len && glob_matches(pattern, text));
}

/* Whom it is for counts as well as who says it. */
static bool of_user(const struct tap *tap, const struct msg_tapped *what)
{
	static const struct slice prefix = SLICE("user:");
	struct slice target = what->target;

	if (passes(tap->user, what->user))
		return true;
	return slice_starts(target, prefix) &&
		passes(tap->user, slice_make(target.ptr + prefix.len, target.len - prefix.len));
}

static bool of_connection(const struct tap *tap, const struct msg_tapped *what)
{
	return tap->id.len == 0 || slice_eq(tap->id, what->id) || slice_eq(tap->id, what->target);
}

static bool is_wanted(const struct tap *tap, const struct msg_tapped *what)
{
	return passes(tap->room, what->room) && passes(tap->type, what->type) &&
		of_user(tap, what) && of_connection(tap, what);
}

/* With the names in it: an empty message costs too. */
static uint64_t size_of(const struct msg_tapped *what)
{
	return what->body.len + what->ops.raw.len + what->room.len + what->target.len +
		what->type.len + what->id.len + what->nickname.len + what->user.len;
}

static void show(struct hub *hub, struct tap *tap, const struct msg_tapped *what)
{
	struct gateway *gateway = tap->conn->key.gateway;
	struct msg msg = { .type = MSG_TAPPED, .tapped = *what };
	uint64_t size = size_of(what);

	if (window_over(hub, tap))
		turn_window(hub, tap);
	if (gateway->behind || tap->count >= hub->taps.rate ||
		tap->bytes + size > hub->taps.bytes) {
		leave_out(tap);
		return;
	}
	tap->count++;
	tap->bytes += size;
	msg.tapped.conn = tap->conn->key.number;
	msg.tapped.time = hub->wall_ms;
	counter_add(COUNTER_HUB_TAPPED, 1);
	gateway_send(gateway, &msg);
}

void tap_show(struct hub *hub, const struct msg_tapped *what)
{
	struct list *all = &hub->taps.all;

	for (struct list *link = all->next; link != all; link = link->next) {
		struct tap *tap = LIST_ENTRY(link, struct tap, link);

		if (is_wanted(tap, what))
			show(hub, tap, what);
	}
}

void tap_step(struct hub *hub)
{
	struct list *all = &hub->taps.all;

	for (struct list *link = all->next; link != all; link = link->next) {
		struct tap *tap = LIST_ENTRY(link, struct tap, link);

		if (tap->left_out && window_over(hub, tap))
			turn_window(hub, tap);
	}
}

struct mono tap_deadline(const struct hub *hub)
{
	const struct list *all = &hub->taps.all;
	struct mono due = { UINT64_MAX };

	for (const struct list *link = all->next; link != all; link = link->next) {
		const struct tap *tap = LIST_ENTRY(link, const struct tap, link);

		if (tap->left_out)
			due = mono_sooner(due, mono_after(tap->window, WINDOW_MS));
	}
	return due;
}

/* ---- from clients ---- */

static void answer(struct hub *hub, const struct conn *conn, struct slice ref)
{
	struct msg msg = { .type = MSG_TAPPING,
		.tapping = { .conn = conn->key.number, .ref = ref, .on = conn->tap != NULL } };

	if (conn->tap) {
		msg.tapping.rate = hub->taps.rate;
		msg.tapping.bytes = hub->taps.bytes;
	}
	gateway_send(conn->key.gateway, &msg);
}

void request_tap(struct hub *hub, struct conn *conn, const struct msg_tap *tap)
{
	enum error error = tap_begin(hub, conn, tap);

	if (error == ERROR_NONE)
		answer(hub, conn, tap->ref);
	else
		reply_refusal(conn, tap->ref, error);
}

void request_untap(struct hub *hub, struct conn *conn, const struct msg_untap *untap)
{
	tap_end(hub, conn);
	answer(hub, conn, untap->ref);
}

void tap_check(struct hub *hub, struct conn *conn)
{
	if (!conn->tap || conn->admin)
		return;
	tap_end(hub, conn);
	answer(hub, conn, none);
	reply_refusal(conn, none, ERROR_FORBIDDEN);
}
