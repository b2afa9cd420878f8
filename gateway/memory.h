/* memory.h - what is held for all clients together, and who has to go when it is too much */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_MEMORY_H
#define GATEWAY_MEMORY_H

#include "gateway/client.h"

/*
 * Counted in the gauge gateway_memory_bytes: frames that wait, each once however many they are for;
 * the queues of references to them; and what was read and is not taken. frame.c and outbox.c count
 * their own.
 */

/* What was read of a client, and is kept, may be more or less now. */
void memory_count(struct client *client);

/* No one new is let in: seven eighths of the limit are reached. */
bool memory_is_short(const struct gateway *gateway);

/* At the end of each turn: over the limit those are closed for whom most is held. */
struct memory;
struct memory *memory_new(struct gateway *gateway); /* after flush_new() */
void memory_free(struct memory *memory); /* takes NULL */

#endif
