/* wheel.c - the deadlines of all clients, turned by one timer; is handed the time */
/* SPDX-License-Identifier: MIT */
#include "gateway/wheel.h"

#include "proto/base/mem.h"

enum { SLOTS = 256 };

struct wheel {
	uint64_t done; /* the newest step that has fired */
	struct wheel_node slots[SLOTS]; /* heads of rings */
};

static const uint64_t step_ns = WHEEL_STEP_MS * 1000000ull;

static void ring_init(struct wheel_node *head)
{
	head->prev = head->next = head;
}

static void ring_add(struct wheel_node *head, struct wheel_node *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

struct wheel *wheel_new(struct mono now)
{
	struct wheel *wheel = mem_alloc(sizeof(*wheel));

	wheel->done = now.ns / step_ns;
	for (size_t i = 0; i < SLOTS; i++)
		ring_init(&wheel->slots[i]);
	return wheel;
}

void wheel_free(struct wheel *wheel)
{
	mem_free(wheel);
}

void wheel_add(
	struct wheel *wheel, struct wheel_node *node, struct mono now, uint64_t ms, wheel_fn fn)
{
	wheel_remove(node);
	node->fn = fn;
	node->due = (mono_after(now, ms).ns + step_ns - 1) / step_ns;
	if (node->due <= wheel->done)
		node->due = wheel->done + 1;
	ring_add(&wheel->slots[node->due % SLOTS], node);
}

void wheel_remove(struct wheel_node *node)
{
	if (!node->next)
		return;
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->prev = node->next = NULL;
}

/* A slot also holds what is due whole turns later; it goes back in. */
static void fire(struct wheel *wheel, struct wheel_node *slot)
{
	struct wheel_node batch;

	if (slot->next == slot)
		return;
	batch = *slot;
	batch.next->prev = batch.prev->next = &batch;
	ring_init(slot);
	while (batch.next != &batch) {
		struct wheel_node *node = batch.next;

		wheel_remove(node);
		if (node->due > wheel->done)
			ring_add(slot, node);
		else
			node->fn(node);
	}
}

void wheel_turn(struct wheel *wheel, struct mono now)
{
	uint64_t step = now.ns / step_ns, from = wheel->done;

	if (step <= from)
		return;
	/* after a long sleep each slot is looked at once */
	if (step - from > SLOTS)
		from = step - SLOTS;
	wheel->done = step;
	for (uint64_t at = from + 1; at <= step; at++)
		fire(wheel, &wheel->slots[at % SLOTS]);
}
