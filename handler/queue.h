/* queue.h - what is to be sent to the hub, in order, and what of it is not answered yet */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_QUEUE_H
#define HANDLER_QUEUE_H

#include "proto/atrium.h"
#include "proto/base/list.h"
#include "proto/msg.h"

/*
 * An action, which is here until the hub has answered it, or the answer to a question of the hub.
 */
struct item {
	struct list link;
	enum msg_type type;
	uint64_t number; /* of an action its `call`; of an answer the `ask` */
	atrium_result_fn *fn;
	void *arg;
	struct buf bytes; /* the message */
};

struct queue {
	struct list items;
	struct list
		*next; /* the first that was not sent since the last WELCOME; `items`: all were */
	uint64_t last_call;
	size_t count, bytes; /* of actions */
	size_t max_count, max_bytes;
	bool starved; /* one more did not fit */
	/* Answers that were sent: the hub asks again, if they got lost with the link. */
	struct list answered;
	size_t answered_count, answered_bytes;
};

void queue_init(struct queue *queue);
void queue_done(struct queue *queue); /* calls no one */

/* There is no room for one more of so many bytes. */
bool queue_full(const struct queue *queue, size_t bytes);

/* 0; -EAGAIN: it is full; -EMSGSIZE, -ENOMEM. The message has queue_call() as its `call`. */
int queue_act(struct queue *queue, const struct msg *msg, atrium_result_fn *fn, void *arg);
uint64_t queue_call(const struct queue *queue);

int queue_answer(struct queue *queue, const struct msg *msg, uint64_t ask);
/* The answer to this question is known, and will be sent again if it was sent before. */
bool queue_answer_again(struct queue *queue, uint64_t ask);

/* The next to be sent, or NULL; and it was. */
struct item *queue_next(const struct queue *queue);
void queue_sent(struct queue *queue, struct item *item);

void queue_rewind(
	struct queue *queue); /* the link is new: all that is not answered is sent again */
void queue_forget_answers(struct queue *queue); /* the hub's questions have other numbers now */

struct item *queue_find(const struct queue *queue, uint64_t call); /* an action; or NULL */
/*
 * Takes it out; it is the caller's. True: there is room again for who was told that there is none.
 */
bool queue_take(struct queue *queue, struct item *item);
void item_free(struct item *item); /* takes NULL */

#endif
