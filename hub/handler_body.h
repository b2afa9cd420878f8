/* handler_body.h - what handlers say is looked at as clients' messages are: it goes out as it is */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_HANDLER_BODY_H
#define HUB_HANDLER_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

/*
 * Whether it is of this format (enum event_format) and of at most `most` bytes. Of members none has
 * a name that is the server's own to say.
 */
bool handler_body_valid(uint8_t format, struct slice body, size_t most);

/* Any JSON value, of a room's state. */
bool handler_value_valid(struct slice value);

#endif
