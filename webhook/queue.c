/* queue.c - what is to be delivered: in order in each room, one request of a room at a time */
/* SPDX-License-Identifier: MIT */
#include "webhook/queue_internal.h"

#include <assert.h>

#include "proto/json.h"
#include "webhook/backoff.h"

enum { BATCH_BYTES = 1 << 20 }; /* a request has no more, unless one event does */

struct queue *queue_new(const struct queue_limits *limits)
{
	struct queue *queue = mem_alloc(sizeof(*queue));

	queue->limits = *limits;
	list_init(&queue->ready);
	list_init(&queue->resting);
	list_init(&queue->order);
	queue->known = &queue->order;
	return queue;
}

void queue_set_limits(struct queue *queue, const struct queue_limits *limits)
{
	queue->limits = *limits;
}

static struct item *first_item(const struct room *room)
{
	return LIST_ENTRY(room->items.next, struct item, in_room);
}

static void drop_item(struct queue *queue, struct item *item)
{
	struct mark *mark = item->mark;

	list_remove(&item->in_room);
	if (--mark->pending == 0 && list_empty(&mark->link))
		queue_drop_mark(queue, mark);
	else
		queue_note_done(queue, mark);
	queue->waiting--;
	queue->bytes -= sizeof(*item) + item->len;
	mem_free(item);
}

static void free_room(struct queue *queue, struct room *room)
{
	while (!list_empty(&room->items))
		drop_item(queue, first_item(room));
	list_remove(&room->link);
	HASH_DEL(queue->rooms, room);
	mem_free(room);
}

void queue_free(struct queue *queue)
{
	struct room *room, *next;

	if (!queue)
		return;
	HASH_ITER(hh, queue->rooms, room, next)
	{
		free_room(queue, room);
	}
	while (!list_empty(&queue->order))
		queue_free_mark(queue, queue_mark_of(queue->order.next));
	buf_done(&queue->done);
	mem_free(queue);
}

/* ---- in ---- */

static struct room *find_room(struct queue *queue, struct slice name)
{
	struct room *room;

	HASH_FIND(hh, queue->rooms, name.ptr, name.len, room);
	if (room)
		return room;
	room = mem_alloc(sizeof(*room) + name.len + 1);
	list_init(&room->items);
	list_init(&room->link);
	room->name_len = name.len;
	if (name.len)
		memcpy(room->name, name.ptr, name.len);
	HASH_ADD_KEYPTR(hh, queue->rooms, room->name, room->name_len, room);
	list_append(&queue->ready, &room->link);
	return room;
}

void queue_put(struct queue *queue, struct slice name, const struct body_id *id, struct slice text)
{
	struct room *room = find_room(queue, name);
	struct item *item = mem_alloc(sizeof(*item) + text.len);

	item->id = *id;
	item->len = text.len;
	memcpy(item->text, text.ptr, text.len);
	item->mark = queue_mark_of(queue->order.prev);
	item->mark->pending++;
	list_init(&item->in_room);
	list_append(&room->items, &item->in_room);
	queue->waiting++;
	queue->bytes += sizeof(*item) + text.len;
}

uint64_t queue_last(const struct queue *queue)
{
	return queue->last;
}

/* ---- out ---- */

/* Rooms whose time has come are ready. */
static void wake(struct queue *queue, struct mono now)
{
	struct list *at = queue->resting.next;
	struct mono soonest = { UINT64_MAX };

	if (mono_before(now, queue->soonest))
		return;
	while (at != &queue->resting) {
		struct room *room = LIST_ENTRY(at, struct room, link);

		at = at->next;
		if (mono_before(now, room->due))
			soonest = mono_sooner(soonest, room->due);
		else
			list_append(&queue->ready, &room->link);
	}
	queue->soonest = soonest;
}

static bool may_send(const struct queue *queue, struct mono now)
{
	if (queue->paused || queue->sending >= queue->limits.concurrency)
		return false;
	return queue->away == 0 || (queue->sending == 0 && !mono_before(now, queue->away_until));
}

static unsigned count_batch(const struct queue *queue, const struct room *room)
{
	unsigned most = room->alone ? 1 : room->again ? room->again : queue->limits.batch;
	unsigned count = 0;
	size_t bytes = 0;

	for (const struct list *at = room->items.next; at != &room->items && count < most;
		at = at->next) {
		bytes += LIST_ENTRY(at, struct item, in_room)->len;
		if (count && bytes > BATCH_BYTES)
			break;
		count++;
	}
	return count;
}

struct delivery *queue_next(struct queue *queue, struct mono now)
{
	struct room *room;

	if (!may_send(queue, now))
		return NULL;
	wake(queue, now);
	if (list_empty(&queue->ready))
		return NULL;
	room = LIST_ENTRY(queue->ready.next, struct room, link);
	list_remove(&room->link);
	room->sending = true;
	room->delivery = (struct delivery){ .room = slice_make(room->name, room->name_len),
		.first = first_item(room)->id,
		.count = count_batch(queue, room),
		.tries = room->tries };
	queue->sending++;
	return &room->delivery;
}

static struct room *room_of(const struct delivery *delivery)
{
	return LIST_ENTRY(delivery, struct room, delivery);
}

