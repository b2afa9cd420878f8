/* fuzz_hub.c - any order of messages, breaks and pauses leaves the hub whole */
/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>

#include <unistd.h>

#include "hub/save.h"
#include "proto/base/log.h"
#include "tests/fuzz/hub/handlers.h"
#include "tests/fuzz/hub/rules.h"
#include "tests/fuzz/hub/states.h"

/*
 * Each step is four bytes: what happens, at which gateway, to which connection, with which names.
 * Names and numbers are few, so that they meet. After all steps a quiet time passes; then nothing
 * may be left to be told, what is counted must be what is there, and all must go away.
 */
enum { GATEWAYS = 3, FIRST_HANDLER = GATEWAYS + 1, CONNS = 8, NAMES = 8 };

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

struct peer {
	struct gateway *gateway;
	uint64_t seq;
	uint64_t received; /* hub's numbers */
};

struct world {
	struct hub *hub;
	struct peer peers[FIRST_HANDLER + HANDLERS]; /* gateways, a stranger, handlers */
	struct mono now;
	struct buf scratch;
	uint64_t random;
	uint64_t asked; /* the number of the last question */
	char resume[NAMES][CONN_RESUME_LEN]; /* the key of each name, as CONNECTED said last */
};

/* Some are not valid. */
static const char *const ids[NAMES] = { "", "a", "b", "c", "user:a", "metrics", "e", "f" };
static const char *const rooms[NAMES] = { "", "r", "s", "t", "u\n", "v", "w", "x" };
static const char *const users[NAMES] = { "", "", "u", "v", "", "u", "v", "w" };
static const char *const nicknames[NAMES] = { "", "Ann", "Bob", " ", "Eve", "Ann", "Dan", "Joe" };
static const char *const types[NAMES] = { "chat", "typing", "", "draw", "x", "y", "z", "chat" };
static const char *const targets[NAMES] = { "a", "b", "user:u", "user:", "", "c d", "user:v", "e" };
static const char *const refs[NAMES] = { "", "1", "\"r\"", "", "2", "", "", "3" };

static struct peer *peer_of(struct world *world, const struct gateway *gateway)
{
	for (unsigned i = 0; i < FIRST_HANDLER + HANDLERS; i++)
		if (world->peers[i].gateway == gateway)
			return &world->peers[i];
	abort();
}

/* All that is sent must be numbered without a gap, and read back. */
static void out_send(void *arg, struct gateway *gateway, const struct msg *msg)
{
	struct world *world = arg;
	struct peer *peer = peer_of(world, gateway);
	struct slice bytes;
	struct msg read;

	if (msg_seq(msg))
		CHECK(msg_seq(msg) == ++peer->received);
	CHECK(msg_allowed(
		msg->type, PROCESS_HUB, gateway->handler ? PROCESS_HANDLER : PROCESS_GATEWAY));
	buf_clear(&world->scratch);
	msg_encode(&world->scratch, msg);
	bytes = buf_slice(&world->scratch);
	CHECK(msg_decode(&bytes, &read) == 0 && bytes.len == 0);
	if (read.type == MSG_CONNECTED)
		for (unsigned i = 1; i < NAMES; i++)
			if (slice_eq(read.connected.id, slice_of(ids[i])))
				memcpy(world->resume[i], read.connected.resume.ptr,
					CONN_RESUME_LEN);
	if (read.type == MSG_GUARDED || read.type == MSG_CALLED)
		world->asked = read.type == MSG_GUARDED ? read.guarded.ask : read.called.ask;
}

static int out_send_now(void *arg, struct gateway *gateway, const struct msg *msg)
{
	CHECK(msg_seq(msg) == 0);
	out_send(arg, gateway, msg);
	return 0;
}

static void out_welcome(void *arg, struct gateway *gateway)
{
	struct peer *peer = peer_of(arg, gateway);

	/*
	 * As a gateway does: what was not applied comes again. One that is forgotten starts anew.
	 */
	if (gateway->numbered)
		peer->seq = gateway->applied;
}

static void out_cut(void *arg, struct gateway *gateway, const char *why)
{
	(void)why;
	handlers_down(((struct world *)arg)->hub, gateway->handler);
}

static void out_drop(void *arg, struct link_peer *link_peer, const char *why)
{
	struct world *world = arg;
	struct peer *peer = (struct peer *)(void *)link_peer;

	(void)why;
	if (peer->gateway && peer->gateway->handler)
		handlers_down(world->hub, peer->gateway->handler);
	else if (peer->gateway)
		hub_down(world->hub, peer->gateway);
}

static void out_forget(void *arg, struct gateway *gateway)
{
	peer_of(arg, gateway)->gateway = NULL;
}

static struct gateway *out_gateway_of(void *arg, struct link_peer *peer)
{
	(void)arg;
	return ((struct peer *)(void *)peer)->gateway;
}

