/* turn.c - a turn's end: the journal first, then acknowledgements and deliveries */
/* SPDX-License-Identifier: MIT */
#include "hub/turn.h"

#include <assert.h>

#include "hub/save.h"
#include "proto/counters.h"

void turn_init(struct turn *turn, struct hub *hub, struct journal *journal)
{
	*turn = (struct turn){ .hub = hub, .journal = journal, .round = 1 };
}

static void step(struct turn *turn, enum turn_step which)
{
	if (turn->on_step)
		turn->on_step(turn->arg, which);
}

int turn_error(const struct turn *turn)
{
	return turn->commit_error < 0 ? turn->commit_error : turn->sync_error;
}

static void note(struct turn *turn, int *error, int r)
{
	*error = r;
	turn->hub->failing = turn_error(turn) < 0;
	counter_set(COUNTER_HUB_JOURNAL_FAILING, turn->hub->failing);
	if (r == 0)
		return;
	counter_add(COUNTER_HUB_JOURNAL_FAILURES, 1);
	turn->retry = mono_after(turn->hub->now, TURN_RETRY_MS);
}

static bool waits_to_retry(const struct turn *turn)
{
	return turn_error(turn) < 0 && mono_before(turn->hub->now, turn->retry);
}

bool turn_commit(struct turn *turn)
{
	int r;

	if (waits_to_retry(turn) || !save_needed(turn->hub))
		return false;
	save_put(turn->hub, turn->journal);
	step(turn, TURN_APPLIED);
	r = journal_commit(turn->journal);
	note(turn, &turn->commit_error, r);
	if (r < 0)
		return false;
	counter_add(COUNTER_HUB_JOURNAL_COMMITS, 1);
	turn->committed = true;
	save_done(turn->hub, turn->round);
	step(turn, TURN_COMMITTED);
	return true;
}

bool turn_sync_due(const struct turn *turn)
{
	return turn->committed && turn->syncing == 0 && !waits_to_retry(turn);
}

void turn_sync_begin(struct turn *turn)
{
	assert(turn->syncing == 0);
	turn->syncing = turn->round++;
	turn->committed = false;
	peers_syncing(&turn->hub->peers);
}

void turn_sync_end(struct turn *turn, int r)
{
	assert(turn->syncing);
	note(turn, &turn->sync_error, r);
	if (r == 0) {
		turn->safe = turn->syncing;
		peers_saved(&turn->hub->peers);
	} else {
		/* The next flush is for this round as well. */
		turn->committed = true;
	}
	turn->syncing = 0;
}

static int send_parcel(void *arg, struct slice messages, unsigned count)
{
	struct gateway *gateway = arg;
	const struct outlet *outlet = gateway->peers->outlet;

	return outlet->send_parcel(outlet->arg, gateway, messages, count);
}

void turn_drain(struct turn *turn, struct gateway *gateway)
{
	int r = gateway->open ? outgoing_drain(&gateway->out, turn->safe, send_parcel, gateway)
			      : -1;

	gateway->behind = r < 0;
}

/* `sent`: something was, to another. */
static bool release(struct turn *turn, struct list *all, bool sent)
{
	for (struct list *link = all->next; link != all; link = link->next) {
		struct gateway *gateway = LIST_ENTRY(link, struct gateway, all);
		bool waits = outgoing_waits(&gateway->out);

		turn_drain(turn, gateway);
		if (waits && !sent)
			step(turn, TURN_HALF);
		sent |= waits;
	}
	return sent;
}

void turn_release(struct turn *turn)
{
	bool sent;

	peers_acknowledge(&turn->hub->peers);
	step(turn, TURN_ACKED);
	sent = release(turn, &turn->hub->peers.all, false);
	(void)release(turn, &turn->hub->handlers.peers.all, sent);
}

struct mono turn_deadline(const struct turn *turn)
{
	return turn_error(turn) < 0 ? turn->retry : (struct mono){ UINT64_MAX };
}
