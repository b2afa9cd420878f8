/* body.h - what a handler gives as a message's body, or an answer's: may clients be told it? */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_BODY_H
#define HUB_BODY_H

#include "proto/event.h"

enum { BODY_DEPTH = 32 }; /* of JSON; the braces that are left out count */

/* Its size was looked at. `scratch` is overwritten: of members it has the object that they make. */
bool body_valid(enum event_format format, struct slice body, struct buf *scratch);

#endif