static uint64_t out_random(void *arg)
{
	return ++((struct world *)arg)->random;
}

static void out_random_text(void *arg, char *ret_text, size_t len)
{
	struct world *world = arg;

	memset(ret_text, 'a' + (int)(++world->random % 26), len);
	ret_text[0] = (char)('a' + world->random / 26 % 26);
	ret_text[len] = '\0';
}

static void say(struct world *world, unsigned index, struct msg msg)
{
	struct peer *peer = &world->peers[index];

	if (msg_set_seq(&msg, peer->seq + 1))
		peer->seq++;
	dispatch_msg(&hub_dispatch, world->hub, (struct link_peer *)(void *)peer, &msg);
}

static void say_restate(struct world *world, unsigned index, uint64_t conn, unsigned name)
{
	struct buf raw = { .cap = 0 };
	struct msg msg = { .type = MSG_RESTATE };

	msg.restate = (struct msg_restate){ .conn = conn,
		.id = slice_of(ids[name]),
		.resume = slice_make(world->resume[name], CONN_RESUME_LEN),
		.nickname = slice_of(nicknames[name]),
		.user = slice_of(users[name]) };
	for (unsigned i = 0; i < 2; i++) {
		struct msg_roomname room = { slice_of(rooms[(name + conn + i) % NAMES]) };

		if (room.name.len)
			msg_add_roomname(&raw, &msg.restate.rooms, &room);
	}
	say(world, index, msg);
	buf_done(&raw);
}

static struct msg connect_of(struct world *world, uint64_t conn, unsigned name, bool resume)
{
	struct slice key = slice_make(world->resume[name], CONN_RESUME_LEN);

	return (struct msg){ .type = MSG_CONNECT,
		.connect = { .conn = conn,
			.id = slice_of(ids[name]),
			.resume = resume ? key : SLICE(""),
			.nickname = slice_of(nicknames[(name + conn) % NAMES]),
			.user = slice_of(users[name]),
			.room = slice_of(rooms[(name + conn) % NAMES]) } };
}

/* The messages of a connection, by number. */
static struct msg ask(unsigned what, uint64_t conn, unsigned name)
{
	struct slice room = slice_of(rooms[name]), ref = slice_of(refs[(name + conn) % NAMES]);

	switch (what) {
	case 0:
		return (struct msg){ .type = MSG_JOIN,
			.join = { 0, conn, room, ref, conn & 1, name, conn % 5, conn % 3, name,
				conn % 2 } };
	case 1:
		return (struct msg){ .type = MSG_LEAVE, .leave = { 0, conn, room, ref } };
	case 2:
		return (struct msg){ .type = MSG_USERS, .users = { 0, conn, room, ref } };
	case 3:
		return (struct msg){ .type = MSG_ROOMS, .rooms = { 0, conn, ref } };
	case 4:
		return (struct msg){ .type = MSG_DIRECT,
			.direct = { .conn = conn,
				.target = slice_of(targets[name]),
				.type = SLICE("private"),
				.ref = ref } };
	case 5:
		return (struct msg){ .type = MSG_IDENTIFY,
			.identify = { .conn = conn,
				.nickname = slice_of(nicknames[name]),
				.user = slice_of(users[(name + 1) % NAMES]) } };
	case 19:
		return (struct msg){ .type = MSG_CALL,
			.call = { 0, conn, room, slice_of(types[name]), ref, SLICE("") } };
	default:
		return (struct msg){ .type = MSG_PUBLISH,
			.publish = { .conn = conn,
				.room = room,
				.type = slice_of(types[(name + conn) % NAMES]),
				.flags = (uint8_t)(conn % 4),
				.mid = slice_of(refs[(name + conn * 3) % NAMES]),
				.ref = ref } };
	}
}

/* What the server API asks for; who asks has a name of a user, and ids of messages of its own. */
static struct msg ask_api(unsigned what, unsigned name)
{
	struct slice room = slice_of(rooms[name]), target = slice_of(targets[name]);

	switch (what % 4) {
	case 0:
		return (struct msg){ .type = MSG_API_PUBLISH,
			.api_publish = { .call = 1,
				.user = slice_of(users[name]),
				.room = slice_of(rooms[what % NAMES]),
				.type = slice_of(types[name]),
				.flags = what & EVENT_EPHEMERAL,
				.except = slice_of(ids[name]),
				.mid = slice_of(refs[what % NAMES]) } };
	case 1:
		return (struct msg){ .type = MSG_API_STEER,
			.api_steer = { .call = 1,
				.action = (uint8_t)(what / 4 % API_ACTIONS),
				.target = target,
				.room = room,
				.reason = CLOSE_KICKED } };
	case 2:
		return (struct msg){ .type = MSG_API_QUERY,
			.api_query = { .call = 1,
				.query = (uint8_t)(what / 4 % API_QUERIES),
				.room = what & 64 ? room : SLICE(""),
				.user = what & 128 ? slice_of(users[name]) : SLICE(""),
				.search = what & 32 ? room : SLICE(""),
				.since = what % 3,
				.limit = what % 5 } };
	default:
		return (struct msg){ .type = MSG_API_SEND,
			.api_send = { .call = 1,
				.target = target,
				.type = SLICE("private"),
				.mid = slice_of(refs[what % NAMES]) } };
	}
}

