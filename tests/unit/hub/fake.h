/* fake.h - a hub without sockets: what gateways say goes in, what they are told is written down */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_FAKE_H
#define TESTS_UNIT_HUB_FAKE_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/save.h"
#include "proto/event.h"
#include "tests/unit/hub/fake_api.h"
#include "tests/unit/hub/fake_asked.h"
#include "tests/unit/hub/fake_kept.h"
#include "tests/unit/hub/fake_state.h"

enum { FAKE_EPOCH = 77, FAKE_GATEWAYS = 4, FAKE_SETTLE = 250 };

struct fake_peer {
	struct gateway *gateway;
	uint64_t epoch;
	uint64_t seq; /* the last that it used */
};

struct fake {
	struct hub *hub;
	struct hub_settings settings;
	struct mono now;
	uint64_t wall_ms;
	struct buf log; /* a line for each message, and for what else the outlet is asked */
	struct fake_peer peers[FAKE_GATEWAYS + 1]; /* from 1 */
	unsigned texts; /* random texts are aaaa, bbbb, ... */
	uint64_t numbers;
	uint64_t last_seq[FAKE_GATEWAYS +
		1]; /* of what each was sent; grows by one, for as long as the hub lives */
	char resume[CONN_RESUME_LEN + 1]; /* of the last CONNECTED */
	bool quiet; /* writes nothing down */
};

static char *fake_ephemeral[] = { "typing", NULL };

static inline unsigned fake_index(struct fake *fake, const struct gateway *gateway)
{
	for (unsigned i = 1; i <= FAKE_GATEWAYS; i++)
		if (fake->peers[i].gateway == gateway)
			return i;
	return 0;
}

static inline void fake_field(struct fake *fake, const char *name, struct slice text)
{
	if (text.len)
		buf_printf(&fake->log, " %s=%.*s", name, (int)text.len, text.ptr);
}

static inline void fake_number(struct fake *fake, const char *name, uint64_t number)
{
	if (number)
		buf_printf(&fake->log, " %s=%" PRIu64, name, number);
}

static inline void fake_write_presence(struct fake *fake, const struct msg *msg)
{
	switch (msg->type) {
	case MSG_JOINED:
		buf_printf(&fake->log, " %" PRIu64, msg->joined.conn);
		fake_field(fake, "room", msg->joined.room);
		fake_field(fake, "ref", msg->joined.ref);
		fake_number(fake, "offset", msg->joined.offset);
		fake_number(fake, "recovered", msg->joined.recovered);
		fake_members(&fake->log, msg->joined.count, msg->joined.users, msg->joined.members);
		break;
	case MSG_LEFT:
		buf_printf(&fake->log, " %" PRIu64, msg->left.conn);
		fake_field(fake, "room", msg->left.room);
		fake_field(fake, "ref", msg->left.ref);
		break;
	case MSG_NOTICE:
		buf_printf(&fake->log, " %c", msg->notice.joined ? '+' : '-');
		fake_field(fake, "room", msg->notice.room);
		fake_number(fake, "conn", msg->notice.conn);
		fake_field(fake, "id", msg->notice.id);
		fake_field(fake, "nickname", msg->notice.nickname);
		fake_field(fake, "user", msg->notice.user);
		break;
	case MSG_PRESENCE:
		fake_number(fake, "to", msg->presence.conn);
		fake_field(fake, "room", msg->presence.room);
		fake_field(fake, "ref", msg->presence.ref);
		fake_members(&fake->log, msg->presence.count, msg->presence.users,
			msg->presence.members);
		break;
	default:
		break;
	}
}

static inline void fake_write_rooms(struct fake *fake, const struct msg_roomlist *roomlist)
{
	struct msg_list rooms = roomlist->rooms;
	struct msg_roomstat stat;

	fake_number(fake, "to", roomlist->conn);
	fake_field(fake, "ref", roomlist->ref);
	buf_printf(&fake->log, " %u", roomlist->count);
	while (msg_next_roomstat(&rooms, &stat))
		buf_printf(&fake->log, " %.*s:%u", (int)stat.name.len, stat.name.ptr, stat.users);
}