void queue_put_body(const struct queue *queue, const struct delivery *delivery, struct buf *out)
{
	const struct list *at = room_of(delivery)->items.next;
	/* those that failed together come together again, also if there may be only one by now */
	bool several = queue->limits.batch > 1 || delivery->count > 1;

	if (several)
		buf_put(out, SLICE("{\"events\":["));
	for (unsigned i = 0; i < delivery->count; i++, at = at->next) {
		const struct item *item = LIST_ENTRY(at, struct item, in_room);

		if (i)
			buf_putc(out, ',');
		buf_put(out, slice_make(item->text, item->len));
	}
	if (several)
		buf_put(out, SLICE("]}"));
}

/* ---- what became of it ---- */

/* Those of the delivery that happened too long ago to be tried once more. */
static unsigned too_old(const struct queue *queue, const struct room *room, uint64_t wall)
{
	const struct list *at = room->items.next;
	unsigned count = 0;

	while (queue->limits.give_up && count < room->delivery.count &&
		LIST_ENTRY(at, struct item, in_room)->id.stamp + queue->limits.give_up <= wall) {
		at = at->next;
		count++;
	}
	return count;
}

/* What comes first now has not been tried. */
static void begin_anew(struct room *room)
{
	room->tries = room->refusals = 0;
	room->alone = false;
	room->again = 0;
}

static uint64_t wait_for(
	const struct queue *queue, unsigned tries, const struct queue_answer *answer)
{
	return backoff_ms(tries, queue->limits.retry_first, queue->limits.retry_most, answer->asked,
		answer->random);
}

/* All rooms wait. Requests that were under way together and fail together are one try. */
static uint64_t be_away(struct queue *queue, const struct queue_answer *answer)
{
	struct mono asked = mono_after(answer->now, wait_for(queue, 1, answer));

	if (queue->away == 0 || !mono_before(answer->now, queue->away_until))
		queue->away_until = mono_after(answer->now, wait_for(queue, ++queue->away, answer));
	else if (answer->asked && mono_before(queue->away_until, asked))
		queue->away_until = asked;
	return mono_ms_until(answer->now, queue->away_until);
}

/* This room waits. */
static uint64_t rest(struct queue *queue, struct room *room, const struct queue_answer *answer)
{
	uint64_t ms = wait_for(queue, ++room->tries, answer);

	room->due = mono_after(answer->now, ms);
	queue->soonest = list_empty(&queue->resting) ? room->due
						     : mono_sooner(queue->soonest, room->due);
	return ms;
}

/* True: it is given up. */
static bool take_refusal(struct queue *queue, struct room *room, const struct queue_answer *answer,
	struct queue_result *result)
{
	if (room->delivery.count > 1) {
		room->alone = true;
		room->again = 0;
		return false;
	}
	if (++room->refusals >= queue->limits.refusals)
		return true;
	result->wait = rest(queue, room, answer);
	return false;
}

static void take_answer(struct queue *queue, struct room *room, const struct queue_answer *answer,
	struct queue_result *result)
{
	unsigned count = room->delivery.count;

	room->again = count;
	switch (answer->kind) {
	case VERDICT_ACCEPTED:
		result->accepted = count;
		break;
	case VERDICT_REFUSED:
		result->dead = take_refusal(queue, room, answer, result);
		break;
	case VERDICT_FAILED:
		result->wait = rest(queue, room, answer);
		break;
	case VERDICT_AWAY:
		result->wait = be_away(queue, answer);
		break;
	case VERDICT_GONE:
		queue->paused = true;
		return;
	}
	if (answer->kind != VERDICT_AWAY)
		queue->away = 0;
	if (result->accepted || result->dead)
		begin_anew(room);
	else
		result->dead = too_old(queue, room, answer->wall);
}

/* `own`: it waits by itself, not with all others. */
static void go_on(struct queue *queue, struct room *room, uint64_t wait, bool own)
{
	room->sending = false;
	queue->sending--;
	if (list_empty(&room->items))
		free_room(queue, room);
	else if (wait && own)
		list_append(&queue->resting, &room->link);
	else
		list_append(&queue->ready, &room->link);
}

void queue_done(struct queue *queue, struct delivery *delivery, const struct queue_answer *answer,
	struct queue_result *ret_result)
{
	struct room *room = room_of(delivery);
	struct queue_result result = { .accepted = 0 };

	assert(room->sending);
	take_answer(queue, room, answer, &result);
	for (unsigned i = 0; i < result.accepted + result.dead; i++)
		drop_item(queue, first_item(room));
	if (result.dead)
		room->again = room->refusals = 0; /* another event comes first */
	go_on(queue, room, result.wait, answer->kind != VERDICT_AWAY);
	*ret_result = result;
}

bool queue_wake(const struct queue *queue, struct mono *ret_when)
{
	if (queue->paused || queue->sending >= queue->limits.concurrency)
		return false;
	*ret_when = queue->soonest;
	if (!queue->away)
		return !list_empty(&queue->resting);
	/* there may be only such rooms as rest for longer than all wait */
	if (!list_empty(&queue->ready) || mono_before(queue->soonest, queue->away_until))
		*ret_when = queue->away_until;
	return queue->sending == 0 && queue->rooms;
}

void queue_resume(struct queue *queue)
{
	queue->paused = false;
	queue->away = 0;
	while (!list_empty(&queue->resting))
		list_append(&queue->ready, queue->resting.next);
}

bool queue_paused(const struct queue *queue)
{
	return queue->paused;
}

size_t queue_waiting(const struct queue *queue)
{
	return queue->waiting;
}

size_t queue_bytes(const struct queue *queue)
{
	return queue->bytes;
}

unsigned queue_sending(const struct queue *queue)
{
	return queue->sending;
}
