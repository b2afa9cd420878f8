/* pathname.c - the name of a room as a part of a path; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/pathname.h"

#include <stdio.h>

#include "proto/base/mem.h"
#include "proto/event.h"

enum { MARK = '~' };

static const struct slice folders[] = { SLICE("/ws/"), SLICE("/socket/") };

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A byte of two digits, or -1. */
static int byte_at(struct slice text, size_t at)
{
	int high, low;

	if (at + 2 > text.len)
		return -1;
	high = hex_of(text.ptr[at]);
	low = hex_of(text.ptr[at + 1]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Of what neither libwebsockets nor we would take for anything else. */
static bool is_plain(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
			c != '-' && c != '_')
			return false;
	}
	return true;
}

/* Percent-decoded; what is not escaped well stands for itself. */
static void put_decoded(struct buf *out, struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		int byte = name.ptr[i] == '%' ? byte_at(name, i + 1) : -1;

		buf_putc(out, byte < 0 ? name.ptr[i] : (char)byte);
		i += byte < 0 ? 0 : 2;
	}
}

bool pathname_below(struct slice path, struct slice folder, struct slice *ret_name)
{
	if (!slice_starts(path, folder))
		return false;
	*ret_name = slice_make(path.ptr + folder.len, path.len - folder.len);
	return !ret_name->len || !memchr(ret_name->ptr, '/', ret_name->len);
}

static void put_name(struct buf *out, struct slice name)
{
	_cleanup_(buf_done) struct buf room = { .cap = 0 };

	put_decoded(&room, name);
	buf_putc(out, MARK);
	for (size_t i = 0; event_room_valid(buf_slice(&room)) && i < room.len; i++)
		buf_printf(out, "%02x", (unsigned char)room.data[i]);
}

bool pathname_protect(struct slice target, struct buf *out)
{
	const char *query = target.len ? memchr(target.ptr, '?', target.len) : NULL;
	size_t len = query ? (size_t)(query - target.ptr) : target.len;
	struct slice path = slice_make(target.ptr, len), name;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (!pathname_below(path, folders[i], &name) || is_plain(name))
			continue;
		buf_put(out, folders[i]);
		put_name(out, name);
		buf_put(out, slice_make(target.ptr + len, target.len - len));
		return true;
	}
	return false;
}

struct slice pathname_room(struct slice name, struct buf *out)
{
	size_t start = out->len;

	if (name.len == 0 || name.ptr[0] != MARK)
		return name;
	for (size_t i = 1; i < name.len; i += 2) {
		int byte = byte_at(name, i);

		if (byte < 0)
			return slice_make(NULL, 0);
		buf_putc(out, (char)byte);
	}
	return out->len > start ? slice_make(out->data + start, out->len - start)
				: slice_make(NULL, 0);
}
