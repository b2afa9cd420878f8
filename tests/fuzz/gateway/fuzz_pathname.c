/* fuzz_pathname.c - a room in a path comes out as it was meant, or is none */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "gateway/pathname.h"
#include "proto/base/mem.h"
#include "proto/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As a browser's encodeURIComponent() would, but of every byte. */
static void put_encoded(struct buf *out, struct slice room)
{
	buf_put(out, SLICE("/ws/"));
	for (size_t i = 0; i < room.len; i++)
		buf_printf(out, "%%%02X", (unsigned char)room.ptr[i]);
}

static void check_room(struct slice room)
{
	_cleanup_(buf_done) struct buf target = { .cap = 0 }, safe = { .cap = 0 };
	_cleanup_(buf_done) struct buf memory = { .cap = 0 };
	struct slice name;

	put_encoded(&target, room);
	buf_put(&target, SLICE("?x=%2f"));
	assert(pathname_protect(buf_slice(&target), &safe));
	safe.len -= 6;
	assert(pathname_below(buf_slice(&safe), SLICE("/ws/"), &name));
	if (event_room_valid(room))
		assert(slice_eq(pathname_room(name, &memory), room));
	else
		assert(!event_room_valid(pathname_room(name, &memory)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct slice bytes = slice_make(data, size), room;

	if (size)
		check_room(bytes);
	if (!pathname_protect(bytes, &out))
		assert(out.len == 0);
	for (size_t i = 0; i < out.len && out.data[i] != '?'; i++)
		assert(out.data[i] > ' ' && out.data[i] < 0x7f && out.data[i] != '%');
	room = pathname_room(bytes, &out);
	assert(room.len <= size);
	return 0;
}
