/* encode.h - messages to the hub, encoded into memory that may run out */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_ENCODE_H
#define HANDLER_ENCODE_H

#include "proto/msg.h"

/*
 * How many bytes a message of messages_handler.def takes; 0: a string in it is too long for one.
 */
size_t encode_size(const struct msg *msg);

/* Appends it: 0, -ENOMEM, or -EMSGSIZE for a string that is too long; then nothing is changed. */
int encode(struct buf *out, const struct msg *msg);

#endif
