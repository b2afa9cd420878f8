/* marks.c - which of the hub's events have come, and which of them are dealt with */
/* SPDX-License-Identifier: MIT */
#include "webhook/queue_internal.h"

struct mark *queue_mark_of(const struct list *link)
{
	return LIST_ENTRY(link, struct mark, link);
}

void queue_drop_mark(struct queue *queue, struct mark *mark)
{
	queue->bytes -= sizeof(*mark);
	mem_free(mark);
}

void queue_free_mark(struct queue *queue, struct mark *mark)
{
	if (queue->known == &mark->link)
		queue->known = mark->link.next;
	list_remove(&mark->link);
	queue_drop_mark(queue, mark);
}

void queue_note_done(struct queue *queue, struct mark *mark)
{
	if (mark->pending || mark->told || queue->order.next == &mark->link)
		return;
	mark->told = true;
	buf_add(&queue->done, &mark->seq, sizeof(mark->seq));
}

void queue_relinked(struct queue *queue)
{
	queue->known = queue->order.next;
	buf_clear(&queue->done);
	for (struct list *link = queue->order.next; link != &queue->order; link = link->next) {
		queue_mark_of(link)->told = false;
		queue_note_done(queue, queue_mark_of(link));
	}
}

/* Whether this number was of another event before. */
static bool is_other(struct queue *queue, uint64_t seq, uint64_t stamp)
{
	while (queue->known != &queue->order && queue_mark_of(queue->known)->seq < seq)
		queue->known = queue->known->next;
	return queue->known != &queue->order && queue_mark_of(queue->known)->seq == seq &&
		queue_mark_of(queue->known)->stamp != stamp;
}

enum queue_taken queue_take(struct queue *queue, uint64_t seq, uint64_t stamp)
{
	bool anew = stamp && seq <= queue->last && is_other(queue, seq, stamp);
	struct mark *mark;

	if (anew)
		queue_renumber(queue);
	if (seq <= queue->last)
		return QUEUE_KNOWN;
	(void)queue_done_beyond(queue); /* of the last there was nothing to deliver */
	queue->last = seq;
	mark = mem_alloc(sizeof(*mark));
	mark->seq = seq;
	mark->stamp = stamp;
	queue->bytes += sizeof(*mark);
	list_init(&mark->link);
	list_append(&queue->order, &mark->link);
	return anew ? QUEUE_ANEW : QUEUE_NEW;
}

void queue_skip(struct queue *queue, uint64_t seq)
{
	if (seq > queue->last)
		queue->last = seq;
}

struct buf *queue_done_beyond(struct queue *queue)
{
	if (!list_empty(&queue->order))
		queue_note_done(queue, queue_mark_of(queue->order.prev));
	return &queue->done;
}

uint64_t queue_handled(struct queue *queue)
{
	while (!list_empty(&queue->order) && queue_mark_of(queue->order.next)->pending == 0)
		queue_free_mark(queue, queue_mark_of(queue->order.next));
	return list_empty(&queue->order) ? queue->last : queue_mark_of(queue->order.next)->seq - 1;
}

void queue_renumber(struct queue *queue)
{
	while (!list_empty(&queue->order)) {
		struct mark *mark = queue_mark_of(queue->order.next);

		list_remove(&mark->link);
		if (mark->pending == 0)
			queue_drop_mark(queue, mark);
	}
	queue->known = &queue->order;
	queue->last = 0;
	buf_clear(&queue->done);
}
