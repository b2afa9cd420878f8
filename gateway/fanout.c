/* fanout.c - what the hub says once, for all clients of a room who are here */
/* SPDX-License-Identifier: MIT */
#include "gateway/fanout.h"

#include "gateway/clients.h"

/* What has been said to clients one by one: made when the first of a dialect is met. */
struct frames {
	struct frame *of[DIALECT_MAX];
	bool made[DIALECT_MAX];
};

/* NULL: the dialect has no word for it. */
static struct frame *encode_frame(struct gateway *gateway, const struct dialect *dialect,
	fanout_encoder encode, const void *what)
{
	struct frame *frame = NULL;
	enum said said = encode(dialect, &gateway->text, what);

	if (said != SAID_NOTHING)
		frame = frame_new(
			said == SAID_BINARY ? FRAME_BINARY : FRAME_TEXT, buf_slice(&gateway->text));
	buf_clear(&gateway->text);
	return frame;
}

static void send_one(
	struct frames *frames, struct client *client, fanout_encoder encode, const void *what)
{
	enum dialect_id id = client->dialect->id;

	if (!frames->made[id])
		frames->of[id] = encode_frame(client->gateway, client->dialect, encode, what);
	frames->made[id] = true;
	if (frames->of[id])
		client_send(client, frames->of[id]);
}

static void frames_done(struct frames *frames)
{
	for (size_t i = 0; i < DIALECT_MAX; i++)
		frame_unref(frames->of[i]);
}

static struct client *client_of(const struct gateway *gateway, uint64_t conn)
{
	struct session *session = session_find(gateway->sessions, conn);

	return session ? session->member.client : NULL;
}

/* What is said, and to whom it is not said. */
struct saying {
	fanout_encoder encode;
	const void *what;
	uint64_t key;
	const struct client *skip;
};

static void send_side(struct gateway *gateway, const struct roster_room *room,
	const struct dialect *dialect, const struct saying *saying)
{
	size_t count;
	struct client *const *clients = roster_clients(room, dialect->id, &count);
	struct frame *frame = NULL;

	if (count)
		frame = encode_frame(gateway, dialect, saying->encode, saying->what);
	if (frame)
		frame->key = saying->key;
	for (size_t i = 0; frame && i < count; i++)
		if (clients[i] != saying->skip)
			client_send(clients[i], frame);
	frame_unref(frame);
}

void fanout_room(struct gateway *gateway, struct slice name, uint64_t except, uint64_t key,
	fanout_encoder encode, const void *what)
{
	struct roster_room *room = roster_find(gateway->roster, name);
	struct saying saying = { .encode = encode, .what = what, .key = key };

	if (except)
		saying.skip = client_of(gateway, except);
	for (enum dialect_id id = 0; room && id < DIALECT_MAX; id++)
		send_side(gateway, room, dialect_get(id), &saying);
}

void fanout_notice(struct gateway *gateway, struct slice name, uint64_t except,
	fanout_encoder encode, const void *what)
{
	struct roster_room *room = roster_find(gateway->roster, name);
	struct client *joiner = except ? client_of(gateway, except) : NULL;
	struct saying saying = { .encode = encode, .what = what };

	for (enum dialect_id id = 0; room && id < DIALECT_MAX; id++) {
		saying.skip = dialect_get(id)->notice_others ? joiner : NULL;
		send_side(gateway, room, dialect_get(id), &saying);
	}
}

void fanout_all(struct gateway *gateway, uint64_t except, fanout_encoder encode, const void *what)
{
	struct client *skip = except ? client_of(gateway, except) : NULL;
	struct list *all = &gateway->clients->all;
	struct frames frames = { .of = { NULL } };

	for (struct list *at = all->next; at != all; at = at->next) {
		struct client *client = LIST_ENTRY(at, struct client, link);

		if (client->state == CLIENT_OPEN && client != skip)
			send_one(&frames, client, encode, what);
	}
	frames_done(&frames);
}

void fanout_conns(
	struct gateway *gateway, struct msg_list conns, fanout_encoder encode, const void *what)
{
	struct frames frames = { .of = { NULL } };
	struct msg_connref ref;

	while (msg_next_connref(&conns, &ref)) {
		struct client *client = client_of(gateway, ref.conn);

		if (client)
			send_one(&frames, client, encode, what);
	}
	frames_done(&frames);
}
