/* save_handlers.c - what is kept for handlers goes into the journal */
/* SPDX-License-Identifier: MIT */
#include "hub/save_internal.h"

static bool handler_changed(const struct handler *handler)
{
	const struct gateway *gateway = handler->gateway;

	return gateway &&
		(!handler->stored || handler->dirty || gateway->row.sent != gateway->sent);
}

/* Something is new; also what is only to be sent, and not to be kept. */
bool save_handlers_needed(const struct handlers *handlers)
{
	const struct list *all = &handlers->all;

	for (const struct list *link = all->next; link != all; link = link->next) {
		const struct handler *handler = LIST_ENTRY(link, const struct handler, all);

		if (handler_changed(handler) ||
			(handler->gateway && outgoing_fresh(&handler->gateway->out, NULL)))
			return true;
	}
	return handlers->removed.len > 0 || handlers->floor != handlers->floor_stored;
}

/* Up to here nothing is kept for it any more: it has handled that, or there was too much. */
static uint64_t gone_up_to(const struct gateway *gateway)
{
	uint64_t first = outgoing_first(&gateway->out);

	return first ? first - 1 : gateway->sent;
}

/* Parcels of which something is dealt with. */
static void put_pruned(struct journal *journal, const struct gateway *gateway)
{
	const struct outgoing *out = &gateway->out;

	for (size_t at = 0; at < out->gone.len; at += sizeof(uint64_t)) {
		uint64_t last;

		memcpy(&last, out->gone.data + at, sizeof(last));
		journal_remove_parcel(journal, gateway->epoch, last);
	}
	for (const struct list *link = out->parcels.next; link != &out->parcels;
		link = link->next) {
		const struct parcel *parcel = LIST_ENTRY(link, const struct parcel, link);

		if (parcel->pruned && parcel->last)
			journal_put_parcel(journal,
				&(struct journal_parcel){ .gateway = gateway->epoch,
					.first = parcel->first,
					.last = parcel->last,
					.bytes = buf_slice(&parcel->bytes) });
	}
}

static void pruned_done(struct gateway *gateway)
{
	struct list *all = &gateway->out.parcels;

	buf_clear(&gateway->out.gone);
	for (struct list *link = all->next; link != all; link = link->next)
		LIST_ENTRY(link, struct parcel, link)->pruned = false;
}

static void put_handler(struct hub *hub, struct journal *journal, const struct handler *handler)
{
	const struct gateway *gateway = handler->gateway;

	if (!gateway || !handler_changed(handler))
		return;
	if (gateway->row.seen != gone_up_to(gateway))
		journal_remove_parcels(journal, gateway->epoch, gone_up_to(gateway));
	journal_put_handler(journal,
		&(struct journal_handler){ .key = gateway->epoch,
			.name = slice_of(handler->name),
			.sent = gateway->sent,
			.handled = gateway->out.seen,
			.served = buf_slice(&handler->served),
			.done = buf_slice(&gateway->out.done) });
	put_pruned(journal, gateway);
	save_put_parcels(hub, journal, gateway);
}

void save_put_handlers(struct hub *hub, struct journal *journal)
{
	const struct list *all = &hub->handlers.all;
	const struct buf *removed = &hub->handlers.removed;

	for (size_t at = 0; at < removed->len; at += sizeof(uint64_t)) {
		uint64_t key;

		memcpy(&key, removed->data + at, sizeof(key));
		journal_remove_handler(journal, key);
	}
	if (hub->handlers.floor != hub->handlers.floor_stored)
		journal_put_handler(journal,
			&(struct journal_handler){
				.key = HANDLERS_GONE, .sent = hub->handlers.floor });
	for (const struct list *link = all->next; link != all; link = link->next)
		put_handler(hub, journal, LIST_ENTRY(link, const struct handler, all));
}

/* An answer waits for one whose link is full, as its events do; not for one that has gone. */
static void handler_done(struct handler *handler, uint64_t round)
{
	struct gateway *gateway = handler->gateway;

	if (!gateway)
		return;
	if (handler_changed(handler)) {
		gateway->row.sent = gateway->sent;
		gateway->row.seen = gone_up_to(gateway);
		handler->stored = true;
		handler->dirty = false;
		handler->changed = (struct mono){ 0 };
		pruned_done(gateway);
	}
	outgoing_stored(&gateway->out, round, !gateway->open);
}

void save_handlers_done(struct hub *hub, uint64_t round)
{
	struct list *all = &hub->handlers.all;

	for (struct list *link = all->next; link != all; link = link->next)
		handler_done(LIST_ENTRY(link, struct handler, all), round);
	hub->handlers.floor_stored = hub->handlers.floor;
	buf_clear(&hub->handlers.removed);
}
