/* batch.h - what travels as one ZeroMQ message: a header, then messages */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BATCH_H
#define PROTO_BATCH_H

#include <stdint.h>

#include "proto/msg.h"

/*
 * The header's layout never changes, so that versions can recognise each other. `generation` counts
 * a client's HELLOs; each side ignores what belongs to an earlier one, so nothing that was still on
 * its way when a connection broke is taken for part of the next.
 */
struct batch {
	uint16_t version; /* of the link, as the sender knows it */
	uint32_t generation; /* 0 where no one says HELLO (PUSH) */
	uint64_t epoch; /* of the sender's process */
	struct slice messages;
};

enum { BATCH_HEADER_LEN = 14 };

void batch_begin(
	struct buf *out, uint16_t version, uint32_t generation, uint64_t epoch); /* out is empty */

/* 0, or -EBADMSG if it is cut. Says nothing of the messages. */
int batch_parse(struct slice bytes, struct batch *ret_batch);

#endif