static void pass(struct world *world, uint64_t ms)
{
	world->now = mono_after(world->now, ms);
	hub_time(world->hub, world->now, world->now.ns / 1000000);
	hub_step(world->hub);
	save_done(world->hub, 1);
	peers_syncing(&world->hub->peers);
	peers_saved(&world->hub->peers);
	peers_acknowledge(&world->hub->peers);
}

static const struct hub_settings defaults = { .grace = 5000,
	.settle = 250,
	.presence_interval = 200,
	.presence_interval_max = 800,
	.presence_max = 2,
	.rooms_interval = 500,
	.rooms_max = 3,
	.rooms_announced = 100,
	.ephemeral = ephemeral,
	.history = 3,
	.history_ttl = 60000,
	.max_rooms = 5,
	.state_bytes = 50,
	.state_keys = 5,
	.state_memory = 8 * (STATE_OVERHEAD + 8),
	.closed = 2,
	.handler_message = 64,
	.handler_sections = handler_sections,
	.handler_count = HANDLERS,
	.rooms = sections };

/* As SIGHUP does; sections come and go from either end. */
static void configure(struct world *world, unsigned choice)
{
	struct hub_settings settings = defaults;

	settings.history = choice % 4;
	settings.closed = choice % 3;
	settings.state_keys = choice % 6;
	settings.rooms += choice / 4 % 3;
	settings.room_count = choice / 12 % (4 - choice / 4 % 3);
	settings.handler_count = choice / 32 % (HANDLERS + 1);
	settings.handlers = choice / 128 ? HANDLERS_OPEN : HANDLERS_CLOSED;
	hub_configure(world->hub, &settings);
}

static void change_state(struct world *world, unsigned index, const uint8_t bytes[4])
{
	struct states_lists lists = { .ops = { .count = 0 } };
	unsigned name = bytes[3] % NAMES;

	states_lists(&lists, bytes[2]);
	say(world, index,
		states_ask(&lists, bytes[2], bytes[3] / NAMES % CONNS, slice_of(rooms[name]),
			slice_of(refs[name])));
	states_lists_done(&lists);
}

/* A process of a handler comes or goes, or says something. */
static void handle(struct world *world, const uint8_t bytes[4])
{
	unsigned which = bytes[1] % HANDLERS, name = bytes[3] % NAMES;
	struct peer *peer = &world->peers[FIRST_HANDLER + which];
	struct slice id = slice_of(handler_names[which]);
	uint64_t number = bytes[3] / NAMES == 31 ? world->asked : bytes[2];
	bool here = peer->gateway && peer->gateway->state != GATEWAY_DOWN;
	struct buf raw = { .cap = 0 };

	if (bytes[1] / HANDLERS % HANDLERS_KINDS > 0 || here) {
		say(world, FIRST_HANDLER + which,
			handlers_made(&raw, bytes[1] / HANDLERS, number,
				slice_of(rooms[bytes[2] % NAMES]), slice_of(types[name]),
				slice_of(targets[name]), slice_of(refs[name])));
	} else if (!handlers_refuse(&world->hub->handlers, id, geteuid(), getegid())) {
		struct handler *handler = handlers_hello(
			world->hub, id, peer->received, geteuid(), getegid());

		CHECK(handler);
		peer->gateway = handler->gateway;
	}
	if (bytes[1] == 0 && bytes[2] == 255 && peer->gateway)
		handlers_down(world->hub, peer->gateway->handler);
	buf_done(&raw);
}