static inline void fake_write_event(struct fake *fake, const struct msg *msg)
{
	struct msg_list conns = msg->directed.conns;
	struct msg_connref ref;

	if (msg->type == MSG_DELIVER) {
		fake_field(fake, "room", msg->deliver.room);
		fake_field(fake, "type", msg->deliver.type);
		fake_number(fake, "flags", msg->deliver.flags);
		fake_number(fake, "except", msg->deliver.except);
		fake_number(fake, "offset", msg->deliver.offset);
		fake_field(fake, "mid", msg->deliver.mid);
		fake_field(fake, "id", msg->deliver.id);
		fake_field(fake, "nickname", msg->deliver.nickname);
		fake_field(fake, "user", msg->deliver.user);
		fake_field(fake, "body", msg->deliver.body);
		return;
	}
	while (msg_next_connref(&conns, &ref))
		buf_printf(&fake->log, " %" PRIu64, ref.conn);
	fake_field(fake, "type", msg->directed.type);
	fake_field(fake, "id", msg->directed.id);
	fake_field(fake, "nickname", msg->directed.nickname);
	fake_field(fake, "user", msg->directed.user);
	fake_field(fake, "body", msg->directed.body);
}

static inline void fake_write_reply(struct fake *fake, const struct msg *msg)
{
	switch (msg->type) {
	case MSG_ACK:
		buf_printf(&fake->log, " %" PRIu64, msg->ack.applied);
		break;
	case MSG_CONNECTED:
		buf_printf(&fake->log, " %" PRIu64, msg->connected.conn);
		fake_field(fake, "id", msg->connected.id);
		fake_field(fake, "nickname", msg->connected.nickname);
		fake_number(fake, "resumed", msg->connected.resumed);
		assert_int_equal(msg->connected.resume.len, CONN_RESUME_LEN);
		memcpy(fake->resume, msg->connected.resume.ptr, CONN_RESUME_LEN);
		break;
	case MSG_CLOSE:
		buf_printf(&fake->log, " %" PRIu64 " %s", msg->close.conn,
			close_row((enum close_reason)msg->close.reason)->name);
		break;
	case MSG_RECEIPT:
		buf_printf(&fake->log, " %" PRIu64, msg->receipt.conn);
		fake_field(fake, "ref", msg->receipt.ref);
		fake_field(fake, "room", msg->receipt.room);
		fake_number(fake, "offset", msg->receipt.offset);
		break;
	case MSG_REPLAY:
		buf_printf(&fake->log, " %" PRIu64, msg->replay.conn);
		fake_field(fake, "room", msg->replay.room);
		fake_kept(&fake->log, msg->replay.messages);
		break;
	case MSG_HISTORYLIST:
		buf_printf(&fake->log, " %" PRIu64, msg->historylist.conn);
		fake_field(fake, "room", msg->historylist.room);
		fake_field(fake, "ref", msg->historylist.ref);
		fake_number(fake, "offset", msg->historylist.offset);
		fake_kept(&fake->log, msg->historylist.messages);
		break;
	case MSG_BROADCASTED:
		fake_number(fake, "except", msg->broadcasted.except);
		fake_field(fake, "type", msg->broadcasted.type);
		fake_field(fake, "id", msg->broadcasted.id);
		fake_field(fake, "user", msg->broadcasted.user);
		fake_field(fake, "body", msg->broadcasted.body);
		break;
	default:
		break;
	}
}

static inline void fake_write(struct fake *fake, struct gateway *gateway, const struct msg *msg)
{
	buf_printf(&fake->log, "g%u %s", fake_index(fake, gateway), msg_name(msg->type));
	if (msg->type == MSG_DELIVER || msg->type == MSG_DIRECTED)
		fake_write_event(fake, msg);
	else if (msg->type == MSG_ROOMLIST)
		fake_write_rooms(fake, &msg->roomlist);
	fake_write_presence(fake, msg);
	fake_write_reply(fake, msg);
	fake_api(&fake->log, msg);
	fake_state(&fake->log, msg);
	fake_asked(&fake->log, msg);
	buf_putc(&fake->log, '\n');
	if (fake->quiet)
		buf_clear(&fake->log);
}

static inline void fake_send(void *arg, struct gateway *gateway, const struct msg *msg)
{
	struct fake *fake = arg;

	if (msg_seq(msg))
		assert_int_equal(msg_seq(msg), ++fake->last_seq[fake_index(fake, gateway)]);
	fake_write(fake, gateway, msg);
}

static inline int fake_send_now(void *arg, struct gateway *gateway, const struct msg *msg)
{
	fake_send(arg, gateway, msg);
	return 0;
}

static inline void fake_welcome(void *arg, struct gateway *gateway)
{
	struct fake *fake = arg;

	gateway->open = true;
	gateway->behind = false;
	buf_printf(
		&fake->log, "g%u welcome %" PRIu64 "\n", fake_index(fake, gateway), gateway->saved);
}

