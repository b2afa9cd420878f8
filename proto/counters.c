/* counters.c - the numbers of this process, made from counters.def */
/* SPDX-License-Identifier: MIT */
#include "proto/counters.h"

#include <stddef.h>

uint64_t counter_values[COUNTER_MAX];

/* clang-format off */
enum { OWNER_ANY = 0 };
#define PROCESS(NAME, name, code) enum { OWNER_##NAME = code };
#include "proto/processes.def"
#undef PROCESS

static const struct counter_row rows[COUNTER_MAX] = {
#define COUNTER(NAME, name, owner, kind, help) \
	[COUNTER_##NAME] = { #name, (enum process)OWNER_##owner, COUNTER_KIND_##kind, help },
#include "proto/counters.def"
#undef COUNTER
};
/* clang-format on */

const struct counter_row *counter_row(unsigned counter)
{
	return counter < COUNTER_MAX ? &rows[counter] : NULL;
}

void counter_list(enum process process, struct buf *raw, struct msg_list *ret_list)
{
	buf_clear(raw);
	*ret_list = (struct msg_list){ .count = 0 };
	for (unsigned i = 0; i < COUNTER_MAX; i++)
		if (rows[i].owner == 0 || rows[i].owner == process)
			msg_add_count(raw, ret_list,
				&(struct msg_count){
					.counter = (uint16_t)i, .value = counter_values[i] });
}
