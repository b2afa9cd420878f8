/* event.c - what the names of the canonical event may be */
/* SPDX-License-Identifier: MIT */
#include "proto/event.h"

#include "proto/base/utf8.h"

const char *tap_kind_name(enum tap_kind kind)
{
	static const char *const names[TAP_KINDS] = {
#define TAP(NAME, name, help) #name,
#include "proto/taps.def"
#undef TAP
	};

	return (unsigned)kind < TAP_KINDS ? names[kind] : "unknown";
}

bool event_room_valid(struct slice room)
{
	return room.len >= 1 && room.len <= EVENT_ROOM_MAX && utf8_printable(room);
}

const char *event_room_check(struct slice room)
{
	return event_room_valid(room) ? NULL : "this is no name of a room";
}

bool event_type_valid(struct slice type)
{
	return type.len >= 1 && type.len <= EVENT_TYPE_MAX && utf8_printable(type);
}

bool event_key_valid(struct slice key)
{
	return key.len >= 1 && key.len <= EVENT_KEY_MAX && utf8_printable(key);
}

static bool id_character(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		c == '.' || c == '_' || c == ':' || c == '@' || c == '-';
}

bool event_id_valid(struct slice id)
{
	if (id.len < 1 || id.len > EVENT_ID_MAX || slice_starts(id, SLICE("user:")))
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (!id_character(id.ptr[i]))
			return false;
	return true;
}

/* What shows nothing: a nickname of these alone would be an empty place in a list. */
static bool is_space(uint32_t code)
{
	return code == ' ' || code == 0xA0 || code == 0x1680 ||
		(code >= 0x2000 && code <= 0x200F) || (code >= 0x2028 && code <= 0x202F) ||
		(code >= 0x205F && code <= 0x2064) || code == 0x3000 || code == 0xFEFF;
}

bool event_nickname_valid(struct slice nickname, size_t max_characters)
{
	size_t characters = 0;
	bool shows = false;
	uint32_t code;

	if (nickname.len > EVENT_NICKNAME_MAX || !utf8_printable(nickname))
		return false;
	while (nickname.len) {
		size_t n = utf8_get(nickname, &code);

		nickname.ptr += n;
		nickname.len -= n;
		characters++;
		if (!is_space(code))
			shows = true;
	}
	return shows && characters <= max_characters;
}

bool event_offset_parse(struct slice text, uint64_t *ret_offset)
{
	uint64_t offset = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		if (__builtin_mul_overflow(offset, 10u, &offset) ||
			__builtin_add_overflow(offset, (unsigned)(text.ptr[i] - '0'), &offset))
			return false;
	}
	*ret_offset = offset;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool event_epoch_parse(struct slice text, uint64_t *ret_epoch)
{
	uint64_t epoch = 0;

	if (text.len != EVENT_EPOCH_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_digit(text.ptr[i]);

		if (digit < 0)
			return false;
		epoch = epoch << 4 | (unsigned)digit;
	}
	*ret_epoch = epoch;
	return true;
}