static inline void fake_drop(void *arg, struct link_peer *peer, const char *why)
{
	struct fake *fake = arg;
	struct fake_peer *from = (struct fake_peer *)(void *)peer;

	(void)why;
	buf_printf(&fake->log, "g%u drop\n", (unsigned)(from - fake->peers));
	if (from->gateway)
		hub_down(fake->hub, from->gateway);
}

static inline void fake_forget(void *arg, struct gateway *gateway)
{
	struct fake *fake = arg;
	unsigned index = fake_index(fake, gateway);

	buf_printf(&fake->log, "g%u forget\n", index);
	fake->peers[index].gateway = NULL;
}

static inline struct gateway *fake_gateway_of(void *arg, struct link_peer *peer)
{
	(void)arg;
	return ((struct fake_peer *)(void *)peer)->gateway;
}

static inline uint64_t fake_random(void *arg)
{
	struct fake *fake = arg;

	return ++fake->numbers;
}

static inline void fake_random_text(void *arg, char *ret_text, size_t len)
{
	struct fake *fake = arg;

	memset(ret_text, 'a' + (int)(fake->texts++ % 26), len);
	ret_text[len] = '\0';
}

/* What has come out since the last look. */
#define fake_expect(fake, lines) \
	do { \
		assert_string_equal(buf_cstr(&(fake)->log), lines); \
		buf_clear(&(fake)->log); \
	} while (0)

static inline void fake_clear(struct fake *fake)
{
	buf_clear(&fake->log);
}

static inline void fake_step(struct fake *fake)
{
	hub_step(fake->hub);
	/* As if the journal had taken it. */
	save_done(fake->hub, 1);
	peers_syncing(&fake->hub->peers);
	peers_saved(&fake->hub->peers);
	peers_acknowledge(&fake->hub->peers);
}

static inline void fake_pass(struct fake *fake, uint64_t ms)
{
	fake->now = mono_after(fake->now, ms);
	fake->wall_ms += ms;
	hub_time(fake->hub, fake->now, fake->wall_ms);
	fake_step(fake);
}

static inline void fake_prepare(struct fake *fake)
{
	*fake = (struct fake){ .now = { 1000000000 }, .wall_ms = 5000 };
	fake->settings = (struct hub_settings){ .grace = 5000,
		.settle = FAKE_SETTLE,
		.presence_interval = 200,
		.presence_interval_max = 200,
		.presence_max = 4,
		.rooms_interval = 500,
		.rooms_max = 3,
		.rooms_announced = 4,
		.max_rooms = 10000,
		.closed = 3,
		.ephemeral = fake_ephemeral };
	memset(counter_values, 0, sizeof(counter_values));
}

static inline void fake_begin(struct fake *fake)
{
	struct outlet outlet = { .arg = fake,
		.send = fake_send,
		.send_now = fake_send_now,
		.welcome = fake_welcome,
		.drop = fake_drop,
		.forget = fake_forget,
		.gateway_of = fake_gateway_of,
		.random = fake_random,
		.random_text = fake_random_text };

	fake_prepare(fake);
	fake->hub = hub_new(&fake->settings, &outlet, FAKE_EPOCH, fake->now, fake->wall_ms);
}

/* All that there is goes; then every gauge must be back at 0. */
static inline void fake_end(struct fake *fake)
{
	hub_free(fake->hub);
	assert_int_equal(counter_get(COUNTER_HUB_GATEWAYS), 0);
	assert_int_equal(counter_get(COUNTER_HUB_CONNECTIONS), 0);
	assert_int_equal(counter_get(COUNTER_HUB_ROOMS), 0);
	assert_int_equal(counter_get(COUNTER_HUB_MEMBERSHIPS), 0);
	buf_done(&fake->log);
}

static inline void fake_hello(struct fake *fake, unsigned index)
{
	struct fake_peer *peer = &fake->peers[index];

	if (peer->epoch == 0)
		peer->epoch = 1000 + index;
	peer->gateway = hub_hello(fake->hub, peer->epoch, SLICE("gateway"), fake->last_seq[index]);
	assert_non_null(peer->gateway);
}

/* As it is, number and all. */
static inline void fake_say_raw(struct fake *fake, unsigned index, struct msg *msg)
{
	assert_int_equal(dispatch_msg(&hub_dispatch, fake->hub,
				 (struct link_peer *)(void *)&fake->peers[index], msg),
		0);
}

/* With the gateway's next number. */
static inline void fake_say(struct fake *fake, unsigned index, struct msg msg)
{
	if (msg_set_seq(&msg, fake->peers[index].seq + 1))
		fake->peers[index].seq++;
	fake_say_raw(fake, index, &msg);
}

