/* handler_body.c - what handlers say is looked at as clients' messages are: it goes out as it is */
/* SPDX-License-Identifier: MIT */
#include "hub/handler_body.h"

#include "hub/body.h"
#include "proto/base/mem.h"
#include "proto/json.h"

/* What a message says of itself, its sender and its place. */
/* clang-format off */
#define NAME(text) { text, sizeof(text) - 1 }
static const struct slice reserved[] = { NAME("type"), NAME("room"), NAME("id"), NAME("nickname"),
	NAME("user"), NAME("offset"), NAME("ref"), NAME("mid"), NAME("echo"), NAME("ephemeral"),
	NAME("token") };
/* clang-format on */

static bool is_reserved(struct slice key)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (json_string_eq(key, reserved[i]))
			return true;
	return false;
}

static bool names_valid(struct slice object)
{
	struct json_member member;
	struct json_walk walk;

	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member))
		if (is_reserved(member.key))
			return false;
	return true;
}

bool handler_body_valid(uint8_t format, struct slice body, size_t most)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };

	if (format >= EVENT_FORMATS || body.len > most ||
		!body_valid((enum event_format)format, body, &text))
		return false;
	return format != EVENT_MEMBERS || names_valid(buf_slice(&text));
}

bool handler_value_valid(struct slice value)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	struct json_value array, first, second;
	struct json_walk walk;

	buf_putc(&text, '[');
	buf_put(&text, value);
	buf_putc(&text, ']');
	if (json_check(buf_slice(&text), BODY_DEPTH + 1, &array) < 0)
		return false;
	json_walk_init(&walk, array.text);
	return json_next_element(&walk, &first) && !json_next_element(&walk, &second);
}
