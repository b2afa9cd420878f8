/* fanout.c - what the hub says once, for all clients of a room who are here */
/* SPDX-License-Identifier: MIT */
#include "gateway/fanout.h"

/* NULL: the dialect has no word for it. */
static struct frame *encode_frame(struct gateway *gateway, const struct dialect *dialect,
	fanout_encoder encode, const void *what)
{
	struct frame *frame = NULL;
	bool binary = encode(dialect, &gateway->text, what);

	if (gateway->text.len)
		frame = frame_new(binary ? FRAME_BINARY : FRAME_TEXT, buf_slice(&gateway->text));
	buf_clear(&gateway->text);
	return frame;
}

static struct client *client_of(const struct gateway *gateway, uint64_t conn)
{
	struct session *session = session_find(gateway->sessions, conn);

	return session ? session->member.client : NULL;
}

void fanout_room(struct gateway *gateway, struct slice name, uint64_t except, uint64_t key,
	fanout_encoder encode, const void *what)
{
	struct roster_room *room = roster_find(gateway->roster, name);
	struct client *skip = except ? client_of(gateway, except) : NULL;

	for (enum dialect_id id = 0; room && id < DIALECT_MAX; id++) {
		size_t count;
		struct client *const *clients = roster_clients(room, id, &count);
		struct frame *frame = NULL;

		if (count)
			frame = encode_frame(gateway, dialect_get(id), encode, what);
		if (frame)
			frame->key = key;
		for (size_t i = 0; frame && i < count; i++)
			if (clients[i] != skip)
				client_send(clients[i], frame);
		frame_unref(frame);
	}
}

void fanout_conns(
	struct gateway *gateway, struct msg_list conns, fanout_encoder encode, const void *what)
{
	struct frame *frames[DIALECT_MAX] = { NULL };
	struct msg_connref ref;

	while (msg_next_connref(&conns, &ref)) {
		struct client *client = client_of(gateway, ref.conn);
		struct frame **frame;

		if (!client)
			continue;
		frame = &frames[client->dialect->id];
		if (!*frame)
			*frame = encode_frame(gateway, client->dialect, encode, what);
		if (*frame)
			client_send(client, *frame);
	}
	for (size_t i = 0; i < DIALECT_MAX; i++)
		frame_unref(frames[i]);
}
