/* queue.c - what is to be sent to the hub, in order, and what of it is not answered yet */
/* SPDX-License-Identifier: MIT */
#include "handler/queue.h"

#include <errno.h>
#include <stdlib.h>

#include "handler/encode.h"

enum {
	COUNT = 1000, /* actions, unless another limit is set */
	BYTES = 16 * 1024 * 1024,
	ANSWERED_COUNT = 1000, /* as many as may wait for one handler in the hub, by its settings */
	ANSWERED_BYTES = 4 * 1024 * 1024,
};

static struct item *entry(struct list *link)
{
	return LIST_ENTRY(link, struct item, link);
}

static bool is_answer(const struct item *item)
{
	return item->type == MSG_ANSWER || item->type == MSG_RULING;
}

void queue_init(struct queue *queue)
{
	*queue = (struct queue){ .max_count = COUNT, .max_bytes = BYTES };
	list_init(&queue->items);
	list_init(&queue->answered);
	queue->next = &queue->items;
}

void item_free(struct item *item)
{
	if (!item)
		return;
	list_remove(&item->link);
	free(item->bytes.data);
	free(item);
}

static void free_all(struct list *list)
{
	while (!list_empty(list))
		item_free(entry(list->next));
}

void queue_done(struct queue *queue)
{
	free_all(&queue->items);
	free_all(&queue->answered);
	queue_init(queue);
}

bool queue_full(const struct queue *queue, size_t bytes)
{
	if (queue->count == 0)
		return false; /* or one that is larger than the limit could never be sent */
	return queue->count >= queue->max_count || bytes > queue->max_bytes ||
		queue->bytes > queue->max_bytes - bytes;
}

uint64_t queue_call(const struct queue *queue)
{
	return queue->last_call + 1;
}

static int add(struct queue *queue, const struct msg *msg, struct item **ret_item)
{
	struct item *item = calloc(1, sizeof(*item));
	int r = item ? encode(&item->bytes, msg) : -ENOMEM;

	if (r < 0) {
		free(item);
		return r;
	}
	item->type = msg->type;
	list_init(&item->link);
	list_append(&queue->items, &item->link);
	if (queue->next == &queue->items)
		queue->next = &item->link;
	*ret_item = item;
	return 0;
}

int queue_act(struct queue *queue, const struct msg *msg, atrium_result_fn *fn, void *arg)
{
	size_t size = encode_size(msg);
	struct item *item;
	int r;

	if (size && queue_full(queue, size)) {
		queue->starved = true;
		return -EAGAIN;
	}
	r = add(queue, msg, &item);
	if (r < 0)
		return r;
	item->number = ++queue->last_call;
	item->fn = fn;
	item->arg = arg;
	queue->count++;
	queue->bytes += item->bytes.len;
	return 0;
}

int queue_answer(struct queue *queue, const struct msg *msg, uint64_t ask)
{
	struct item *item;
	int r = add(queue, msg, &item);

	if (r == 0)
		item->number = ask;
	return r;
}

static struct item *find(const struct list *list, uint64_t number, bool answer)
{
	for (struct list *link = list->next; link != list; link = link->next)
		if (entry(link)->number == number && is_answer(entry(link)) == answer)
			return entry(link);
	return NULL;
}

bool queue_answer_again(struct queue *queue, uint64_t ask)
{
	struct item *item = find(&queue->answered, ask, true);

	if (!item)
		return find(&queue->items, ask, true) != NULL;
	queue->answered_count--;
	queue->answered_bytes -= item->bytes.len;
	list_append(&queue->items, &item->link);
	if (queue->next == &queue->items)
		queue->next = &item->link;
	return true;
}

struct item *queue_next(const struct queue *queue)
{
	return queue->next == &queue->items ? NULL : entry(queue->next);
}

static void keep_answer(struct queue *queue, struct item *item)
{
	list_append(&queue->answered, &item->link);
	queue->answered_count++;
	queue->answered_bytes += item->bytes.len;
	while (queue->answered_count > ANSWERED_COUNT || queue->answered_bytes > ANSWERED_BYTES) {
		struct item *oldest = entry(queue->answered.next);

		queue->answered_count--;
		queue->answered_bytes -= oldest->bytes.len;
		item_free(oldest);
	}
}

void queue_sent(struct queue *queue, struct item *item)
{
	queue->next = item->link.next;
	if (is_answer(item))
		keep_answer(queue, item);
}

void queue_rewind(struct queue *queue)
{
	queue->next = queue->items.next;
}

void queue_forget_answers(struct queue *queue)
{
	struct list *link, *next;

	free_all(&queue->answered);
	queue->answered_count = queue->answered_bytes = 0;
	for (link = queue->items.next; link != &queue->items; link = next) {
		next = link->next;
		if (!is_answer(entry(link)))
			continue;
		if (queue->next == link)
			queue->next = next;
		item_free(entry(link));
	}
}

struct item *queue_find(const struct queue *queue, uint64_t call)
{
	return find(&queue->items, call, false);
}

bool queue_take(struct queue *queue, struct item *item)
{
	if (queue->next == &item->link)
		queue->next = item->link.next;
	list_remove(&item->link);
	queue->count--;
	queue->bytes -= item->bytes.len;
	if (!queue->starved || queue->count > queue->max_count / 2 ||
		queue->bytes > queue->max_bytes / 2)
		return false;
	queue->starved = false;
	return true;
}
