/* intake.c - which numbered events have come, and up to which of them all are dealt with */
/* SPDX-License-Identifier: MIT */
#include "handler/intake.h"

static struct intake_entry *first(const struct intake *intake)
{
	return list_empty(&intake->open) ? NULL
					 : LIST_ENTRY(intake->open.next, struct intake_entry, link);
}

void intake_init(struct intake *intake)
{
	*intake = (struct intake){ .journal = 0 };
	list_init(&intake->open);
}

bool intake_welcome(struct intake *intake, uint64_t journal)
{
	bool same = intake->journal == journal;

	intake->fresh = true;
	if (!same) {
		intake->last = 0;
		intake->known = false;
	}
	intake->journal = journal;
	return same;
}

uint64_t intake_handled(const struct intake *intake)
{
	const struct intake_entry *entry = first(intake);

	return entry ? entry->seq - 1 : intake->last;
}

/*
 * After a WELCOME the hub goes on after what was handled. If that is something else than what is
 * open under its number, the hub had forgotten this handler, and counts anew from there.
 */
static bool is_other(const struct intake *intake, uint64_t seq, uint64_t print)
{
	const struct intake_entry *entry = first(intake);

	return entry && entry->seq == seq && entry->print != print;
}

enum intake_verdict intake_look(
	struct intake *intake, uint64_t seq, uint64_t missed, uint64_t print, uint64_t *ret_missed)
{
	bool fresh = intake->fresh;

	intake->fresh = false;
	*ret_missed = missed;
	if (!intake->known)
		return INTAKE_NEW;
	if (seq <= intake->last)
		return fresh && !missed && is_other(intake, seq, print) ? INTAKE_OTHER
									: INTAKE_AGAIN;
	if (missed && missed > seq - intake->last)
		*ret_missed = seq - intake->last; /* the others are here */
	if (missed || seq == intake->last + 1)
		return INTAKE_NEW;
	if (!fresh)
		return INTAKE_GAP;
	*ret_missed = seq - intake->last - 1;
	return INTAKE_LOST;
}

void intake_take(struct intake *intake, uint64_t seq, uint64_t print, struct intake_entry *entry)
{
	intake->last = seq;
	intake->known = true;
	if (!entry)
		return;
	entry->seq = seq;
	entry->print = print;
	list_init(&entry->link);
	list_append(&intake->open, &entry->link);
}

void intake_skip(struct intake *intake, uint64_t seq)
{
	intake->fresh = false;
	if (intake->known && seq <= intake->last)
		return;
	intake->last = seq;
	intake->known = true;
}