static inline void fake_restated(struct fake *fake, unsigned index)
{
	fake_say(fake, index,
		(struct msg){ .type = MSG_RESTATED, .restated = { .hub_epoch = FAKE_EPOCH } });
}

/* Gateways 1 to `count` are here and settled, and nothing is written down. */
static inline void fake_up(struct fake *fake, unsigned count)
{
	for (unsigned i = 1; i <= count; i++)
		fake_hello(fake, i);
	fake_pass(fake, FAKE_SETTLE);
	for (unsigned i = 1; i <= count; i++)
		fake_restated(fake, i);
	fake_step(fake);
	for (unsigned i = 1; i <= count; i++)
		assert_int_equal(fake->peers[i].gateway->state, GATEWAY_SETTLED);
	fake_clear(fake);
}

/* The nickname is the id in upper case; user and resume key may be NULL. */
static inline void fake_connect_as(struct fake *fake, unsigned index, uint64_t conn, const char *id,
	const char *room, const char *user, const char *resume)
{
	char nickname[64] = "";
	struct msg msg = { .type = MSG_CONNECT };

	for (size_t i = 0; i < sizeof(nickname) - 1 && id[i]; i++)
		nickname[i] = (char)(id[i] >= 'a' && id[i] <= 'z' ? id[i] - 32 : id[i]);
	msg.connect = (struct msg_connect){ .conn = conn,
		.id = slice_of(id),
		.resume = slice_of(resume),
		.nickname = slice_of(nickname),
		.user = slice_of(user),
		.room = slice_of(room) };
	fake_say(fake, index, msg);
}

static inline void fake_connect(
	struct fake *fake, unsigned index, uint64_t conn, const char *id, const char *room)
{
	fake_connect_as(fake, index, conn, id, room, NULL, NULL);
}

static inline void fake_disconnect(struct fake *fake, unsigned index, uint64_t conn, bool clean)
{
	fake_say(fake, index,
		(struct msg){
			.type = MSG_DISCONNECT, .disconnect = { .conn = conn, .clean = clean } });
}

static inline void fake_join(
	struct fake *fake, unsigned index, uint64_t conn, const char *room, const char *ref)
{
	fake_say(fake, index,
		(struct msg){ .type = MSG_JOIN,
			.join = { .conn = conn, .room = slice_of(room), .ref = slice_of(ref) } });
}

static inline void fake_leave(
	struct fake *fake, unsigned index, uint64_t conn, const char *room, const char *ref)
{
	fake_say(fake, index,
		(struct msg){ .type = MSG_LEAVE,
			.leave = { .conn = conn, .room = slice_of(room), .ref = slice_of(ref) } });
}

static inline void fake_publish(struct fake *fake, unsigned index, uint64_t conn, const char *room,
	const char *type, const char *ref)
{
	fake_say(fake, index,
		(struct msg){ .type = MSG_PUBLISH,
			.publish = { .conn = conn,
				.room = slice_of(room),
				.type = slice_of(type),
				.ref = slice_of(ref),
				.body = SLICE("\"n\":1") } });
}

static inline void fake_direct(
	struct fake *fake, unsigned index, uint64_t conn, const char *target, const char *ref)
{
	fake_say(fake, index,
		(struct msg){ .type = MSG_DIRECT,
			.direct = { .conn = conn,
				.target = slice_of(target),
				.type = SLICE("private"),
				.ref = slice_of(ref),
				.body = SLICE("\"n\":1") } });
}

static inline void fake_identify(
	struct fake *fake, unsigned index, uint64_t conn, const char *nickname, const char *user)
{
	fake_say(fake, index,
		(struct msg){ .type = MSG_IDENTIFY,
			.identify = { .conn = conn,
				.nickname = slice_of(nickname),
				.user = slice_of(user) } });
}

/* A connection with one or two rooms (or NULL). */
static inline void fake_restate(struct fake *fake, unsigned index, uint64_t conn, const char *id,
	const char *resume, const char *room, const char *room2)
{
	struct buf raw = { .cap = 0 };
	struct msg msg = { .type = MSG_RESTATE };
	struct msg_roomname names[] = { { slice_of(room) }, { slice_of(room2) } };

	msg.restate = (struct msg_restate){ .conn = conn,
		.id = slice_of(id),
		.resume = slice_of(resume),
		.nickname = slice_of(id) };
	for (size_t i = 0; i < 2; i++)
		if (names[i].name.len)
			msg_add_roomname(&raw, &msg.restate.rooms, &names[i]);
	fake_say(fake, index, msg);
	buf_done(&raw);
}

#define FAKE_KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define FAKE_KEY_B "bbbbbbbbbbbbbbbbbbbbbbbbbb"

#endif
