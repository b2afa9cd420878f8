/* matter.c - what users are told: numbered events and questions, deferred or not */
/* SPDX-License-Identifier: MIT */
#include "handler/matter.h"

#include <errno.h>
#include <stdlib.h>

#include "handler/handler.h"

static struct matter *entry(struct list *link)
{
	return LIST_ENTRY(link, struct matter, open.link);
}

struct matter *matter_new(struct atrium *atrium, enum atrium_kind kind)
{
	struct matter *matter = calloc(1, sizeof(*matter));
	struct atrium_event *public;

	if (!matter)
		return NULL;
	public = &matter->public;
	public->kind = kind;
	public->room = public->id = public->nickname = public->user = "";
	public->type = public->command = public->body = "";
	matter->atrium = atrium;
	list_init(&matter->open.link);
	return matter;
}

void matter_free(struct matter *matter)
{
	if (!matter)
		return;
	list_remove(&matter->open.link);
	arena_done(&matter->strings);
	free(matter);
}

static uint64_t mix(uint64_t sum, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ at[i]) * 0x100000001b3; /* FNV-1a */
	return sum;
}

uint64_t matter_print(const struct atrium_event *event)
{
	uint64_t sum = 0xcbf29ce484222325;

	sum = mix(sum, &event->kind, sizeof(event->kind));
	sum = mix(sum, &event->time, sizeof(event->time));
	sum = mix(sum, &event->offset, sizeof(event->offset));
	sum = mix(sum, &event->rev, sizeof(event->rev));
	sum = mix(sum, event->room, strlen(event->room) + 1);
	sum = mix(sum, event->id, strlen(event->id) + 1);
	return mix(sum, event->body, event->body_len);
}

static bool is_question(const struct matter *matter)
{
	return matter->public.kind == ATRIUM_COMMAND || matter->public.kind == ATRIUM_GUARDED;
}

static void finish(struct matter *matter)
{
	if (is_question(matter) && !matter->answered && !matter->withdrawn)
		(void)matter_refuse(matter, "unavailable", NULL);
	handler_touch(matter->atrium); /* what is handled may have changed */
	matter_free(matter);
}

void matter_run(struct matter *matter, atrium_event_fn *fn)
{
	struct atrium *atrium = matter->atrium;

	matter->running = true;
	if (fn)
		fn(atrium, &matter->public, atrium->user);
	matter->running = false;
	if (!matter->deferred)
		finish(matter);
	else if (list_empty(&matter->open.link))
		list_append(&atrium->questions, &matter->open.link);
}

struct matter *matter_question(const struct atrium *atrium, uint64_t ask)
{
	for (struct list *link = atrium->questions.next; link != &atrium->questions;
		link = link->next)
		if (entry(link)->public.ask == ask)
			return entry(link);
	return NULL;
}

void matter_withdraw(struct matter *matter)
{
	struct atrium *atrium = matter->atrium;

	matter->withdrawn = true;
	if (!matter->answered && atrium->on.withdrawn && !atrium->doomed)
		atrium->on.withdrawn(atrium, &matter->public, atrium->user);
}

void matters_set_aside(struct atrium *atrium)
{
	while (!list_empty(&atrium->intake.open))
		list_append(&atrium->questions, atrium->intake.open.next);
}

/* A callback may be done with any of them, so the walk begins anew after each. */
void matters_withdraw(struct atrium *atrium)
{
	struct list *link = atrium->questions.next;

	while (link != &atrium->questions) {
		struct matter *matter = entry(link);

		link = link->next;
		if (!is_question(matter) || matter->withdrawn)
			continue;
		matter_withdraw(matter);
		link = atrium->questions.next;
	}
}

void matters_free(struct atrium *atrium)
{
	matters_set_aside(atrium);
	while (!list_empty(&atrium->questions))
		matter_free(entry(atrium->questions.next));
}

int atrium_defer(struct atrium_event *public)
{
	struct matter *matter = (struct matter *)public;

	if (!public || !matter->running)
		return -EINVAL;
	if (matter->deferred)
		return -EALREADY;
	matter->deferred = true;
	return 0;
}

void atrium_done(struct atrium_event *public)
{
	struct matter *matter = (struct matter *)public;

	if (!public || !matter->deferred)
		return;
	matter->deferred = false;
	if (!matter->running)
		finish(matter);
}
