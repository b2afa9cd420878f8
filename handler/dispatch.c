/* dispatch.c - what the hub says: events, questions, answers */
/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "handler/handler.h"
#include "handler/results.h"
#include "proto/event.h"

static struct atrium *atrium_of(void *self)
{
	return self;
}

static enum atrium_format format_of(uint8_t format)
{
	return format == EVENT_TEXT	 ? ATRIUM_TEXT
		: format == EVENT_BINARY ? ATRIUM_BINARY
					 : ATRIUM_JSON;
}

/* ---- SERVED ---- */

/* Who is told so may serve something else in the callback: then another SERVED will come. */
static void check_served(struct atrium *atrium)
{
	const struct route *route = atrium->serves.first;

	while (route && !atrium->session.serve) {
		const struct route *next = route->next;

		if (route->what & ~patterns_cover(&atrium->allowed, route->name))
			handler_error(atrium, -EACCES, "the hub does not let %s serve all of: %s",
				atrium->name, route->name);
		route = next;
	}
}

static void on_served(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct atrium *atrium = atrium_of(self);
	struct msg_list allowed = msg->served.allowed;
	struct msg_pattern pattern;

	(void)peer;
	if (msg->served.call != atrium->session.serve_call || atrium->session.serve)
		return; /* it serves something else by now */
	patterns_done(&atrium->allowed);
	while (msg_next_pattern(&allowed, &pattern))
		(void)patterns_add(&atrium->allowed, pattern.rooms, pattern.what);
	if (msg->served.error.len)
		handler_error(atrium, -EACCES, "the hub does not serve %s: %.*s", atrium->name,
			(int)msg->served.error.len, msg->served.error.ptr);
	else
		check_served(atrium);
	session_up(atrium);
}

/* ---- numbered events ---- */

static bool no_memory(struct atrium *atrium, struct matter *matter)
{
	if (matter && !matter->strings.failed)
		return false;
	matter_free(matter);
	session_restart(atrium, -ENOMEM, "there is no memory for what the hub says");
	return true;
}

/* NULL: there is no memory for it, which the session has been told. */
static struct matter *open_matter(struct atrium *atrium, enum atrium_kind kind)
{
	struct matter *matter = matter_new(atrium, kind);

	if (!matter)
		(void)no_memory(atrium, NULL);
	return matter;
}

/* Where it happened, and who it was. */
static void put_person(struct matter *matter, struct slice room, struct slice id,
	struct slice nickname, struct slice user)
{
	struct atrium_event *public = &matter->public;

	public->room = arena_text(&matter->strings, room);
	public->id = arena_text(&matter->strings, id);
	public->nickname = arena_text(&matter->strings, nickname);
	public->user = arena_text(&matter->strings, user);
}

/* Events that the hub has no more, and did not say so: they are told as if it had. */
static void tell_lost(struct atrium *atrium, uint64_t missed)
{
	struct matter *matter = matter_new(atrium, ATRIUM_MISSED);

	if (!matter)
		return;
	matter->public.missed = missed;
	matter->public.journal = atrium->intake.journal;
	matter_run(matter, atrium->on.missed);
}

static void take_numbered(struct matter *matter, uint64_t seq, atrium_event_fn *fn)
{
	struct atrium *atrium = matter->atrium;
	struct intake *intake = &atrium->intake;
	uint64_t print = matter_print(&matter->public), missed;

	switch (intake_look(intake, seq, matter->public.missed, print, &missed)) {
	case INTAKE_AGAIN:
		matter_free(matter);
		return;
	case INTAKE_GAP:
		matter_free(matter);
		session_restart(atrium, -EBADMSG, "the hub's events have a gap");
		return;
	case INTAKE_LOST:
		tell_lost(atrium, missed);
		if (!atrium->doomed)
			break;
		matter_free(matter);
		return;
	case INTAKE_OTHER:
		matters_set_aside(atrium);
		break;
	case INTAKE_NEW:
		if (matter->public.kind == ATRIUM_MISSED)
			matter->public.missed = missed;
		break;
	}
	matter->public.seq = seq;
	matter->public.journal = intake->journal;
	intake_take(intake, seq, print, &matter->open);
	matter_run(matter, fn);
}

/* seq 0: of the moment. */
static void take(struct matter *matter, uint64_t seq, atrium_event_fn *fn)
{
	if (no_memory(matter->atrium, matter))
		return;
	if (seq)
		take_numbered(matter, seq, fn);
	else
		matter_run(matter, fn);
}

static void take_person(struct atrium *atrium, enum atrium_kind kind, const struct msg_came *came,
	atrium_event_fn *fn)
{
	struct matter *matter = open_matter(atrium, kind);

	if (!matter)
		return;
	matter->public.time = came->time;
	matter->public.count = came->count;
	put_person(matter, came->room, came->id, came->nickname, came->user);
	take(matter, came->seq, fn);
}

static void on_came(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)peer;
	take_person(self, ATRIUM_CONNECT, &msg->came, atrium_of(self)->on.connect);
}

static void on_went(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_went *went = &msg->went;
	const struct msg_came same = { .seq = went->seq,
		.room = went->room,
		.time = went->time,
		.id = went->id,
		.nickname = went->nickname,
		.user = went->user,
		.count = went->count };

	(void)peer;
	take_person(self, ATRIUM_DISCONNECT, &same, atrium_of(self)->on.disconnect);
}

static void on_said(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct atrium *atrium = atrium_of(self);
	const struct msg_said *said = &msg->said;
	struct matter *matter = open_matter(atrium, ATRIUM_MESSAGE);
	struct atrium_event *public;

	(void)peer;
	if (!matter)
		return;
	public = &matter->public;
	public->time = said->time;
	public->epoch = said->epoch;
	public->offset = said->offset;
	public->format = format_of(said->format);
	put_person(matter, said->room, said->id, said->nickname, said->user);
	public->type = arena_text(&matter->strings, said->type);
	public->body = arena_body(&matter->strings, said->format, said->body, &public->body_len);
	take(matter, said->seq, routes_find(&atrium->on.messages, said->type));
}

