/* dialect.c - the dialects by number */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect.h"

#include <assert.h>

static const struct dialect *const dialects[DIALECT_MAX] = {
	[DIALECT_ROOM] = &dialect_room,
};

const struct dialect *dialect_get(enum dialect_id id)
{
	assert((unsigned)id < DIALECT_MAX);
	return dialects[id];
}
