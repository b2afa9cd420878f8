/* queue.c - what is to be delivered: in order in each room, one request of a room at a time */
/* SPDX-License-Identifier: MIT */
#include "webhook/queue.h"

#include <assert.h>

#include "proto/base/hash.h"
#include "proto/base/list.h"
#include "proto/json.h"
#include "webhook/backoff.h"

enum { BATCH_BYTES = 1 << 20 }; /* a request has no more, unless one event does */

/* An event of the hub, which may send it again until it and all before it are dealt with. */
struct mark {
	struct list link; /* in `order`; in none: the hub's numbers are others now */
	uint64_t seq, stamp;
	unsigned pending; /* items */
};

struct item {
	struct list in_room;
	struct mark *mark;
	struct body_id id;
	size_t len;
	char text[];
};

/* A room for which something waits. It is in one list of the queue, or is being sent. */
struct room {
	UT_hash_handle hh;
	struct list link;
	struct list items;
	struct delivery delivery; /* while it is being sent */
	struct mono due; /* in `resting` */
	unsigned tries, refusals; /* of what comes first */
	bool sending;
	bool alone; /* it was refused together with others: one at a time, to find which it is */
	unsigned again; /* events of the request that failed: the same come again; 0: none failed */
	size_t name_len;
	char name[];
};

struct queue {
	struct queue_limits limits;
	struct room *rooms;
	struct list ready, resting;
	struct mono soonest; /* no room that rests is due before */
	struct list order; /* of marks, by number */
	struct list *known; /* up to here it was looked which events come again */
	uint64_t last; /* number that the hub has sent */
	size_t waiting, bytes;
	unsigned sending;
	unsigned away; /* tries of the endpoint that failed, one after the other */
	struct mono away_until;
	bool paused;
};

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

static struct mark *mark_of(const struct list *link)
{
	return LIST_ENTRY(link, struct mark, link);
}

static void drop_mark(struct queue *queue, struct mark *mark)
{
	queue->bytes -= sizeof(*mark);
	mem_free(mark);
}

static void free_mark(struct queue *queue, struct mark *mark)
{
	if (queue->known == &mark->link)
		queue->known = mark->link.next;
	list_remove(&mark->link);
	drop_mark(queue, mark);
}

static void drop_item(struct queue *queue, struct item *item)
{
	list_remove(&item->in_room);
	if (--item->mark->pending == 0 && list_empty(&item->mark->link))
		drop_mark(queue, item->mark);
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
		free_mark(queue, mark_of(queue->order.next));
	mem_free(queue);
}

/* ---- in ---- */

void queue_relinked(struct queue *queue)
{
	queue->known = queue->order.next;
}

/* Whether this number was of another event before. */
static bool is_other(struct queue *queue, uint64_t seq, uint64_t stamp)
{
	while (queue->known != &queue->order && mark_of(queue->known)->seq < seq)
		queue->known = queue->known->next;
	return queue->known != &queue->order && mark_of(queue->known)->seq == seq &&
		mark_of(queue->known)->stamp != stamp;
}

enum queue_taken queue_take(struct queue *queue, uint64_t seq, uint64_t stamp)
{
	bool anew = stamp && seq <= queue->last && is_other(queue, seq, stamp);
	struct mark *mark;

	if (anew)
		queue_renumber(queue);
	if (seq <= queue->last)
		return QUEUE_KNOWN;
	queue->last = seq;
	mark = mem_alloc(sizeof(*mark));
	mark->seq = seq;
	mark->stamp = stamp;
	queue->bytes += sizeof(*mark);
	list_init(&mark->link);
	list_append(&queue->order, &mark->link);
	return anew ? QUEUE_ANEW : QUEUE_NEW;
}

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
	item->mark = mark_of(queue->order.prev);
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

uint64_t queue_handled(struct queue *queue)
{
	while (!list_empty(&queue->order) && mark_of(queue->order.next)->pending == 0)
		free_mark(queue, mark_of(queue->order.next));
	return list_empty(&queue->order) ? queue->last : mark_of(queue->order.next)->seq - 1;
}

void queue_renumber(struct queue *queue)
{
	while (!list_empty(&queue->order)) {
		struct mark *mark = mark_of(queue->order.next);

		list_remove(&mark->link);
		if (mark->pending == 0)
			drop_mark(queue, mark);
	}
	queue->known = &queue->order;
	queue->last = 0;
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