static void step(struct world *world, const uint8_t bytes[4])
{
	unsigned what = bytes[0] % 19, index = bytes[1] % GATEWAYS, name = bytes[3] % NAMES;
	uint64_t conn = bytes[2] % CONNS;
	struct peer *peer = &world->peers[index];

	if (bytes[1] == 255)
		index = GATEWAYS;
	if (bytes[0] == 255) {
		configure(world, bytes[2]);
	} else if (bytes[0] == 254) {
		say(world, index, ask_api(bytes[2], name));
	} else if (bytes[0] == 253) {
		handle(world, bytes);
	} else if (bytes[0] == 252) {
		say(world, index, ask(19, conn, name));
	} else if (bytes[0] >= 240) {
		change_state(world, index, bytes);
	} else if (what < 7) {
		say(world, index, ask(what, conn, name));
	} else if (what < 11) {
		say(world, index, connect_of(world, conn, name, what >= 9));
	} else if (what == 11) {
		say(world, index,
			(struct msg){ .type = MSG_DISCONNECT,
				.disconnect = { .conn = conn,
					.clean = (uint8_t)(name % 2),
					.by = (uint8_t)(name % ENDERS),
					.code = 1000,
					.text = slice_of(refs[name]),
					.queued = name } });
	} else if (what == 12) {
		peer->gateway = hub_hello(
			world->hub, 100 + bytes[1] % GATEWAYS, SLICE("g"), peer->received);
		CHECK(peer->gateway);
	} else if (what == 13) {
		if (peer->gateway)
			hub_down(world->hub, peer->gateway);
	} else if (what == 14) {
		say_restate(world, index, conn, name);
	} else if (what == 15) {
		say(world, index, (struct msg){ .type = MSG_RESTATED, .restated = { 77 } });
	} else if (what == 16) {
		say(world, index,
			(struct msg){ .type = MSG_ANNOUNCE,
				.announce = { slice_of(rooms[name]), SLICE("x"), SLICE("") } });
	} else if (what == 17) {
		peer->seq += (uint64_t)name - 3;
	} else {
		pass(world, (uint64_t)bytes[2] * (name == 0 ? 100 : 3));
	}
}

static void check_room(const struct room *room)
{
	unsigned count = 0, seated = 0, taken = 0;

	for (const struct list *link = room->members.next; link != &room->members;
		link = link->next) {
		const struct member *member = LIST_ENTRY(link, const struct member, by_room);

		count++;
		seated += member->seated;
		CHECK(member->seated == (member->key.conn->state == CONN_LIVE && !member->awaited));
		CHECK(!member->announced);
	}
	for (size_t i = 0; i < room->seat_count; i++)
		taken += room->seats[i].count;
	CHECK(count == room->count && count > 0 && seated == taken);
	CHECK(room->users > 0 && room->users <= count);
	CHECK(room->pending.changes == 0 && room->pending.listed == 0 && !room->pending.stale);
}

static void check_states(const struct hub *hub)
{
	const struct room *room;
	size_t memory = 0;

	for (room = hub->rooms.by_name; room; room = room->hh.next) {
		CHECK(!room->state || states_whole(room->state));
		if (room->state)
			memory += room->state->bytes +
				HASH_COUNT(room->state->by_key) * STATE_OVERHEAD;
	}
	CHECK(memory <= hub->states.memory &&
		counter_get(COUNTER_HUB_STATE_BYTES) == hub->states.memory);
}

static void check(struct world *world)
{
	const struct rooms *all = &world->hub->rooms;
	unsigned count = 0;

	check_states(world->hub);

	for (const struct list *link = all->all.next; link != &all->all; link = link->next) {
		check_room(LIST_ENTRY(link, const struct room, by_rooms));
		count++;
	}
	for (const struct list *link = all->idle.next; link != &all->idle; link = link->next) {
		const struct room *room = LIST_ENTRY(link, const struct room, by_rooms);

		CHECK(room->count == 0 && room->seat_count == 0 && !room->listed);
		CHECK(room->pending.changes == 0 && room->pending.listed == 0);
	}
	CHECK(count == all->count && counter_get(COUNTER_HUB_ROOMS) == count);
	CHECK(world->hub->roomlist.changes == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world = { .now = { 1000000000 } };
	struct outlet outlet = { .arg = &world,
		.send = out_send,
		.send_now = out_send_now,
		.welcome = out_welcome,
		.drop = out_drop,
		.forget = out_forget,
		.cut = out_cut,
		.gateway_of = out_gateway_of,
		.random = out_random,
		.random_text = out_random_text };

	log_open("fuzz", LOG_LEVEL_ERROR);
	memset(counter_values, 0, sizeof(counter_values));
	memset(world.resume, 'k', sizeof(world.resume));
	world.hub = hub_new(&defaults, &outlet, 77, world.now, 0);
	for (; size >= 4; size -= 4, data += 4)
		step(&world, data);
	/* One pause ends what rests and tells what waited, another ends what that began. */
	pass(&world, 1000);
	pass(&world, 1000);
	check(&world);
	hub_free(world.hub);
	CHECK(counter_get(COUNTER_HUB_GATEWAYS) == 0 && counter_get(COUNTER_HUB_ROOMS) == 0);
	CHECK(counter_get(COUNTER_HUB_CONNECTIONS) == 0 && counter_get(COUNTER_HUB_HANDLERS) == 0);
	CHECK(counter_get(COUNTER_HUB_QUESTIONS_WAITING) == 0);
	CHECK(counter_get(COUNTER_HUB_MEMBERSHIPS) == 0);
	buf_done(&world.scratch);
	return 0;
}