static void take_changes(struct matter *matter, const struct msg_changed *changed)
{
	const struct atrium_entry **last = &matter->public.changes;
	struct msg_list ops = changed->ops;
	struct msg_stateop op;

	while (msg_next_stateop(&ops, &op)) {
		struct atrium_entry *next = arena_take(&matter->strings, sizeof(*next));

		if (!next)
			return;
		next->key = arena_text(&matter->strings, op.key);
		next->rev = changed->rev;
		next->value = op.remove ? NULL : arena_text(&matter->strings, op.value);
		next->value_len = op.value.len;
		*last = next;
		last = &next->next;
	}
}

static void on_changed(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct atrium *atrium = atrium_of(self);
	const struct msg_changed *changed = &msg->changed;
	struct matter *matter = open_matter(atrium, ATRIUM_CHANGED);
	struct atrium_event *public;

	(void)peer;
	if (!matter)
		return;
	public = &matter->public;
	public->time = changed->time;
	public->epoch = changed->epoch;
	public->offset = changed->offset;
	public->rev = changed->rev;
	put_person(matter, changed->room, changed->id, changed->nickname, changed->user);
	take_changes(matter, changed);
	take(matter, changed->seq, atrium->on.state);
}

/* Another process of this name has dealt with them. */
static void on_skipped(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct atrium *atrium = atrium_of(self);

	(void)peer;
	intake_skip(&atrium->intake, msg->skipped.seq);
	handler_touch(atrium);
}

static void on_missed(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct atrium *atrium = atrium_of(self);
	struct matter *matter = open_matter(atrium, ATRIUM_MISSED);

	(void)peer;
	if (!matter)
		return;
	matter->public.missed = msg->missed.count;
	take(matter, msg->missed.seq, atrium->on.missed);
}

/* ---- questions ---- */

/* It was asked before, and the user has it still, or its answer is known. */
static bool is_known(struct atrium *atrium, const struct msg_called *called)
{
	return called->again &&
		(matter_question(atrium, called->ask) ||
			queue_answer_again(&atrium->queue, called->ask));
}

static struct matter *question_new(
	struct atrium *atrium, enum atrium_kind kind, const struct msg_called *called)
{
	struct matter *matter = open_matter(atrium, kind);
	struct atrium_event *public;

	if (!matter)
		return NULL;
	public = &matter->public;
	public->ask = called->ask;
	public->journal = atrium->intake.journal;
	public->again = called->again != 0;
	public->deadline_ms = called->deadline;
	put_person(matter, called->room, called->id, called->nickname, called->user);
	return matter;
}

/* No one answers such: the client is told at once. */
static void ask(struct matter *matter, atrium_event_fn *fn, const char *otherwise)
{
	if (no_memory(matter->atrium, matter))
		return;
	if (!fn)
		(void)matter_refuse(matter, otherwise, NULL);
	matter_run(matter, fn);
}

static void on_called(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct atrium *atrium = atrium_of(self);
	const struct msg_called *called = &msg->called;
	struct matter *matter;

	(void)peer;
	if (is_known(atrium, called))
		return;
	matter = question_new(atrium, ATRIUM_COMMAND, called);
	if (!matter)
		return;
	matter->public.command = arena_text(&matter->strings, called->cmd);
	matter->public.body = arena_body(
		&matter->strings, EVENT_MEMBERS, called->body, &matter->public.body_len);
	ask(matter, routes_find(&atrium->on.commands, called->cmd), "unsupported");
}

static void on_guarded(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct atrium *atrium = atrium_of(self);
	const struct msg_guarded *guarded = &msg->guarded;
	const struct msg_called same = { .ask = guarded->ask,
		.again = guarded->again,
		.deadline = guarded->deadline,
		.room = guarded->room,
		.id = guarded->id,
		.nickname = guarded->nickname,
		.user = guarded->user };
	struct matter *matter;

	(void)peer;
	if (is_known(atrium, &same))
		return;
	matter = question_new(atrium, ATRIUM_GUARDED, &same);
	if (!matter)
		return;
	matter->public.format = format_of(guarded->format);
	matter->public.type = arena_text(&matter->strings, guarded->type);
	matter->public.body = arena_body(
		&matter->strings, guarded->format, guarded->body, &matter->public.body_len);
	ask(matter, routes_find(&atrium->on.guards, guarded->type), "refused");
}

static void on_withdrawn(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct matter *matter = matter_question(self, msg->withdrawn.ask);

	(void)peer;
	if (matter && !matter->withdrawn)
		matter_withdraw(matter);
}

/* ---- the table ---- */

/* clang-format off */
#define FIELD(type, name)
#define LIST(record, name)
#define REC(name)
#define REC_END
#define MSG_END
#define DISPATCH_LINK(NAME, name)
#define DISPATCH_ANY(NAME, name)
#define DISPATCH_HUB(NAME, name)
#define DISPATCH_GATEWAY(NAME, name)
#define DISPATCH_AUTH(NAME, name)
#define DISPATCH_METRICS(NAME, name)
#define DISPATCH_HANDLER(NAME, name) [MSG_##NAME] = on_##name,
#define MSG(NAME, name, code, from, to) DISPATCH_##to(NAME, name)

const struct dispatch handler_dispatch = {
	.process = PROCESS_HANDLER,
	.on = {
#include "proto/messages.def"
	},
};
#undef MSG
/* clang-format on */
